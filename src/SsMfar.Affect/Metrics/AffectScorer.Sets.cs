using System.Numerics;
using SsMfar.Data;
using SsMfar.Predictions;
using SsMfar.Submissions;

namespace SsMfar.Metrics;

/// <content>Scoring a whole set at once.</content>
public sealed partial class AffectScorer
{
    /// <summary>Scores predictions given as arrays, row for row.</summary>
    /// <param name="truth">The labels: N rows.</param>
    /// <param name="expressions">N class indices; empty when this task was not predicted, which scores it null.</param>
    /// <param name="actionUnits">
    /// N x U probabilities, row by row, of the units of <paramref name="truth"/> (<see cref="AnnotationSet.Units"/>); empty when this task
    /// was not predicted.
    /// </param>
    /// <param name="valenceArousal">
    /// N x 2 values, row by row, clamped to [-1, 1] before scoring; empty when this task was not predicted.
    /// </param>
    /// <param name="actionUnitThresholds">
    /// A unit counts as predicted above this probability: a value for each unit, or null for 0.5 each.
    /// </param>
    /// <exception cref="ArgumentException">
    /// A length is wrong, a class is outside the set, or a prediction is not finite; the row is named.
    /// </exception>
    public static AffectScores Score(
        AnnotationSet truth,
        ReadOnlySpan<int> expressions,
        ReadOnlySpan<float> actionUnits,
        ReadOnlySpan<float> valenceArousal,
        IReadOnlyList<double>? actionUnitThresholds = null) =>
        ScoreArrays(truth, expressions, actionUnits, valenceArousal, actionUnitThresholds);

    /// <inheritdoc cref="Score(AnnotationSet, ReadOnlySpan{int}, ReadOnlySpan{float}, ReadOnlySpan{float}, IReadOnlyList{double})"/>
    public static AffectScores Score(
        AnnotationSet truth,
        ReadOnlySpan<int> expressions,
        ReadOnlySpan<double> actionUnits,
        ReadOnlySpan<double> valenceArousal,
        IReadOnlyList<double>? actionUnitThresholds = null) =>
        ScoreArrays(truth, expressions, actionUnits, valenceArousal, actionUnitThresholds);

    /// <summary>
    /// Scores a submission, matched with the labels by image name in any order. A task that it does not predict scores null; action units
    /// are those of the challenge's twelve that the labels are about.
    /// </summary>
    /// <param name="truth">The labels.</param>
    /// <param name="submission">The predictions: one row for each image of <paramref name="truth"/>, and no other.</param>
    /// <exception cref="SubmissionMismatchException">Names are missing, extra or repeated.</exception>
    /// <exception cref="ArgumentException">The class sets differ.</exception>
    public static AffectScores Score(AnnotationSet truth, Submission submission)
    {
        ArgumentNullException.ThrowIfNull(truth);
        ArgumentNullException.ThrowIfNull(submission);
        if (!truth.ExpressionClasses.Equals(submission.ExpressionClasses))
        {
            throw new ArgumentException(
                $"The labels have the classes {truth.ExpressionClasses}, the submission {submission.ExpressionClasses}. Read both with " +
                    "one class set.",
                nameof(submission));
        }

        int[] rows = submission.MatchTo(truth);
        ActionUnitSet? judged = truth.Units.Common(ActionUnitSet.AffWild2);
        AffectScorer scorer = new(truth.ExpressionClasses, units: judged);
        for (int i = 0; i < rows.Length; i++)
        {
            SubmissionRow predicted = submission[rows[i]];
            if (predicted.Expression is { } expression)
            {
                scorer.AddExpression(truth, i, expression);
            }

            if (judged is not null && predicted.ActionUnits.AnyKnown)
            {
                scorer.ActionUnits.Add(truth.Columns.ActionUnits[i], predicted.ActionUnits);
            }

            if (predicted is { Valence: { } valence, Arousal: { } arousal })
            {
                scorer.AddValenceArousal(truth, i, valence, arousal);
            }
        }

        return scorer.Compute();
    }

    /// <summary>Scores what a model reads, row for row; action units are those that labels and model share.</summary>
    /// <param name="truth">The labels: N rows.</param>
    /// <param name="predictions">A prediction for each row, in order, of one model.</param>
    /// <exception cref="ArgumentException">
    /// There are not as many predictions as rows, their classes are not those of the labels, or a value is not finite.
    /// </exception>
    public static AffectScores Score(AnnotationSet truth, IReadOnlyList<AffectPrediction> predictions)
    {
        ArgumentNullException.ThrowIfNull(truth);
        ArgumentNullException.ThrowIfNull(predictions);
        CheckLength(predictions.Count, truth.Count, 1, nameof(predictions));
        AffectScorer scorer = For(truth, predictions.Count > 0 ? predictions[0] : null);
        for (int row = 0; row < predictions.Count; row++)
        {
            scorer.Add(truth, row, predictions[row]);
        }

        return scorer.Compute();
    }

    private static AffectScores ScoreArrays<T>(
        AnnotationSet truth,
        ReadOnlySpan<int> expressions,
        ReadOnlySpan<T> actionUnits,
        ReadOnlySpan<T> valenceArousal,
        IReadOnlyList<double>? thresholds)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(truth);
        CheckLength(expressions.Length, truth.Count, 1, nameof(expressions));
        CheckLength(actionUnits.Length, truth.Count, truth.Units.Count, nameof(actionUnits));
        CheckLength(valenceArousal.Length, truth.Count, 2, nameof(valenceArousal));
        AffectScorer scorer = new(truth.ExpressionClasses, thresholds, truth.Units);
        int row = 0;
        try
        {
            for (; row < truth.Count; row++)
            {
                if (!expressions.IsEmpty)
                {
                    scorer.AddExpression(truth, row, expressions[row]);
                }

                if (!actionUnits.IsEmpty)
                {
                    scorer.ActionUnits
                        .Add(truth.Columns.ActionUnits[row], actionUnits.Slice(row * truth.Units.Count, truth.Units.Count));
                }

                if (!valenceArousal.IsEmpty)
                {
                    scorer.AddValenceArousal(
                        truth, row, double.CreateTruncating(valenceArousal[2 * row]), double.CreateTruncating(valenceArousal[2 * row + 1]));
                }
            }
        }
        catch (ArgumentException fault)
        {
            throw new ArgumentException($"Row {row} ({truth.Columns.Images[row]}): {fault.Message}", fault);
        }

        return scorer.Compute();
    }
}
