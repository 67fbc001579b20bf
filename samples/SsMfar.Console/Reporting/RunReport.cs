using SsMfar.ConsoleApp.Commands;
using SsMfar.ConsoleApp.Shell;
using SsMfar.Data;
using SsMfar.Imaging;
using SsMfar.Inference;
using SsMfar.Postprocessing;
using SsMfar.Reports;

namespace SsMfar.ConsoleApp.Reporting;

/// <summary>The page about a finished run, in its folder: its model on the rows that it was judged by.</summary>
internal static class RunReport
{
    // Intervals are drawn from them.
    private const int FewestRows = 2;

    /// <summary>
    /// Writes <c>report.html</c> and <c>report.json</c>. Images that cannot be read are left out, as they were in training.
    /// </summary>
    /// <returns>
    /// The page; null, with a line that says why, where reports are not about the model's units, or too few images can be read.
    /// </returns>
    public static async Task<string?> WriteAsync(
        ConsoleSession session,
        TrainArguments arguments,
        RunFolder folder,
        IImageSource images,
        AnnotationSet validation,
        CancellationToken cancellationToken)
    {
        using var predictor = Commands.Models.LoadOne(folder.Model, arguments.Device);
        if (predictor.Metadata.Units() is { } units && !units.Equals(ActionUnitSet.AffWild2))
        {
            session.Say($"No page about the run: reports judge the units {ActionUnitSet.AffWild2}, and the model's are {units}");
            return null;
        }

        if (predictor.Metadata is { Decoders.Count: 1 } single && single.IntensityUnits() is not null)
        {
            session.Say("No page about the run: reports do not judge intensities of units, and the model reads nothing else.");
            return null;
        }

        (string Name, FaceBox? Box)[] faces = [.. validation.Select(row => (row.Image, (FaceBox?)null))];
        IReadOnlyList<PredictionItem> items = await Predicting.RunAsync(session, predictor, images, faces, cancellationToken)
            .ConfigureAwait(false);
        Predicting.RequireNumbers(items);
        AnnotationSet judged = new(
            validation.Where((_, row) => items[row].Succeeded), validation.ExpressionClasses, validation.ExtraColumns,
            validation.TextColumns, validation.Units);
        if (judged.Count < FewestRows)
        {
            session.Say(
                $"No page about the run: reports judge {FewestRows} images or more, and of the {validation.Count} that it was judged by " +
                    $"{judged.Count} can be read.");
            return null;
        }

        PredictionTable table = Predicting.Table(
            folder.Model,
            [.. judged.Select(row => row.Image)],
            [.. items.Where(item => item.Succeeded).Select(item => item.Prediction!)],
            judged.ExpressionClasses);
        ReportArguments about = new()
        {
            Models = [folder.Model],
            Annotations = arguments.Validation ?? $"a share of {arguments.Train}",
            Out = folder.Folder,
            Seed = arguments.Seed,
        };
        AffectReportOptions options = about.Options(session);
        options.Images = images;
        options.Remarks =
        [
            FormattableString.Invariant(
                $"The best epoch was chosen by these rows, so that scores of rows that played no part in it may be a little lower."),
        ];
        AffectReport report = await ProgressView.RunAsync(session, view => Task.Run(
            () => AffectReport.Create(judged, table, options, view.Count("resampling", about.Draws, "resamples"), cancellationToken),
            cancellationToken)).ConfigureAwait(false);
        report.Save(folder.Folder);
        if (arguments.TensorBoard is { } events && predictor.Metadata.Training is { } training)
        {
            session.Say(MistakePictures.Write(events, training.Epoch, report, images));
        }

        return Path.Combine(folder.Folder, "report.html");
    }
}
