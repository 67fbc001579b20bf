using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using SsMfar.ConsoleApp.Commands;
using SsMfar.ConsoleApp.Shell;
using SsMfar.Data;
using SsMfar.Imaging;
using SsMfar.Inference;
using SsMfar.Metrics;
using SsMfar.Predictions;
using SsMfar.RenderedFaces;
using SsMfar.Shared;
using SsMfar.Training;

namespace SsMfar.ConsoleApp.Demo;

/// <summary>The whole method on faces that it draws: data, floor, training, evaluation, predictions, a model file and a page.</summary>
internal sealed class Demonstration(ConsoleSession session, DemoSettings settings, string folder)
{
    private string Faces => Path.Combine(folder, "faces");

    private string Checkpoints => Path.Combine(folder, "checkpoints");

    private string Model => Path.Combine(folder, "model.safetensors");

    private string Page => Path.Combine(folder, "report.html");

    private string Predictions => Path.Combine(folder, "predictions.txt");

    // The first file of a demonstration: whatever has it is one's folder, though the process was killed.
    private string Mark => Path.Combine(folder, "ssmfar-demonstration.txt");

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        long start = Stopwatch.GetTimestamp();
        RequireOwnFolder();
        session.Say($"Drawing {settings.TrainingFaces} faces to learn from and {settings.ValidationFaces} of other people to judge by.");
        (AnnotationSet training, AnnotationSet validation) = await DrawAsync(cancellationToken).ConfigureAwait(false);
        using FolderImageSource images = new(Faces);
        AffectScores ridge = await FitRidgeAsync(images, training, validation, cancellationToken).ConfigureAwait(false);
        session.Say($"Ridge regression on pixels, the floor: {ScoreText.Line(ridge)}.");
        session.Say($"Training ResNet-18 on {settings.ImageSize}x{settings.ImageSize} pixels for {settings.Epochs} epochs.");
        using TrainingResult trained = await TrainAsync(new(training, images), new(validation, images), cancellationToken).ConfigureAwait(
            false);
        trained.SaveModel(Model);

        // From here on only the file counts, as in an application.
        using AffectPredictor predictor = AffectPredictor.Load(Model);
        string[] names = [.. validation.Select(row => row.Image)];
        AffectEvaluation judged = await Predicting.EvaluateAsync(session, predictor, new(validation, images), cancellationToken)
            .ConfigureAwait(false);
        IReadOnlyList<AffectPrediction> predictions = judged.Predictions;
        Predicting.Submission(Model, names, predictions, validation.ExpressionClasses).Save(Predictions);
        DemoResult result = new()
        {
            Settings = settings,
            Method = string.Create(
                CultureInfo.InvariantCulture,
                $"{predictor.Metadata.Variant}, recipe {predictor.Metadata.Recipe} with the views of the published code " +
                $"and a learning rate of {settings.LearningRate}"),
            Classes = validation.ExpressionClasses,
            Scores = judged.Scores,
            Ridge = ridge,
            History = trained.History,
            BestEpoch = trained.BestEpoch,
            ImagesPerSecond = TrainingReport.Pace(trained.History).ImagesPerSecond,
            Faces = [.. FaceChoice.Rows(validation, settings.FacesShown)
                .Select(row => new DemoFace(validation[row], predictions[row], Picture(row)))],
            Seconds = Stopwatch.GetElapsedTime(start).TotalSeconds,
        };
        AtomicFile.WriteText(Page, writer => writer.Write(ReportPage.Write(result)));
        Directory.Delete(Checkpoints, recursive: true);
        Report(result);
    }

    // The folder's own files are replaced; anyone else's are not touched.
    private void RequireOwnFolder()
    {
        if (!Outputs.IsEmpty(folder) && !File.Exists(Mark))
        {
            throw new BadInputException($"--out '{folder}' is not empty and not of an earlier demonstration: choose another folder.");
        }

        Directory.CreateDirectory(folder);
        AtomicFile.WriteText(Mark, writer => writer.Write("Another demonstration in this folder replaces what this one wrote.\n"));
        Directory.CreateDirectory(Faces);
    }

    private Task<(AnnotationSet Training, AnnotationSet Validation)> DrawAsync(CancellationToken cancellationToken) =>
        ProgressView.RunAsync(session, view => Task.Run(
            () => RenderedFaceSet.Write(
                Faces, settings.Faces, view.Count(
                    "drawing",
                    settings.TrainingFaces + settings.ValidationFaces,
                    "faces"), cancellationToken),
            cancellationToken));

    private Task<AffectScores> FitRidgeAsync(
        IImageSource images,
        AnnotationSet training,
        AnnotationSet validation,
        CancellationToken cancellationToken) =>
        ProgressView.RunAsync(session, view => Task.Run(
            () => RidgeBaseline.Score(
                images, training, validation, view.Count(
                    "fitting ridge regression",
                    RidgeBaseline.Penalties,
                    "penalties"), cancellationToken),
            cancellationToken));

    private async Task<TrainingResult> TrainAsync(AffectDataset training, AffectDataset validation, CancellationToken cancellationToken)
    {
        try
        {
            return await ProgressView.RunAsync(session, async view =>
            {
                MultiTaskTrainer trainer = MultiTaskTrainer.CreateBuilder()
                    .UseRecipe(TrainingRecipe.Recommended)
                    .UseVariant(SsMfarVariant.SsMfar)
                    .UseCheckpoints(Checkpoints, CheckpointMode.ResumeIfPresent)
                    .UseLogging(new SessionLogging(view.Say, LogLevel.Warning))
                    .Configure(settings.Configure)
                    .Build();
                return await trainer.FitAsync(training, validation, new TrainingProgressReporter(view), cancellationToken)
                    .ConfigureAwait(false);
            }).ConfigureAwait(false);
        }
        catch (OperationCanceledException cancelled)
        {
            throw new InterruptedException("Interrupted. The same command goes on from the checkpoint.", cancelled);
        }
    }

    private byte[] Picture(int row)
    {
        using SkiaSharp.SKBitmap bitmap = RenderedFaceSet.Render(
            settings.Faces with { Size = settings.ShownSize },
            FaceSplit.Validation,
            row);
        using SkiaSharp.SKData data = bitmap.Encode(SkiaSharp.SKEncodedImageFormat.Jpeg, 88);
        return data.ToArray();
    }

    private void Report(DemoResult result)
    {
        session.WriteResult(
            new JsonObject
            {
                ["score"] = JsonResults.Of(result.Scores, result.Classes),
                ["ridge"] = JsonResults.Of(result.Ridge, result.Classes),
                ["epoch"] = result.BestEpoch,
                ["seconds"] = result.Seconds,
                ["imagesPerSecond"] = result.ImagesPerSecond,
                ["model"] = Model,
                ["page"] = Page,
                ["predictions"] = Predictions,
            },
            () => FormattableString.Invariant(
                $"""
                 {DemoText.Faces(result)}
                 {DemoText.Scores(result)}
                 model        {Model}
                 page         {Page}
                 predictions  {Predictions}
                 {result.Seconds:F0} s in all, {result.ImagesPerSecond:F0} images/s in training
                 """));
    }
}
