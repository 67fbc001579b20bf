using System.Text.Json.Nodes;
using SsMfar.ConsoleApp.Commands;
using SsMfar.ConsoleApp.Shell;
using SsMfar.Data;
using SsMfar.Imaging;
using SsMfar.Inference;
using SsMfar.Metadata;
using SsMfar.Metrics;
using SsMfar.Postprocessing;
using SsMfar.Reports;
using SsMfar.Shared;
using SsMfar.Submissions;

namespace SsMfar.ConsoleApp.Reporting;

/// <summary>Makes and writes a report.</summary>
internal sealed class ReportRun(ConsoleSession session, ReportArguments arguments)
{
    private const string Kind = "report";

    /// <summary>Does all of it.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        Outputs.RequireFolder("--out", arguments.Out);
        Inputs.RequireKept([("--out", Path.Combine(arguments.Out, "report.json"))], ("--not-worse-than", arguments.NotWorseThan));
        Outputs.RequireOwn("--out", arguments.Out, Kind, pictures: false, "report.html", "report.json");
        using IImageSource? images = arguments.Data is { } data ? Inputs.OpenImages(data) : null;
        AffectReportOptions options = arguments.Options(session);
        options.Images = images;
        AffectReport report = arguments.Predictions is { } predictions
            ? await OfPredictionsAsync(predictions, options, cancellationToken).ConfigureAwait(false)
            : await OfModelAsync(images!, options, cancellationToken).ConfigureAwait(false);
        return Write(report);
    }

    private async Task<AffectReport> OfModelAsync(IImageSource images, AffectReportOptions options, CancellationToken cancellationToken)
    {
        using IAffectPredictor predictor = Commands.Models.Load([.. arguments.Models], arguments.Device, orOnnx: true);
        PredictionFiles.RequireUnits(predictor.Metadata.Units(), arguments.Models[0]);
        TellIntensities(predictor.Metadata);
        options.Card = arguments.Models.Length == 1 ? predictor.Metadata.Card : null;
        AnnotationSet truth = AnnotationSet.Load(arguments.Annotations, Inputs.FileOptions(predictor));
        Check(truth, options);
        Inputs.RequireImages(images, [.. truth.Select(row => row.Image)], arguments.Annotations);
        AffectEvaluation judged = await Predicting.EvaluateAsync(session, predictor, new(truth, images), cancellationToken)
            .ConfigureAwait(false);
        PredictionTable table = Predicting.Table(
            arguments.Models[0], [.. truth.Select(row => row.Image)], judged.Predictions, truth.ExpressionClasses);
        return await JudgeAsync(progress => AffectReport.Create(truth, table, options, progress, cancellationToken)).ConfigureAwait(false);
    }

    private Task<AffectReport> OfPredictionsAsync(string path, AffectReportOptions options, CancellationToken cancellationToken)
    {
        AnnotationSet truth = AnnotationSet.Load(arguments.Annotations, new() { ExpressionClasses = arguments.Classes });
        Check(truth, options);
        (Submission decisions, PredictionTable? table) = PredictionFiles.Load(path, truth);
        return JudgeAsync(progress => table is null
            ? AffectReport.Create(truth, decisions, options, progress, cancellationToken)
            : AffectReport.Create(truth, table, options, progress, cancellationToken));
    }

    private void TellIntensities(ModelMetadata model)
    {
        if (model.IntensityUnits() is not null)
        {
            session.Say(model.Decoders.Count == 1
                ? throw new BadInputException(
                    $"{arguments.Models[0]}: it reads intensities of units alone, which reports do not judge. Use evaluate or score.")
                : "Reports do not judge intensities of units: evaluate and score do.");
        }
    }

    // What can be refused before a model predicts.
    private void Check(AnnotationSet truth, AffectReportOptions options)
    {
        arguments.Grouping.RequireSeveralGroups(truth);
        string[] known = [.. truth.TextColumns, .. truth.ExtraColumns];
        if (arguments.Subgroups.FirstOrDefault(column => !known.Contains(column)) is { } missing)
        {
            string others = known.Length == 0 ? "it has none beyond the labels" : $"it has {string.Join(", ", known)}";
            throw new BadInputException($"--subgroups: {arguments.Annotations} has no column '{missing}'; {others}.");
        }

        options.NotWorseThan = arguments.NotWorseThan is { } earlier ? PredictionFiles.LoadEarlier(earlier, truth) : null;
    }

    private Task<AffectReport> JudgeAsync(Func<IProgress<int>, AffectReport> create) =>
        ProgressView.RunAsync(session, view => Task.Run(() =>
        {
            try
            {
                return create(view.Count("resampling", arguments.Draws, "resamples"));
            }
            catch (ArgumentException fault) when (fault.ParamName == "column")
            {
                throw new BadInputException($"--subgroups: {ConsoleWords.Of(fault.Message)}");
            }
        }));

    private int Write(AffectReport report)
    {
        WrittenFolder.Mark(arguments.Out, Kind);
        Outputs.Write("--out", arguments.Out, "The report's files", report.Save);
        JsonObject json = AffectReportJson.Of(report, withPredictions: false);
        json["page"] = Path.Combine(arguments.Out, "report.html");
        json["report"] = Path.Combine(arguments.Out, "report.json");
        session.WriteResult(json, () => ReportText.Of(report, arguments));
        return report.Gate is { } gate ? Judge(gate) : ExitCodes.Success;
    }

    private int Judge(ScoreGateResult gate)
    {
        if (gate.Tasks.IsEmpty)
        {
            throw new BadInputException(
                $"--not-worse-than {arguments.NotWorseThan}: there is no task that both have a score of, so that nothing is compared. " +
                    "Give predictions of the same tasks. The report is written.");
        }

        // Who lets a model through by the exit code alone is to see what the code does not speak of.
        if (!gate.LeftOut.IsEmpty)
        {
            session.Say($"--not-worse-than {arguments.NotWorseThan}: {ReportText.NotCompared(gate).TrimEnd()}.");
        }

        if (!gate.IsWorse)
        {
            return ExitCodes.Success;
        }

        session.Say($"Worse than {arguments.NotWorseThan}: {ReportText.Worse(gate)}.");
        return ExitCodes.Worse;
    }
}
