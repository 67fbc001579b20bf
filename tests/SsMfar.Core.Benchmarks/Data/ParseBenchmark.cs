using SsMfar.Benchmarks.Measurement;
using SsMfar.Data;
using SsMfar.Importing;

namespace SsMfar.Benchmarks.Data;

/// <summary>
/// A file with as many rows as the training set of s-Aff-Wild2: labels, statistics and weights; and the import of a table of others'
/// making with as many rows as the largest sets have.
/// </summary>
internal static class ParseBenchmark
{
    private const int Rows = 142_383;
    private const int TableRows = 450_000;

    public static void Run(MeasurementOptions options)
    {
        using TemporaryFolder folder = new();
        ReadAnnotations(folder, options);
        Import(options);
    }

    private static void ReadAnnotations(TemporaryFolder folder, MeasurementOptions options)
    {
        string file = folder["train.txt"];
        AnnotationText.Write(file, Rows);
        double first = Paired.Time(() => Read(file));
        double median = Paired.Median(Enumerable.Range(0, options.Rounds).Select(_ => Paired.Time(() => Read(file))).ToArray());
        long before = GC.GetTotalMemory(forceFullCollection: true);
        AnnotationSet kept = Read(file);
        double bytes = (double)(GC.GetTotalMemory(forceFullCollection: true) - before) / kept.Count;
        Table.Write(
            $"parsing {kept.Count} annotation rows, with statistics and weights",
            $"{median / 1000:F3} s ({first / 1000:F3} s the first time in a process), {bytes:F0} bytes kept a row, names included");
        GC.KeepAlive(kept);
    }

    private static void Import(MeasurementOptions options)
    {
        byte[] table = ForeignTable.Write(TableRows);
        double[] times = [.. Enumerable.Range(0, options.Rounds).Select(_ => Paired.Time(() => Read(table)))];
        Table.Write(
            $"importing a table of {TableRows} rows: names by a table, decimal commas, a column of its own",
            $"{Paired.Median(times) / 1000:F3} s, {table.Length / 1e6:F1} MB");
    }

    private static AnnotationSet Read(byte[] table) => AnnotationImport.Read(table, "table.csv", ForeignTable.Description()).Annotations;

    private static AnnotationSet Read(string file)
    {
        AnnotationSet set = AnnotationSet.Load(file);
        AnnotationStatistics statistics = set.Statistics;
        statistics.RequireExpressionWeights();
        statistics.RequireActionUnitWeights();
        return set;
    }
}
