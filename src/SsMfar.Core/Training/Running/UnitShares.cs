using System.Collections.Frozen;
using SsMfar.Data;

namespace SsMfar.Training;

/// <summary>Which share of an expression's faces shows each unit, for <see cref="TaskCoupling"/>; null where nothing is known.</summary>
internal static class UnitShares
{
    // Table 1 of Du, Tao and Martinez (2014): prototypical units, and in brackets observational ones with the share of people who show
    // them. Of units beyond the twelve of the challenge (5, 9, 11, 17, 20 among them) nothing is taken.
    private static readonly FrozenDictionary<string, (ActionUnit Unit, double Share)[]> Basic =
        new Dictionary<string, (ActionUnit, double)[]>
        {
            ["neutral"] = [],
            ["happiness"] = [(ActionUnit.AU12, 1), (ActionUnit.AU25, 1), (ActionUnit.AU6, 0.51)],
            ["sadness"] = [(ActionUnit.AU4, 1), (ActionUnit.AU15, 1), (ActionUnit.AU1, 0.60), (ActionUnit.AU6, 0.50)],
            ["fear"] =
                [(ActionUnit.AU1, 1), (ActionUnit.AU4, 1), (ActionUnit.AU25, 1), (ActionUnit.AU2, 0.57), (ActionUnit.AU26, 0.33)],
            ["anger"] =
                [(ActionUnit.AU4, 1), (ActionUnit.AU7, 1), (ActionUnit.AU24, 1), (ActionUnit.AU10, 0.26), (ActionUnit.AU23, 0.29)],
            ["surprise"] = [(ActionUnit.AU1, 1), (ActionUnit.AU2, 1), (ActionUnit.AU25, 1), (ActionUnit.AU26, 1)],
            ["disgust"] = [(ActionUnit.AU10, 1), (ActionUnit.AU4, 0.31), (ActionUnit.AU24, 0.26)],
        }.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);

    // The challenge's twelve, of which the table is: one that it does not list for an expression is not shown with it.
    private static readonly ActionUnitSet Named = ActionUnitSet.AffWild2;

    /// <summary>What the literature says of classes with the names of neutral and the six basic expressions; nothing of others.</summary>
    public static IReadOnlyList<IReadOnlyList<double?>> OfBasicExpressions(ExpressionClassSet classes, ActionUnitSet judged) =>
    [
        .. classes.Names.Select(name => Basic.TryGetValue(name, out (ActionUnit Unit, double Share)[]? units)
            ? Row(judged, unit => Named.Contains(judged[unit]) ? units.FirstOrDefault(entry => entry.Unit == judged[unit]).Share : null)
            : Row(judged, _ => null)),
    ];

    /// <summary>What the rows with both labels say: (shown + 1) / (known + 2), and nothing of a pair without a row.</summary>
    public static IReadOnlyList<IReadOnlyList<double?>> OfLabelledRows(AnnotationSet annotations)
    {
        int classes = annotations.ExpressionClasses.Count;
        ActionUnitSet judged = annotations.Units;
        int[,] known = new int[classes, judged.Count], shown = new int[classes, judged.Count];
        foreach (AnnotationRow row in annotations)
        {
            for (int unit = 0; row.Expression is { } expression && unit < judged.Count; unit++)
            {
                if (row.ActionUnits[judged[unit]] is { } present)
                {
                    known[expression, unit]++;
                    shown[expression, unit] += present ? 1 : 0;
                }
            }
        }

        return
        [
            .. Enumerable.Range(0, classes).Select(expression => Row(judged, unit => known[expression, unit] == 0
                ? null
                : (shown[expression, unit] + 1.0) / (known[expression, unit] + 2.0))),
        ];
    }

    private static double?[] Row(ActionUnitSet units, Func<int, double?> share) => [.. Enumerable.Range(0, units.Count).Select(share)];
}
