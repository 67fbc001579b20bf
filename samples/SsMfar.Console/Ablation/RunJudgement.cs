using System.Collections.Immutable;
using SsMfar.ConsoleApp.Commands;
using SsMfar.Data;
using SsMfar.Inference;
using SsMfar.Metadata;
using SsMfar.Metrics;
using SsMfar.Predictions;
using SsMfar.Reports.Ablation;
using SsMfar.Submissions;
using SsMfar.Training;

namespace SsMfar.ConsoleApp.Ablation;

/// <summary>From a trained model's predictions and a run's history to its result.</summary>
internal static class RunJudgement
{
    // Enough dots to see a shape; the page stays small.
    private const int AffectRows = 300;

    public static RunResult Of(long seed, TrainingResult trained, AffectEvaluation judged)
    {
        AffectScores scores = judged.Scores;
        return new()
        {
            Seed = seed,
            BestEpoch = trained.BestEpoch,
            Expression = scores.Expression?.MacroF1,
            ExpressionF1 = scores.Expression is { } expression ? [.. expression.F1] : null,
            ActionUnits = scores.ActionUnits?.MeanF1,
            ActionUnitF1 = scores.ActionUnits is { } units ? [.. units.F1] : null,
            Valence = scores.ValenceArousal?.Valence,
            Arousal = scores.ValenceArousal?.Arousal,
            Overall = scores.PMtl,
            Confusion = Confusion(judged.Confusion),
            Affect = Affect(judged.Annotations, judged.Predictions),
            Epochs = [.. trained.History.Select(Point)],
            Seconds = TrainingReport.Pace(trained.History).Seconds,
            Origin = RunOrigin.Here,
        };
    }

    /// <summary>
    /// What was decided of each image, as a submission, in which tasks that were not learned are marked as not predicted.
    /// </summary>
    public static Submission Decisions(AffectEvaluation judged) => new(
        judged.Annotations.Zip(judged.Predictions, Decision).DistinctBy(row => row.Image, StringComparer.Ordinal),
        judged.Annotations.ExpressionClasses);

    private static SubmissionRow Decision(AnnotationRow row, AffectPrediction prediction)
    {
        ActionUnitLabels units = ActionUnitLabels.Unknown;
        for (int unit = 0; unit < ActionUnits.Count; unit++)
        {
            units = units.With(unit, prediction.ActionUnits?[unit]);
        }

        return new(row.Image, prediction.ValenceArousal?.Valence, prediction.ValenceArousal?.Arousal, prediction.Expression?.Index, units);
    }

    private static long[] Confusion(ConfusionMatrix counts) =>
    [
        .. Enumerable.Range(0, counts.ClassCount)
            .SelectMany(truth => Enumerable.Range(0, counts.ClassCount).Select(predicted => counts[truth, predicted])),
    ];

    private static float[][] Affect(AnnotationSet truth, IReadOnlyList<AffectPrediction> predictions)
    {
        int[] rows = [.. Enumerable.Range(0, truth.Count)
            .Where(i => truth[i].ValenceArousal is not null && predictions[i].ValenceArousal is not null)];
        int stride = Math.Max(1, (rows.Length + AffectRows - 1) / AffectRows);
        return [.. rows.Where((_, i) => i % stride == 0).Select(Row)];

        float[] Row(int i)
        {
            (ValenceArousal real, ValenceArousal read) = (truth[i].ValenceArousal!.Value, predictions[i].ValenceArousal!.Value);
            return [real.Valence, read.Valence, real.Arousal, read.Arousal];
        }
    }

    private static AblationEpoch Point(EpochResult epoch)
    {
        ImmutableSortedDictionary<string, TaskScore>? tasks = epoch.Evaluation?.Tasks;
        return new(
            epoch.Losses["total"],
            epoch.Evaluation?.Score,
            tasks?.GetValueOrDefault(AffectTaskNames.Expression)?.Primary,
            tasks?.GetValueOrDefault(AffectTaskNames.ActionUnits)?.Primary,
            tasks?.GetValueOrDefault(AffectTaskNames.ValenceArousal)?.Primary,
            OfExpression("thresholds") is { } thresholds ? [.. thresholds] : null,
            OfExpression("confidentShare") is { } share ? share[0] : null);

        ImmutableArray<double>? OfExpression(string name) =>
            epoch.Policy.TryGetValue($"{AffectTaskNames.Expression}.{name}", out ImmutableArray<double> values) ? values : null;
    }
}
