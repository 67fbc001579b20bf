using System.Collections.Frozen;
using SsMfar.Data;

namespace SsMfar.Training;

/// <summary>Which share of an expression's faces shows each unit, for <see cref="TaskCoupling"/>; null where nothing is known.</summary>
internal static class UnitShares
{
    // Table 1 of Du, Tao and Martinez (2014): prototypical units, and in brackets observational ones with the share of people who show
    // them. Units beyond the twelve of the challenge (5, 9, 11, 17, 20) are left out.
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

    /// <summary>What the literature says of classes with the names of neutral and the six basic expressions; nothing of others.</summary>
    public static IReadOnlyList<IReadOnlyList<double?>> OfBasicExpressions(ExpressionClassSet classes) =>
    [
        .. classes.Names.Select(name => Basic.TryGetValue(name, out (ActionUnit Unit, double Share)[]? units)
            ? Row(unit => units.FirstOrDefault(entry => entry.Unit == ActionUnits.All[unit]).Share)
            : Row(_ => null)),
    ];

    /// <summary>What the rows with both labels say: (shown + 1) / (known + 2), and nothing of a pair without a row.</summary>
    public static IReadOnlyList<IReadOnlyList<double?>> OfLabelledRows(AnnotationSet annotations)
    {
        int classes = annotations.ExpressionClasses.Count;
        int[,] known = new int[classes, ActionUnits.Count], shown = new int[classes, ActionUnits.Count];
        foreach (AnnotationRow row in annotations)
        {
            for (int unit = 0; row.Expression is { } expression && unit < ActionUnits.Count; unit++)
            {
                if (row.ActionUnits[unit] is { } present)
                {
                    known[expression, unit]++;
                    shown[expression, unit] += present ? 1 : 0;
                }
            }
        }

        return
        [
            .. Enumerable.Range(0, classes).Select(expression => Row(unit => known[expression, unit] == 0
                ? null
                : (shown[expression, unit] + 1.0) / (known[expression, unit] + 2.0))),
        ];
    }

    private static double?[] Row(Func<int, double?> share) => [.. Enumerable.Range(0, ActionUnits.Count).Select(share)];
}
