namespace SsMfar.Randomness;

/// <summary>
/// Where randomness comes from: a key, from which further keys are derived by folding in numbers such as the epoch, the step, the
/// stream and the row. What is drawn is a function of the key alone, so a resumed run, another thread count or another device draws
/// the same values.
/// </summary>
public readonly struct RandomKey
{
    private RandomKey(ulong value, bool isOfNoValues = false)
    {
        Value = value;
        IsOfNoValues = isOfNoValues;
    }

    /// <summary>Gets the key's 64 bits.</summary>
    public ulong Value { get; }

    /// <summary>
    /// Gets a key for weights that a file replaces before anybody reads them: <see cref="Models.WeightInitializer"/> draws none for it, nor
    /// for the keys folded from it.
    /// </summary>
    internal static RandomKey OfNoValues { get; } = new(Mix(0), isOfNoValues: true);

    /// <summary>Gets whether weights need not be drawn.</summary>
    internal bool IsOfNoValues { get; }

    /// <summary>The root key of a seed.</summary>
    /// <param name="seed">Any number.</param>
    public static RandomKey FromSeed(long seed) => new(Mix(unchecked((ulong)seed) + 0x9E3779B97F4A7C15UL));

    /// <summary>A key derived from this one and a number; different numbers give unrelated keys.</summary>
    /// <param name="data">An epoch, a step, a stream, a row, ...</param>
    public RandomKey Fold(long data) => new(Mix(Value ^ Mix(unchecked((ulong)data) + 0xD1B54A32D192ED03UL)), IsOfNoValues);

    /// <summary>The values drawn from this key.</summary>
    public RandomSource ToSource() => new(Value);

    internal static ulong Mix(ulong z)
    {
        // The finalizer of SplitMix64 (Steele, Lea and Flood, 2014).
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9UL;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBUL;
        return z ^ (z >> 31);
    }
}
