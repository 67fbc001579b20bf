namespace SsMfar.RenderedFaces.Sampling;

/// <summary>
/// SplitMix64 (Steele, Lea and Flood 2014), one generator for each (seed, stream, split, index): faces depend on nothing drawn before
/// them, so any thread may draw any face. Only sums and products of uniforms, so that every platform draws the same labels.
/// </summary>
internal sealed class FaceRandom
{
    private ulong _state;

    public FaceRandom(ulong seed, RandomStream stream, FaceSplit split, int index)
    {
        _state = Mix(seed + 0x9E3779B97F4A7C15);
        _state = Mix(_state ^ (((ulong)stream << 40) | ((ulong)split << 32)));
        _state = Mix(_state ^ (uint)index);
    }

    public ulong Next()
    {
        _state += 0x9E3779B97F4A7C15;
        return Mix(_state);
    }

    /// <summary>Uniform in [0, 1).</summary>
    public float Uniform() => (Next() >> 40) * (1f / (1 << 24));

    /// <summary>Uniform in [low, high).</summary>
    public float Uniform(float low, float high) => low + ((high - low) * Uniform());

    /// <summary>Bell-shaped with mean 0 and standard deviation 1, within +-3.46: the sum of four uniforms.</summary>
    public float Bell() => (Uniform() + Uniform() + Uniform() + Uniform() - 2f) * 1.7320508f;

    public float Bell(float mean, float deviation) => mean + (deviation * Bell());

    public bool Chance(float probability) => Uniform() < probability;

    public int Integer(int count) => (int)((Next() >> 32) * (ulong)count >> 32);

    public T Pick<T>(ReadOnlySpan<T> items) => items[Integer(items.Length)];

    /// <summary>An index drawn in proportion to the weights.</summary>
    public int Weighted(ReadOnlySpan<float> weights)
    {
        float total = 0;
        foreach (float weight in weights)
        {
            total += weight;
        }

        float left = Uniform() * total;
        for (int i = 0; i < weights.Length - 1; i++)
        {
            left -= weights[i];
            if (left < 0)
            {
                return i;
            }
        }

        return weights.Length - 1;
    }

    private static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
