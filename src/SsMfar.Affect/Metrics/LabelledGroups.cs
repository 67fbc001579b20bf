using System.Numerics;
using SsMfar.Data;

namespace SsMfar.Metrics;

/// <summary>Whether labels are in two groups of rows at least, so that draws of groups differ in them.</summary>
/// <param name="Expression">Expression labels are.</param>
/// <param name="ValenceArousal">Labels of valence and arousal are.</param>
/// <param name="ActionUnits">Labels of action units are; those of any.</param>
/// <param name="Units">A bit for each action unit whose labels are.</param>
internal readonly record struct LabelledGroups(bool Expression, bool ValenceArousal, bool ActionUnits, int Units)
{
    public static LabelledGroups Of(AnnotationSet truth, int[] groupOf)
    {
        const int None = -1;
        AnnotationColumns columns = truth.Columns;
        int expression = None, affect = None, any = None;
        Span<int> units = stackalloc int[Data.ActionUnits.Count];
        units.Fill(None);
        LabelledGroups found = default;
        for (int row = 0; row < groupOf.Length; row++)
        {
            int group = groupOf[row];
            found = new(
                found.Expression || (columns.Expressions[row] != AnnotationColumns.UnknownExpression && IsSecond(ref expression, group)),
                found.ValenceArousal || (columns.HasValenceArousal(row) && IsSecond(ref affect, group)),
                found.ActionUnits || (columns.ActionUnits[row].KnownMask != 0 && IsSecond(ref any, group)),
                found.Units);
            for (int left = columns.ActionUnits[row].KnownMask & ~found.Units; left != 0; left &= left - 1)
            {
                int unit = BitOperations.TrailingZeroCount(left);
                if (IsSecond(ref units[unit], group))
                {
                    found = found with { Units = found.Units | (1 << unit) };
                }
            }
        }

        return found;

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
