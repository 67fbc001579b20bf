using System.Numerics;
using SsMfar.Data;

namespace SsMfar.Metrics;

/// <summary>Whether labels are in two groups of rows at least, so that draws of groups differ in them.</summary>
/// <param name="Expression">Expression labels are.</param>
/// <param name="Valence">Labels of valence are.</param>
/// <param name="Arousal">Labels of arousal are.</param>
/// <param name="ActionUnits">Labels of action units are; those of any that is judged.</param>
/// <param name="Units">A bit for the slot of each judged action unit whose labels are.</param>
internal readonly record struct LabelledGroups(bool Expression, bool Valence, bool Arousal, bool ActionUnits, ulong Units)
{
    /// <summary>Whether each of valence and arousal that any row has is in two groups.</summary>
    public bool ValenceArousal { get; private init; }

    /// <summary>Looks at all rows.</summary>
    /// <param name="truth">The labels.</param>
    /// <param name="groupOf">The group of each row.</param>
    /// <param name="judged">The units whose labels count.</param>
    public static LabelledGroups Of(AnnotationSet truth, int[] groupOf, ActionUnitSet judged)
    {
        const int None = -1;
        AnnotationColumns columns = truth.Columns;
        int expression = None, valence = None, arousal = None, any = None;
        Span<int> units = stackalloc int[Data.ActionUnits.Slots];
        units.Fill(None);
        LabelledGroups found = default;
        for (int row = 0; row < groupOf.Length; row++)
        {
            int group = groupOf[row];
            ulong known = columns.ActionUnits[row].KnownMask & judged.Mask;
            found = new(
                found.Expression || (columns.Expressions[row] != AnnotationColumns.UnknownExpression && IsSecond(ref expression, group)),
                found.Valence || (!double.IsNaN(columns.ValenceArousal[2 * row]) && IsSecond(ref valence, group)),
                found.Arousal || (!double.IsNaN(columns.ValenceArousal[2 * row + 1]) && IsSecond(ref arousal, group)),
                found.ActionUnits || (known != 0 && IsSecond(ref any, group)),
                found.Units);
            for (ulong left = known & ~found.Units; left != 0; left &= left - 1)
            {
                int unit = BitOperations.TrailingZeroCount(left);
                if (IsSecond(ref units[unit], group))
                {
                    found = found with { Units = found.Units | (1UL << unit) };
                }
            }
        }

        return found with
        {
            ValenceArousal = (found.Valence || found.Arousal) && (found.Valence || valence == None) && (found.Arousal || arousal == None),
        };

        static bool IsSecond(ref int first, int group)
        {
            if (first == None)
            {
                first = group;
            }

            return first != group;
        }
    }
}
