using System.Numerics;
using SsMfar.Data;

namespace SsMfar.Metrics;

/// <summary>What the scores of groups need of their rows: counts and sums, so that the rest is the total less a group.</summary>
/// <param name="groups">How many groups are kept apart, the first ones; the rows of all others are in the total alone.</param>
/// <param name="classes">How many expressions there are.</param>
internal sealed class SubgroupTally(int groups, int classes)
{
    private const int Outcomes = 4;
    private const int Side = 6; // how many, then predictions, truths, their squares and products
    private const int Moments = 2 * Side; // of valence, then of arousal

    private readonly double[] _expression = new double[(groups + 2) * classes * classes];
    private readonly double[] _units = new double[(groups + 2) * ActionUnits.Slots * Outcomes];
    private readonly double[] _affect = new double[(groups + 2) * Moments];

    /// <summary>The place of all groups together.</summary>
    public int All => groups + 1;

    // The place of the groups that are not kept apart.
    private int Others => groups;

    /// <summary>Takes in rows, row i <paramref name="counts"/>[i] times; those of no group are left out.</summary>
    public void Add(AnnotationColumns truth, WeightedRows rows, int[] groupOf, ReadOnlySpan<int> counts)
    {
        for (int row = 0; row < counts.Length; row++)
        {
            int group = Math.Min(groupOf[row], Others), count = counts[row];
            if (group < 0 || count == 0)
            {
                continue;
            }

            if (rows.HasExpression && truth.Expressions[row] is >= 0 and short label)
            {
                int cell = (label * classes) + rows.Expression(row);
                _expression[(group * classes * classes) + cell] += count;
                _expression[(All * classes * classes) + cell] += count;
            }

            if (rows.HasActionUnits)
            {
                ulong active = truth.ActionUnits[row].ActiveMask, read = rows.ActiveUnits(row);
                for (ulong left = truth.ActionUnits[row].KnownMask; left != 0; left &= left - 1)
                {
                    int unit = BitOperations.TrailingZeroCount(left);
                    int cell = (unit * Outcomes) + (int)(((active >> unit & 1) << 1) + (read >> unit & 1));
                    _units[(group * ActionUnits.Slots * Outcomes) + cell] += count;
                    _units[(All * ActionUnits.Slots * Outcomes) + cell] += count;
                }
            }

            for (int side = 0; side < 2 && rows.HasValenceArousal; side++)
            {
                if (!double.IsNaN(truth.ValenceArousal[(2 * row) + side]))
                {
                    AddAffect(group, row, side, count, truth, rows);
                    AddAffect(All, row, side, count, truth, rows);
                }
            }
        }
    }

    /// <summary>How often a class is the label.</summary>
    public double Occurrences(int group, int label)
    {
        double sum = 0;
        for (int k = 0; k < classes; k++)
        {
            sum += _expression[(((group * classes) + label) * classes) + k];
        }

        return sum;
    }

    /// <summary>How often the unit of a slot is present by the labels.</summary>
    public double Present(int group, int unit) =>
        _units[(((group * ActionUnits.Slots) + unit) * Outcomes) + 2] + _units[(((group * ActionUnits.Slots) + unit) * Outcomes) + 3];

    /// <summary>The mean F1 of some classes, of a group or of all without it; NaN without any.</summary>
    public double ExpressionF1(int group, bool rest, int[] compared)
    {
        double sum = 0;
        foreach (int label in compared)
        {
            double hits = Cell(label, label), labels = 0, predictions = 0;
            for (int k = 0; k < classes; k++)
            {
                labels += Cell(label, k);
                predictions += Cell(k, label);
            }

            sum += labels + predictions > 0 ? 2 * hits / (labels + predictions) : 0;
        }

        return sum / compared.Length;

        double Cell(int truth, int predicted)
        {
            int cell = (truth * classes) + predicted;
            double own = _expression[(group * classes * classes) + cell];
            return rest ? _expression[(All * classes * classes) + cell] - own : own;
        }
    }

    /// <summary>The mean F1 of the units of some slots, of a group or of all without it; NaN without any.</summary>
    public double UnitF1(int group, bool rest, int[] compared)
    {
        double sum = 0;
        foreach (int unit in compared)
        {
            double hits = Cell(unit, 3), wrong = Cell(unit, 1) + Cell(unit, 2);
            sum += hits + wrong > 0 ? 2 * hits / ((2 * hits) + wrong) : 0;
        }

        return sum / compared.Length;

        double Cell(int unit, int outcome)
        {
            int cell = (unit * Outcomes) + outcome;
            double own = _units[(group * ActionUnits.Slots * Outcomes) + cell];
            return rest ? _units[(All * ActionUnits.Slots * Outcomes) + cell] - own : own;
        }
    }

    /// <summary>
    /// The mean CCC of valence (0), arousal (1) or both, of a group or of all without it; NaN where one is not defined.
    /// </summary>
    public double Concordance(int group, bool rest, int[] compared)
    {
        return compared.Average(side => Of(side * Side));

        double Of(int first)
        {
            double count = Sum(first), read = Sum(first + 1) / count, truth = Sum(first + 2) / count;
            double between = read - truth;
            double spread = (Sum(first + 3) / count) - (read * read) + (Sum(first + 4) / count) - (truth * truth) + (between * between);
            return spread > 1e-12 ? 2 * ((Sum(first + 5) / count) - (read * truth)) / spread : double.NaN;
        }

        double Sum(int moment)
        {
            double own = _affect[(group * Moments) + moment];
            return rest ? _affect[(All * Moments) + moment] - own : own;
        }
    }

    private void AddAffect(int group, int row, int side, int count, AnnotationColumns truth, WeightedRows rows)
    {
        double read = rows.Affect(row, side), label = truth.ValenceArousal[(2 * row) + side];
        Span<double> own = _affect.AsSpan((group * Moments) + (side * Side), Side);
        own[0] += count;
        own[1] += count * read;
        own[2] += count * label;
        own[3] += count * read * read;
        own[4] += count * label * label;
        own[5] += count * read * label;
    }
}
