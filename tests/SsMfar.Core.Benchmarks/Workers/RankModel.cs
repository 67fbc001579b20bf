namespace SsMfar.Benchmarks.Workers;

/// <summary>What a message costs: a fixed time and a time a byte, in seconds.</summary>
internal sealed record WireCost(double Latency, double SecondsAByte);

/// <summary>
/// The cost model of docs/scaling.md: what a step on some ranks takes, from what one rank computes and what a link carries.
/// </summary>
internal static class RankModel
{
    /// <summary>A sum by a ring, in seconds: 2 (n - 1) messages in turn, together 2 (n - 1) / n of the bytes.</summary>
    public static double Ring(int ranks, double bytes, WireCost wire) =>
        (2 * (ranks - 1) * wire.Latency) + (2.0 * (ranks - 1) / ranks * bytes * wire.SecondsAByte);

    /// <summary>Something short that every rank hears of, in seconds: ranks in pairs, as often as it takes.</summary>
    public static double Small(int ranks, WireCost wire) => Math.Ceiling(Math.Log2(ranks)) * wire.Latency;

    /// <summary>A step, in seconds.</summary>
    /// <param name="compute">What a rank computes, in seconds.</param>
    /// <param name="ranks">How many there are.</param>
    /// <param name="parts">The model's parts, in the order in which they are summed.</param>
    /// <param name="bytesANumber">4 for float32, 2 for bfloat16.</param>
    /// <param name="small">How many short exchanges there are a step.</param>
    /// <param name="wire">The links.</param>
    /// <param name="overlaps">Whether a part is summed as soon as it is complete.</param>
    public static double Step(
        double compute, int ranks, IReadOnlyList<ModelPart> parts, int bytesANumber, int small, WireCost wire, bool overlaps)
    {
        if (ranks == 1)
        {
            return compute;
        }

        double work = compute + (small * Small(ranks, wire)), free = overlaps ? 0 : work;
        foreach (ModelPart part in parts)
        {
            free = Math.Max(free, overlaps ? part.Ready * work : 0) + Ring(ranks, (double)bytesANumber * part.Numbers, wire);
        }

        return Math.Max(work, free);
    }

    /// <summary>The cost of a link for which a ring's sums take the measured times, by least squares of relative errors.</summary>
    public static WireCost Fit(int ranks, IEnumerable<(double Bytes, double Seconds)> points)
    {
        double aa = 0, ab = 0, bb = 0, a1 = 0, b1 = 0;
        foreach ((double bytes, double seconds) in points)
        {
            double a = 2 * (ranks - 1) / seconds, b = 2.0 * (ranks - 1) / ranks * bytes / seconds;
            (aa, ab, bb, a1, b1) = (aa + (a * a), ab + (a * b), bb + (b * b), a1 + a, b1 + b);
        }

        double determinant = (aa * bb) - (ab * ab);
        return new(Math.Max(0, ((a1 * bb) - (b1 * ab)) / determinant), Math.Max(0, ((b1 * aa) - (a1 * ab)) / determinant));
    }
}
