using System.Numerics;
using SsMfar.Data;
using SsMfar.Predictions;
using SsMfar.Submissions;

namespace SsMfar.Metrics;

/// <summary>Labels and predictions side by side, scored with each row counted any number of times.</summary>
internal sealed class WeightedRows
{
    private const int Outcomes = 4;

    private readonly AnnotationSet _truth;
    private readonly (bool Expression, bool ValenceArousal, bool ActionUnits) _predicted;
    private readonly short[] _expressions;
    private readonly ulong[] _units;
    private readonly double[] _affect;

    public WeightedRows(AnnotationSet truth, Submission predictions)
    {
        if (!truth.ExpressionClasses.Equals(predictions.ExpressionClasses))
        {
            throw ClassesDiffer(truth, predictions.ExpressionClasses, nameof(predictions));
        }

        SubmissionRow[] rows = [.. predictions.MatchTo(truth).Select(row => predictions[row])];
        _truth = truth;
        ActionUnitSet? shared = truth.Units.Common(ActionUnitSet.AffWild2);
        Units = shared ?? truth.Units;
        _predicted = (predictions.HasExpression, predictions.HasValenceArousal, predictions.HasActionUnits && shared is not null);
        _expressions = [.. rows.Select(row => (short)(row.Expression ?? -1))];
        _units = [.. rows.Select(row => row.ActionUnits.ActiveMask)];
        _affect = [.. rows.SelectMany(row => new[] { row.Valence ?? double.NaN, row.Arousal ?? double.NaN })];
    }

    private WeightedRows(WeightedRows other, ActionUnitSet? shared)
    {
        (_truth, _expressions, _units, _affect) = (other._truth, other._expressions, other._units, other._affect);
        _predicted = other._predicted with { ActionUnits = other.HasActionUnits && shared is not null };
        Units = shared ?? _truth.Units;
    }

    /// <summary>Predictions in the order of the labels, of one model.</summary>
    public WeightedRows(AnnotationSet truth, IReadOnlyList<AffectPrediction> predictions)
    {
        if (predictions.FirstOrDefault(one => one.Expression is { } read && !read.Classes.Equals(truth.ExpressionClasses)) is { } other)
        {
            throw ClassesDiffer(truth, other.Expression!.Classes, nameof(predictions));
        }

        AffectPrediction? first = predictions.Count > 0 ? predictions[0] : null;
        if (predictions.FirstOrDefault(one => !HasTasksOf(one, first!)) is not null)
        {
            throw new ArgumentException("The predictions differ in their tasks. Give those of one model.", nameof(predictions));
        }

        _truth = truth;
        ActionUnitSet? shared = first?.ActionUnits is { } read ? truth.Units.Common(read.Units) : null;
        Units = shared ?? truth.Units;
        _predicted = (first?.Expression is not null, first?.ValenceArousal is not null, shared is not null);
        _expressions = [.. predictions.Select(prediction => (short)(prediction.Expression?.Index ?? -1))];
        _units = [.. predictions.Select(prediction =>
            prediction.ActionUnits is { } units ? AffectScorer.Decisions(units).ActiveMask : 0)];
        _affect = [.. predictions.SelectMany(prediction => prediction.ValenceArousal is { } affect
            ? new double[] { Math.Clamp(affect.Valence, -1, 1), Math.Clamp(affect.Arousal, -1, 1) }
            : [double.NaN, double.NaN])];
    }

    /// <summary>Gets the units that are judged: those that labels and predictions share; the labels' where they share none.</summary>
    public ActionUnitSet Units { get; }

    /// <summary>The same rows, judged by units that other predictions of the same labels have too; by none where they share none.</summary>
    public WeightedRows SharedWith(WeightedRows other) => Units.Equals(other.Units) ? this : new(this, Units.Common(other.Units));

    public bool HasExpression => _predicted.Expression;

    public bool HasValenceArousal => _predicted.ValenceArousal;

    public bool HasActionUnits => _predicted.ActionUnits;

    /// <summary>Whether a task was predicted.</summary>
    public bool Has(ScoredTask task) => task switch
    {
        ScoredTask.Expression => HasExpression,
        ScoredTask.ActionUnits => HasActionUnits,
        _ => HasValenceArousal,
    };

    /// <summary>The predicted class of a row.</summary>
    public int Expression(int row) => _expressions[row];

    /// <summary>The bits of the units that are predicted in a row (<see cref="ActionUnitSet.Slots"/>).</summary>
    public ulong ActiveUnits(int row) => _units[row];

    /// <summary>The predicted valence (0) or arousal (1) of a row.</summary>
    public double Affect(int row, int side) => _affect[(2 * row) + side];

    /// <summary>The challenge's scores of a set in which row i occurs <paramref name="counts"/>[i] times.</summary>
    public double[] Score(ReadOnlySpan<int> counts)
    {
        AffectScorer scorer = new(_truth.ExpressionClasses, units: Units);
        AnnotationColumns columns = _truth.Columns;
        Span<long> units = stackalloc long[ActionUnits.Slots * Outcomes];
        units.Clear();
        for (int row = 0; row < counts.Length; row++)
        {
            int count = counts[row];
            if (count == 0)
            {
                continue;
            }

            if (_predicted.Expression && columns.Expressions[row] != AnnotationColumns.UnknownExpression)
            {
                scorer.Expression.Add(columns.Expressions[row], _expressions[row], count);
            }

            ulong active = columns.ActionUnits[row].ActiveMask;
            for (ulong left = columns.ActionUnits[row].KnownMask; left != 0; left &= left - 1)
            {
                int unit = BitOperations.TrailingZeroCount(left);
                units[(unit * Outcomes) + (int)(((active >> unit & 1) << 1) + (_units[row] >> unit & 1))] += count;
            }

            if (_predicted.ValenceArousal && !double.IsNaN(columns.ValenceArousal[2 * row]))
            {
                scorer.Valence.AddMoments(count, _affect[2 * row], columns.ValenceArousal[2 * row], 0, 0, 0);
            }

            if (_predicted.ValenceArousal && !double.IsNaN(columns.ValenceArousal[(2 * row) + 1]))
            {
                scorer.Arousal.AddMoments(count, _affect[(2 * row) + 1], columns.ValenceArousal[(2 * row) + 1], 0, 0, 0);
            }
        }

        for (int unit = 0; unit < Units.Count && _predicted.ActionUnits; unit++)
        {
            ReadOnlySpan<long> own = units.Slice(Units.Slots[unit] * Outcomes, Outcomes);
            scorer.ActionUnits.Add(unit, new(truePositives: own[3], falsePositives: own[1], falseNegatives: own[2], trueNegatives: own[0]));
        }

        return ScoreVector.Of(scorer.Compute(), _truth.ExpressionClasses.Count, Units);
    }

    private static bool HasTasksOf(AffectPrediction one, AffectPrediction other) =>
        (one.Expression is null, one.ValenceArousal is null) == (other.Expression is null, other.ValenceArousal is null)
        && Equals(one.ActionUnits?.Units, other.ActionUnits?.Units);

    private static ArgumentException ClassesDiffer(AnnotationSet truth, ExpressionClassSet predicted, string parameter) =>
        new(
            $"The labels have the classes {truth.ExpressionClasses}, the predictions {predicted}. Read both with one class set.",
            parameter);
}
