namespace SsMfar.Shared;

/// <summary>A seeded hash of text that is the same on every machine and runtime.</summary>
internal static class StableHash
{
    /// <summary>FNV-1a over the UTF-16 units from a seeded start, finished by SplitMix64's mixer.</summary>
    public static ulong Of(string text, long seed)
    {
        ulong hash = Mix((ulong)seed) ^ 0xCBF29CE484222325UL;
        foreach (char unit in text)
        {
            hash = (hash ^ unit) * 0x100000001B3UL;
        }

        return Mix(hash);
    }

    private static ulong Mix(ulong z)
    {
        z += 0x9E3779B97F4A7C15UL;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9UL;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBUL;
        return z ^ (z >> 31);
    }
}
