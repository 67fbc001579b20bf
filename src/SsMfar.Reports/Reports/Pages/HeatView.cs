using System.Collections.Immutable;

namespace SsMfar.Reports.Pages;

/// <summary>A table of shares, each cell the darker the larger its own.</summary>
/// <param name="Caption">What the rows are, or whose the table is.</param>
/// <param name="Columns">The columns' names.</param>
/// <param name="Rows">The rows.</param>
internal sealed record HeatView(string Caption, IReadOnlyList<string> Columns, ImmutableArray<HeatRowView> Rows)
{
    public static HeatView None { get; } = new("", [], []);

    /// <summary>
    /// What was taken for what: labels down, predictions across, in counts, each cell as dark as its share of the label's rows.
    /// </summary>
    /// <param name="caption">Whose predictions.</param>
    /// <param name="names">The classes.</param>
    /// <param name="count">How many rows of a label were taken for a class.</param>
    public static HeatView Confusion(string caption, IReadOnlyList<string> names, Func<int, int, long> count) => new(
        caption,
        names,
        [
            .. Enumerable.Range(0, names.Count).Select(truth => new HeatRowView(
                names[truth], HeatCellView.OfCounts([.. Enumerable.Range(0, names.Count).Select(k => count(truth, k))]))),
        ]);
}

/// <summary>A row of shares.</summary>
internal sealed record HeatRowView(string Name, ImmutableArray<HeatCellView> Cells);

/// <summary>A share.</summary>
/// <param name="Text">The number that is read.</param>
/// <param name="Share">The cell's darkness in per cent.</param>
/// <param name="More">What is shown where the pointer rests; empty for nothing.</param>
/// <param name="Ends">The interval, written below; empty for none.</param>
internal sealed record HeatCellView(string Text, string Share, string More, string Ends = "")
{
    public static HeatCellView OfScore(double score) =>
        new(FormattableString.Invariant($"{score:F3}"), FormattableString.Invariant($"{100 * score:F0}"), "");

    /// <summary>The counts of a row, as dark as their shares of its sum.</summary>
    public static ImmutableArray<HeatCellView> OfCounts(long[] counts)
    {
        double total = Math.Max(1, counts.Sum());
        return
        [
            .. counts.Select(count =>
            {
                string share = FormattableString.Invariant($"{100 * count / total:F0}");
                return new HeatCellView(FormattableString.Invariant($"{count}"), share, $"{share}%");
            }),
        ];
    }
}
