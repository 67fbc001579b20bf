using System.CommandLine;
using System.Text.Json.Nodes;
using SsMfar.ConsoleApp.Shell;
using SsMfar.Data;
using SsMfar.Metrics;
using SsMfar.Postprocessing;
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
        (Submission first, AffectCalibration? calibration) = Load(predictions, truth);
        Submission? second = against is null ? null : Load(against, truth).Decisions;
        AffectScores scores = AffectScorer.Score(truth, first);
        JsonObject json = JsonResults.Of(scores, classes);
        string text = ScoreText.Of(scores, classes);
        string sureness = calibration is null ? "" : ScoreText.Of(calibration);
        if (calibration is not null)
        {
            json["calibration"] = JsonResults.Of(calibration);
        }

        if (resamples is not null || second is not null)
        {
            grouping.RequireSeveralGroups(truth);
            AffectScoreIntervals intervals = await ProgressView.RunAsync(session, view => Task.Run(
                () => Bootstrap.Score(
                    truth,
                    first,
                    options,
                    view.Count("resampling", options.Resamples, "resamples"),
                    cancellationToken), cancellationToken)).ConfigureAwait(false);
            json["bootstrap"] = IntervalResults.Json(intervals, grouping, options.Seed);
            text = IntervalResults.Text(intervals, classes, grouping, "score");
            if (second is not null)
            {
                AffectScores others = AffectScorer.Score(truth, second);
                AffectScoreIntervals differences = await ProgressView.RunAsync(session, view => Task.Run(
                    () => Bootstrap.Compare(
                        truth,
                        first,
                        second,
                        options,
                        view.Count("comparing", options.Resamples, "resamples"),
                        cancellationToken), cancellationToken)).ConfigureAwait(false);
                json["against"] = JsonResults.Of(others, classes);
                json["difference"] = IntervalResults.Json(differences, grouping, options.Seed);
                text = $"{text}\nless the scores of {against}; * where the interval excludes " +
                    $"0\n{IntervalResults.Text(differences, classes, grouping, "difference", mark: true)}";
            }
        }

        session.WriteResult(json, () => text + sureness);
    }

    private static (Submission Decisions, AffectCalibration? Calibration) Load(string path, AnnotationSet truth)
    {
        (Submission decisions, PredictionTable? table) = PredictionFiles.Load(path, truth);
        return (decisions, table is null
            ? null
            : AffectCalibration.Of(truth, [.. decisions.MatchTo(truth).Select(row => table[row])]));
    }
}
