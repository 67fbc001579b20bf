using System.Diagnostics;
using System.Globalization;

namespace SsMfar.Benchmarks.Measurement;

/// <summary>Two sides measured in turns on the same machine, so that what disturbs one disturbs the other.</summary>
internal static class Paired
{
    /// <summary>Runs both sides in turns and gives the medians of one repetition and of the ratios of neighbouring turns.</summary>
    /// <param name="rounds">Turns a side.</param>
    /// <param name="repetitions">Repetitions in a turn.</param>
    /// <param name="ours">Milliseconds of a number of repetitions.</param>
    /// <param name="peer">Milliseconds of a number of repetitions.</param>
    public static PairedResult Run(int rounds, int repetitions, Func<int, double> ours, Func<int, double> peer)
    {
        ours(1);
        peer(1);
        var mine = new double[rounds];
        var theirs = new double[rounds];
        for (int round = 0; round < rounds; round++)
        {
            mine[round] = ours(repetitions) / repetitions;
            theirs[round] = peer(repetitions) / repetitions;
        }

        return PairedResult.Of(mine, theirs);
    }

    /// <summary>Runs three sides in turns.</summary>
    /// <returns>The first peer's result, and the second's beside it.</returns>
    /// <inheritdoc cref="Run(int, int, Func{int, double}, Func{int, double})"/>
    public static TwoPeersResult Run(
        int rounds, int repetitions, Func<int, double> ours, Func<int, double> peer, Func<int, double> secondPeer)
    {
        Func<int, double>[] sides = [ours, peer, secondPeer];
        foreach (Func<int, double> side in sides)
        {
            side(1);
        }

        double[][] turns = [.. sides.Select(_ => new double[rounds])];
        for (int round = 0; round < rounds; round++)
        {
            for (int side = 0; side < sides.Length; side++)
            {
                turns[side][round] = sides[side](repetitions) / repetitions;
            }
        }

        return new(PairedResult.Of(turns[0], turns[1]), PairedResult.Of(turns[0], turns[2]));
    }

    /// <summary>Milliseconds of a piece of work.</summary>
    public static double Time(Action work)
    {
        long start = Stopwatch.GetTimestamp();
        work();
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }

    public static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}

/// <summary>Medians in milliseconds, and the median of peer / ours.</summary>
internal sealed record PairedResult(double Ours, double Peer, double Ratio)
{
    /// <summary>From the turns of both sides, in the order in which they were taken.</summary>
    public static PairedResult Of(IReadOnlyList<double> ours, IReadOnlyList<double> peer) =>
        new(Paired.Median(ours), Paired.Median(peer), Paired.Median(ours.Zip(peer, (o, p) => p / o)));

    public override string ToString() => $"{Duration(Ours)} | {Duration(Peer)} | {Ratio.ToString("F2", CultureInfo.InvariantCulture)}x";

    /// <summary>A time as tables have it.</summary>
    public static string Duration(double milliseconds) => milliseconds < 10_000
        ? string.Create(CultureInfo.InvariantCulture, $"{milliseconds:F1} ms")
        : string.Create(CultureInfo.InvariantCulture, $"{milliseconds / 1000:F1} s");
}

/// <summary>One side beside two peers: PyTorch, and TorchSharp alone.</summary>
internal sealed record TwoPeersResult(PairedResult PyTorch, PairedResult TorchSharp)
{
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{PyTorch}; TorchSharp alone {PairedResult.Duration(TorchSharp.Peer)}, {TorchSharp.Ratio:F2}x");
}
