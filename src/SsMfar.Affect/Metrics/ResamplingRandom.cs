namespace SsMfar.Metrics;

/// <summary>SplitMix64 (Steele, Lea and Flood, 2014): the same draws on every machine, with a stream for each resample.</summary>
internal struct ResamplingRandom
{
    private ulong _state;

    public ResamplingRandom(long seed, int stream)
    {
        _state = (ulong)seed;
        _state = NextBits() ^ (ulong)stream;
        _state = NextBits();
    }

    /// <summary>A number from 0 to <paramref name="count"/> - 1.</summary>
    public int Next(int count) => (int)Math.BigMul(NextBits(), (ulong)count, out _);

    private ulong NextBits()
    {
        ulong z = _state += 0x9E3779B97F4A7C15UL;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9UL;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBUL;
        return z ^ (z >> 31);
    }
}
