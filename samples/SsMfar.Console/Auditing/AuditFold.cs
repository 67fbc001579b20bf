using SsMfar.ConsoleApp.Commands;
using SsMfar.ConsoleApp.Shell;
using SsMfar.Data;
using SsMfar.Imaging;
using SsMfar.Inference;
using SsMfar.Postprocessing;
using SsMfar.Training;

namespace SsMfar.ConsoleApp.Auditing;

/// <summary>A part of the rows, predicted by a model that learned from the others. Its predictions are kept, its model is not.</summary>
internal sealed class AuditFold(ConsoleSession session, TrainArguments training, string folder)
{
    private string Kept => Path.Combine(folder, "predictions.csv");

    /// <summary>Trains and predicts, goes on where that was interrupted, or reads what was predicted before.</summary>
    public async Task<PredictionTable> RunAsync(
        IImageSource images, AnnotationSet learned, AnnotationSet judged, string name, CancellationToken cancellationToken)
    {
        if (File.Exists(Kept))
        {
            session.Say($"{name}: predicted before.");
            return PredictionTable.Load(Kept);
        }

        session.Say($"{name}: learning from {learned.Count} rows, judging {judged.Count}.");
        TrainArguments own = training with { Out = folder, Resume = true };
        RunFolder run = RunFolder.Open(own);

        // The last epoch is kept: choosing one by the rows that are judged would let their labels in.
        using (TrainingResult result = await Fitting.RunAsync(
            session, own, run, images, learned, null, training.Tasks, null, cancellationToken).ConfigureAwait(false))
        {
            result.SaveModel(run.Model);
        }

        PredictionTable table = await PredictAsync(run.Model, images, judged, cancellationToken).ConfigureAwait(false);
        table.Save(Kept);
        File.Delete(run.Model);
        Directory.Delete(run.Checkpoints, recursive: true);
        return table;
    }

    private async Task<PredictionTable> PredictAsync(
        string model, IImageSource images, AnnotationSet judged, CancellationToken cancellationToken)
    {
        using IAffectPredictor predictor = Commands.Models.LoadOne(model, training.Device);
        IReadOnlyList<PredictionItem> items = await Predicting.RunAsync(
            session, predictor, images, [.. judged.Select(row => (row.Image, (FaceBox?)null))], cancellationToken).ConfigureAwait(false);
        Predicting.RequireNumbers(items);
        int[] read = [.. Enumerable.Range(0, items.Count).Where(row => items[row].Succeeded)];
        return Predicting.Table(
            model, [.. read.Select(row => judged[row].Image)], [.. read.Select(row => items[row].Prediction!)], judged.ExpressionClasses);
    }
}
