using System.Collections.Immutable;
using SsMfar.Data;
using SsMfar.Reports.Pages;

namespace SsMfar.Reports.Ablation;

/// <summary>The faces that the most runs of a table read wrong.</summary>
internal static class RunMistakes
{
    /// <summary>Faces with a wrong expression.</summary>
    public static ImmutableArray<MistakenFace> Expressions(AblationReportTable table, int count)
    {
        ReportRows[] runs = Runs(table);
        ExpressionClassSet classes = table.Truth.ExpressionClasses;
        return
        [
            .. (from row in Enumerable.Range(0, table.Truth.Count)
                let label = table.Truth[row].Expression
                where label is not null
                let read = runs.Select(run => run.Decision(row).Expression).OfType<int>().ToArray()
                let wrong = read.Count(index => index != label)
                where wrong > 0
                orderby wrong descending, row
                let usual = read.Where(index => index != label).GroupBy(index => index).OrderByDescending(same => same.Count())
                    .ThenBy(same => same.Key).First().Key
                select Face(table, row, classes[label.Value], classes[usual], $"{wrong} of {runs.Length} runs")).Take(count),
        ];
    }

    /// <summary>Faces whose valence and arousal are furthest off, on average over the runs.</summary>
    public static ImmutableArray<MistakenFace> Affect(AblationReportTable table, int count)
    {
        ReportRows[] runs = Runs(table);
        return
        [
            .. (from pair in runs.SelectMany(run => run.Affect())
                group pair by pair.Row into same
                let read = new KnownAffect(same.Average(pair => pair.Read.Valence), same.Average(pair => pair.Read.Arousal))
                let off = same.Average(pair => pair.Distance)
                orderby off descending, same.Key
                select Face(
                    table, same.Key, same.First().Label.ToString(), read.ToString(), FormattableString.Invariant($"{off:F2} off")))
                .Take(count),
        ];
    }

    /// <summary>Faces with the most units wrong, over all runs, as the run read them that has the most wrong.</summary>
    public static ImmutableArray<MistakenFace> Units(AblationReportTable table, int count)
    {
        ReportRows[] runs = Runs(table);
        return
        [
            .. (from row in Enumerable.Range(0, table.Truth.Count)
                let truth = table.Truth[row].ActionUnits
                let wrong = runs.Sum(run => Mistakes.WrongUnits(truth, run.Decision(row).ActionUnits))
                where wrong > 0
                orderby wrong descending, row
                let read = runs.Select(run => run.Decision(row).ActionUnits).MaxBy(units => Mistakes.WrongUnits(truth, units))
                select Face(
                    table, row, Mistakes.Words(truth, truth), Mistakes.Words(read, truth),
                    FormattableString.Invariant($"{(double)wrong / runs.Length:0.#} units a run"))).Take(count),
        ];
    }

    private static ReportRows[] Runs(AblationReportTable table) =>
        [.. table.Finished.SelectMany(row => row.Predictions).Select(run => new ReportRows(table.Truth, run, null))];

    private static MistakenFace Face(AblationReportTable table, int row, string label, string read, string much) =>
        new(table.Truth[row].Image, Thumbnail.Of(table.Images, table.Truth[row].Image), label, read, much);
}

/// <summary>A face that was read wrong.</summary>
internal sealed record MistakenFace(string Image, string Picture, string Label, string Read, string Much);
