namespace SsMfar.Export;

/// <summary>
/// Chooses what of a value's range is quantised: the limits with the least mean squared difference between the values seen and what is read
/// of them. Few large values are cut off where all others gain by finer steps. On trained models this keeps probabilities nearer to
/// float32's than the whole range or percentiles of it do.
/// </summary>
internal static class RangeChoice
{
    // Candidates: these parts of a limit, from 1 down.
    private const int Parts = 64;
    private const int LeastPart = 12;

    /// <summary>The quantiser of a value.</summary>
    public static Quantizer Of(ActivationRange range)
    {
        (double Center, long Count)[] counts = [.. range.Counts()];
        (double least, double greatest) = (range.Least, range.Greatest);
        // One limit after the other; a second round, since each depends on the other.
        for (int round = 0; round < (range.Least < 0 ? 2 : 1); round++)
        {
            greatest = Best(range.Greatest, limit => Error(counts, Quantizer.Of(least, limit)));
            least = range.Least < 0 ? Best(range.Least, limit => Error(counts, Quantizer.Of(limit, greatest))) : 0;
        }

        return Quantizer.Of(least, greatest);
    }

    private static double Best(double limit, Func<double, double> error) =>
        Enumerable.Range(LeastPart, Parts - LeastPart + 1).Select(part => limit * part / Parts).Reverse().MinBy(error);

    private static double Error((double Center, long Count)[] counts, Quantizer quantizer)
    {
        double sum = 0;
        foreach ((double center, long count) in counts)
        {
            double difference = quantizer.Restore(center) - center;
            sum += difference * difference * count;
        }

        return sum;
    }
}
