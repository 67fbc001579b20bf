namespace SsMfar.Export;

/// <summary>
/// The distribution of a value over calibration images: exact limits, and counts in steps of a power of two that grow with what is seen.
/// What comes out does not depend on the order of what is put in.
/// </summary>
internal sealed class ActivationRange
{
    private const int Bins = 8192;

    // The reach of the counts at the beginning: below what any activation is about.
    private const int FirstExponent = -24;

    private readonly long[] _counts = new long[Bins];
    private int _exponent = FirstExponent;

    /// <summary>Gets the least value seen, and 0.</summary>
    public float Least { get; private set; }

    /// <summary>Gets the greatest value seen, and 0.</summary>
    public float Greatest { get; private set; }

    private double Reach => Math.ScaleB(1, _exponent);

    /// <summary>Takes values in.</summary>
    /// <returns>False where one of them is not finite; nothing is taken in then.</returns>
    public bool Add(ReadOnlySpan<float> values)
    {
        (float least, float greatest) = (Least, Greatest);
        foreach (float value in values)
        {
            if (!float.IsFinite(value))
            {
                return false;
            }

            least = Math.Min(least, value);
            greatest = Math.Max(greatest, value);
        }

        (Least, Greatest) = (least, greatest);
        while (Reach <= Math.Max(greatest, -least))
        {
            Widen();
        }

        float bins = (float)(Bins / (2 * Reach));
        foreach (float value in values)
        {
            _counts[(int)MathF.Floor(value * bins) + (Bins / 2)]++;
        }

        return true;
    }

    /// <summary>The centres of the steps in which something was seen, and how often.</summary>
    public IEnumerable<(double Center, long Count)> Counts()
    {
        double step = 2 * Reach / Bins;
        for (int i = 0; i < Bins; i++)
        {
            if (_counts[i] > 0)
            {
                yield return ((i - (Bins / 2) + 0.5) * step, _counts[i]);
            }
        }
    }

    // Twice the reach: two steps become one, about the middle.
    private void Widen()
    {
        long[] wider = new long[Bins];
        for (int i = 0; i < Bins; i++)
        {
            wider[(Bins / 4) + (i / 2)] += _counts[i];
        }

        wider.CopyTo(_counts, 0);
        _exponent++;
    }
}
