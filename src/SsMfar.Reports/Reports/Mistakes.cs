using System.Collections.Immutable;
using SsMfar.Data;

namespace SsMfar.Reports;

/// <summary>A row that was read wrong.</summary>
/// <param name="Row">The row of the labels.</param>
/// <param name="Label">The label, in words.</param>
/// <param name="Read">What was read, in words.</param>
/// <param name="Much">
/// How wrong: 1 less the probability of the label, the distance in the plane, or the number of wrong units; null where the probability is
/// not known.
/// </param>
internal readonly record struct Mistake(int Row, string Label, string Read, double? Much);

/// <summary>The rows that were read worst, task by task.</summary>
internal static class Mistakes
{
    /// <summary>Wrong expressions: those whose label was thought least probable first; without probabilities, in the rows' order.</summary>
    public static ImmutableArray<Mistake> Expressions(ReportRows rows, int count)
    {
        ExpressionClassSet classes = rows.Truth.ExpressionClasses;
        return
        [
            .. (from row in Enumerable.Range(0, rows.Count)
                let label = rows.Truth[row].Expression
                let read = rows.Decision(row).Expression
                where label is not null && read is not null && label != read
                let probability = rows.Predictions?[row].Expression?.Probabilities[label.Value]
                orderby probability ?? 0, row
                select new Mistake(row, classes[label.Value], classes[read.Value], 1 - probability)).Take(count),
        ];
    }

    /// <summary>Valence and arousal that are furthest off; by one of them where the other has no label.</summary>
    public static ImmutableArray<Mistake> Affect(ReportRows rows, int count) =>
    [
        .. (from pair in rows.Affect()
            orderby pair.Distance descending, pair.Row
            select new Mistake(pair.Row, pair.Label.ToString(), pair.Read.ToString(), pair.Distance)).Take(count),
    ];

    /// <summary>Rows with the most units wrong.</summary>
    public static ImmutableArray<Mistake> Units(ReportRows rows, int count) =>
    [
        .. (from row in Enumerable.Range(0, rows.Count)
            let truth = rows.Truth[row].ActionUnits
            let read = rows.Decision(row).ActionUnits
            let wrong = WrongUnits(truth, read)
            where wrong > 0
            orderby wrong descending, row
            select new Mistake(row, Words(truth, truth), Words(read, truth), wrong)).Take(count),
    ];

    /// <summary>How many units of a label were read wrong.</summary>
    public static int WrongUnits(ActionUnitLabels truth, ActionUnitLabels read) => Enumerable.Range(0, ActionUnits.Count)
        .Count(unit => read[unit] is { } own && truth[unit] is { } label && own != label);

    /// <summary>The units that are present, of those that the label knows.</summary>
    public static string Words(ActionUnitLabels units, ActionUnitLabels known)
    {
        string[] present = [.. ActionUnits.Names.Where((_, unit) => units[unit] == true && known[unit] is not null)];
        return present.Length == 0 ? "no unit" : string.Join(' ', present);
    }
}
