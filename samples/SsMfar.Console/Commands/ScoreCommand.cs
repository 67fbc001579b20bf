using System.CommandLine;
using System.Text.Json.Nodes;
using SsMfar.ConsoleApp.Shell;
using SsMfar.Data;
using SsMfar.Metrics;
using SsMfar.Postprocessing;
using SsMfar.Predictions;
using SsMfar.Submissions;

namespace SsMfar.ConsoleApp.Commands;

/// <summary>
/// <c>score</c>: predictions in the submission format against labels, how sure the scores are, and whether two predictions differ.
/// </summary>
internal static class ScoreCommand
{
    public static Command Create()
    {
        Option<string> annotations = CommonOptions.Annotations();
        Option<string> predictions = CommonOptions.Predictions(
            "in the submission format, or what predict --probabilities wrote, which is judged for calibration too; in any order");
        Option<int?> resamples = CommonOptions.Resamples("none unless given");
        Option<string> against = OptionKinds.Text(
            "--against",
            "FILE",
            "Other predictions to compare with, by a paired bootstrap",
            required: false);
        Option<ImageGrouping> grouping = CommonOptions.GroupBy("drawn for the intervals");
        Option<double> level = CommonOptions.Level();
        Option<long> seed = CommonOptions.Seed(long.MaxValue, 0L);
        Option<ExpressionClassSet?> classes = CommonOptions.Classes();
        Command command = new("score", "Score predictions as the challenge does") {
            annotations,
            predictions,
            resamples,
            against,
            grouping,
            level,
            seed,
            classes };
        command.Validators.Add(result =>
        {
            if (result.GetResult(resamples) is null && result.GetResult(against) is null
                && new Option[] { grouping, level, seed }.FirstOrDefault(
                    option => result.GetResult(option) is { Implicit: false }) is { } idle)
            {
                result.AddError($"{idle.Name} is about confidence intervals: add --bootstrap N, or leave it out.");
            }
        });
        command.SetAction((parsed, cancellationToken) => RunAsync(
            ConsoleSession.Of(parsed),
            parsed.GetRequiredValue(annotations),
            parsed.GetRequiredValue(predictions),
            parsed.GetValue(against),
            parsed.GetValue(resamples),
            new()
            {
                Resamples = parsed.GetValue(resamples) ?? new BootstrapOptions().Resamples,
                Level = parsed.GetValue(level),
                Seed = parsed.GetValue(seed),
                GroupBy = parsed.GetValue(grouping).GroupBy(),
            },
            parsed.GetValue(grouping),
            parsed.GetValue(classes),
            cancellationToken));
        return command;
    }

    private static async Task RunAsync(
        ConsoleSession session,
        string annotations,
        string predictions,
        string? against,
        int? resamples,
        BootstrapOptions options,
        ImageGrouping grouping,
        ExpressionClassSet? given,
        CancellationToken cancellationToken)
    {
        AnnotationSet truth = AnnotationSet.Load(annotations, new() { ExpressionClasses = given });
        ExpressionClassSet classes = truth.ExpressionClasses;
        (Judged first, AffectCalibration? calibration) = Load(predictions, classes, truth);
        Judged? second = against is null ? null : Load(against, classes, truth).Decisions;
        AffectScores scores = first.Score(truth);
        JsonObject json = JsonResults.Of(scores, classes);
        string text = ScoreText.Of(scores, classes);
        string sureness = calibration is null ? "" : ScoreText.Of(calibration);
        if (calibration is not null)
        {
            json["calibration"] = JsonResults.Of(calibration, scores);
        }

        if (resamples is not null || second is not null)
        {
            grouping.RequireSeveralGroups(truth);
            AffectScoreIntervals intervals = await ProgressView.RunAsync(session, view => Task.Run(
                () => first.Intervals(
                    truth,
                    options,
                    view.Count("resampling", options.Resamples, "resamples"),
                    cancellationToken), cancellationToken)).ConfigureAwait(false);
            json["bootstrap"] = IntervalResults.Json(intervals, grouping, options.Seed);
            text = IntervalResults.Text(intervals, classes, grouping, scores);
            if (second is not null)
            {
                AffectScores others = second.Score(truth);
                AffectScoreIntervals differences = await ProgressView.RunAsync(session, view => Task.Run(
                    () => first.Compare(
                        truth,
                        second,
                        options,
                        view.Count("comparing", options.Resamples, "resamples"),
                        cancellationToken), cancellationToken)).ConfigureAwait(false);
                json["against"] = JsonResults.Of(others, classes);
                json["difference"] = IntervalResults.Json(differences, grouping, options.Seed);
                text = $"{text}\nless the scores of {against}; * where the interval excludes " +
                    $"0\n{IntervalResults.Text(differences, classes, grouping, scores: null)}";
            }
        }

        string intensities = resamples is null && second is null ? "" : ScoreText.Of(scores.Intensities);
        session.WriteResult(json, () => text + intensities + sureness);
    }

    private static (Judged Decisions, AffectCalibration? Calibration) Load(string path, ExpressionClassSet classes, AnnotationSet truth)
    {
        PredictionFile file = new(path);
        PredictionTable? table = PredictionFiles.TableOf(file, path, classes);
        try
        {
            if (table is null)
            {
                Submission submission = file.Submission(classes);
                submission.MatchTo(truth);
                return (new(submission, null), null);
            }

            // Units of one's own, and intensities, have no place in a submission.
            AffectPrediction[] predictions = [.. table.MatchTo(truth).Select(row => table[row])];
            return (
                table.Units.Equals(ActionUnitSet.AffWild2) && table.IntensityUnits is null
                    ? new(table.ToSubmission(), null) : new(null, predictions),
                AffectCalibration.Of(truth, predictions));
        }
        catch (SubmissionMismatchException mismatch)
        {
            throw new BadInputException($"{path}: {mismatch.Message}");
        }
    }

    /// <summary>
    /// Decisions as a submission has them, or, of units that it has no place for, as a model made them, in the labels' order.
    /// </summary>
    private sealed record Judged(Submission? Submission, AffectPrediction[]? Predictions)
    {
        public AffectScores Score(AnnotationSet truth) =>
            Submission is { } submission ? AffectScorer.Score(truth, submission) : AffectScorer.Score(truth, Predictions!);

        public AffectScoreIntervals Intervals(
            AnnotationSet truth, BootstrapOptions options, IProgress<int> progress, CancellationToken cancellationToken) =>
            Submission is { } submission
                ? Bootstrap.Score(truth, submission, options, progress, cancellationToken)
                : Bootstrap.Score(truth, Predictions!, options, progress, cancellationToken);

        public AffectScoreIntervals Compare(
            AnnotationSet truth, Judged other, BootstrapOptions options, IProgress<int> progress, CancellationToken cancellationToken) =>
            (Submission, other.Submission) is ({ } first, { } second)
                ? Bootstrap.Compare(truth, first, second, options, progress, cancellationToken)
                : Bootstrap.Compare(truth, InOrder(truth), other.InOrder(truth), options, progress, cancellationToken);

        private AffectPrediction[] InOrder(AnnotationSet truth)
        {
            if (Predictions is { } predictions)
            {
                return predictions;
            }

            PredictionTable table = PredictionTable.FromSubmission(Submission!);
            return [.. table.MatchTo(truth).Select(row => table[row])];
        }
    }
}
