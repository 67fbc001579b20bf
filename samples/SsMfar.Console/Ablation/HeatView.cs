using System.Collections.Immutable;
using SsMfar.Data;

namespace SsMfar.ConsoleApp.Ablation;

/// <summary>A table of shares, each cell the darker the larger its own.</summary>
/// <param name="Caption">What the rows are, or whose the table is.</param>
/// <param name="Columns">The columns' names.</param>
/// <param name="Rows">The rows.</param>
internal sealed record HeatView(string Caption, IReadOnlyList<string> Columns, ImmutableArray<HeatRowView> Rows)
{
    public static HeatView None { get; } = new("", [], []);

    /// <summary>What was taken for what by a row's models, in per cent of the labels; all seeds together.</summary>
    public static HeatView Confusion(AblationRow row, ExpressionClassSet classes) => new(
        row.Paper.Method,
        classes.Names,
        [
            .. Enumerable.Range(0, classes.Count).Select(truth => new HeatRowView(
                classes[truth],
                HeatCellView.OfCounts(
                    [.. Enumerable.Range(0, classes.Count).Select(k => row.Runs.Sum(run => run.Confusion[(truth * classes.Count) + k]))]))),
        ]);
}

/// <summary>A row of shares.</summary>
internal sealed record HeatRowView(string Name, ImmutableArray<HeatCellView> Cells);

/// <summary>A share.</summary>
/// <param name="Text">The number that is read.</param>
/// <param name="Share">The cell's darkness in per cent.</param>
/// <param name="Count">How many rows it stands for; empty where it is a score.</param>
internal sealed record HeatCellView(string Text, string Share, string Count)
{
    public static HeatCellView OfScore(double score) =>
        new(FormattableString.Invariant($"{score:F3}"), FormattableString.Invariant($"{100 * score:F0}"), "");

    /// <summary>The counts of a row, as shares of their sum.</summary>
    public static ImmutableArray<HeatCellView> OfCounts(long[] counts)
    {
        double total = Math.Max(1, counts.Sum());
        return
        [
            .. counts.Select(count =>
            {
                string share = FormattableString.Invariant($"{100 * count / total:F0}");
                return new HeatCellView(share, share, FormattableString.Invariant($"{count}"));
            }),
        ];
    }
}
