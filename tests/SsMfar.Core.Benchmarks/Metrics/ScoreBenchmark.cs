using SsMfar.Benchmarks.Measurement;
using SsMfar.Data;
using SsMfar.Metrics;

namespace SsMfar.Benchmarks.Metrics;

/// <summary>A million predictions against a million labelled rows: F1 of classes and units, both CCC, P_MTL.</summary>
internal static class ScoreBenchmark
{
    private const int Rows = 1_000_000;
    private const int Classes = 8;

    public static void Run(MeasurementOptions options)
    {
        var random = new Random(1);
        AnnotationSet truth = new(Enumerable.Range(0, Rows).Select(_ => Row(random)));
        int[] expressions = [.. Enumerable.Range(0, Rows).Select(_ => random.Next(Classes))];
        float[] units = [.. Enumerable.Range(0, Rows * ActionUnits.Count).Select(_ => random.NextSingle())];
        float[] affect = [.. Enumerable.Range(0, Rows * 2).Select(_ => (random.NextSingle() * 2) - 1)];
        var seconds = new double[options.Rounds];
        AffectScorer.Score(truth, expressions, units, affect);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int round = 0; round < seconds.Length; round++)
        {
            seconds[round] = Paired.Time(() =>
            {
                if (AffectScorer.Score(truth, expressions, units, affect).PMtl is not { } score || !double.IsFinite(score))
                {
                    throw new InvalidOperationException("The predictions have no score.");
                }
            }) / 1000;
        }

        long allocated = (GC.GetAllocatedBytesForCurrentThread() - before) / seconds.Length;
        Table.Write(
            $"scoring {Rows} predictions by every metric",
            $"{Paired.Median(seconds):F3} s, {allocated / 1024.0:F1} KB allocated beside the input");
    }

    private static AnnotationRow Row(Random random) => new(
        "face.jpg",
        random.NextDouble() < 0.27 ? null : new ValenceArousal((random.NextSingle() * 2) - 1, (random.NextSingle() * 2) - 1),
        random.NextDouble() < 0.363 ? null : random.Next(Classes),
        random.NextDouble() < 0.274 ?
            ActionUnitLabels.Unknown :
            ActionUnitLabels.From([.. Enumerable.Range(0, ActionUnits.Count).Select(_ => (bool?)(random.Next(4) == 0))]));
}
