using System.Numerics;
using SsMfar.Data;

namespace SsMfar.Metrics;

/// <summary>What the scores of groups need of their rows: counts and sums, so that the rest is the total less a group.</summary>
internal sealed class SubgroupTally(int groups, int classes)
{
    private const int Outcomes = 4;
    private const int Moments = 11; // how many, then of valence and of arousal: predictions, truths, their squares and products

    private readonly double[] _expression = new double[(groups + 1) * classes * classes];
    private readonly double[] _units = new double[(groups + 1) * ActionUnits.Slots * Outcomes];
    private readonly double[] _affect = new double[(groups + 1) * Moments];

    /// <summary>The place of all groups together.</summary>
    public int All => groups;

    /// <summary>Takes in rows, row i <paramref name="counts"/>[i] times; those of no group are left out.</summary>
    public void Add(AnnotationColumns truth, WeightedRows rows, int[] groupOf, ReadOnlySpan<int> counts)
    {
        for (int row = 0; row < counts.Length; row++)
        {
            int group = groupOf[row], count = counts[row];
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

            if (rows.HasValenceArousal && truth.HasValenceArousal(row))
            {
                AddAffect(group, row, count, truth, rows);
                AddAffect(All, row, count, truth, rows);
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

    /// <summary>The mean CCC of valence and arousal, of a group or of all without it; NaN where it is not defined.</summary>
    public double Concordance(int group, bool rest)
    {
        return (Of(1) + Of(6)) / 2;

        double Of(int first)
        {
            double count = Sum(0), read = Sum(first) / count, truth = Sum(first + 1) / count;
            double between = read - truth;
            double spread = (Sum(first + 2) / count) - (read * read) + (Sum(first + 3) / count) - (truth * truth) + (between * between);
            return spread > 1e-12 ? 2 * ((Sum(first + 4) / count) - (read * truth)) / spread : double.NaN;
        }

        double Sum(int moment)
        {
            double own = _affect[(group * Moments) + moment];
            return rest ? _affect[(All * Moments) + moment] - own : own;
        }
    }

    private void AddAffect(int group, int row, int count, AnnotationColumns truth, WeightedRows rows)
    {
        Span<double> sums = _affect.AsSpan(group * Moments, Moments);
        sums[0] += count;
        for (int side = 0; side < 2; side++)
        {
            double read = rows.Affect(row, side), label = truth.ValenceArousal[(2 * row) + side];
            Span<double> own = sums.Slice(1 + (5 * side), 5);
            own[0] += count * read;
            own[1] += count * label;
            own[2] += count * read * read;
            own[3] += count * label * label;
            own[4] += count * read * label;
        }
    }
}
