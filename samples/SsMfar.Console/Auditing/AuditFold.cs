using SsMfar.ConsoleApp.Commands;
using SsMfar.ConsoleApp.Shell;
using SsMfar.Data;
using SsMfar.Imaging;
using SsMfar.Inference;
using SsMfar.Postprocessing;
using SsMfar.Predictions;
using SsMfar.Training;

namespace SsMfar.ConsoleApp.Auditing;

/// <summary>A part of the rows, predicted by a model that learned from the others. Its predictions are kept, its model is not.</summary>
internal sealed class AuditFold(ConsoleSession session, TrainArguments training, string folder, string name)
{
    private string Kept => Path.Combine(folder, "predictions.csv");

    /// <summary>What was predicted before, or null.</summary>
    public PredictionTable? Before()
    {
        if (!File.Exists(Kept))
        {
            return null;
        }

        session.Say($"{name}: predicted before.");
        Clean();
        return PredictionTable.Load(Kept);
    }

    /// <summary>Trains and predicts, or goes on where that was interrupted.</summary>
    public async Task<PredictionTable> RunAsync(
        IImageSource images, AnnotationSet learned, AnnotationSet judged, CancellationToken cancellationToken)
    {
        Begin(learned.Count, judged.Count);
        TrainArguments own = training with { Out = folder, Resume = true };
        RunFolder run = RunFolder.Open(own);

        // The last epoch is kept: choosing one by the rows that are judged would let their labels in.
        try
        {
            using TrainingResult result = await Fitting.RunAsync(
                session, own, run, images, learned, null, training.Tasks, null, cancellationToken).ConfigureAwait(false);
            result.SaveModel(run.Model);
        }
        finally
        {
            run.DiscardIfUnused();
        }

        PredictionTable table = await PredictAsync(run.Model, images, judged, cancellationToken).ConfigureAwait(false);
        table.Save(Kept);
        Clean();
        return table;
    }

    /// <summary>Trains heads on features and predicts by them, which takes seconds: what is interrupted begins anew.</summary>
    public async Task<PredictionTable> RunAsync(FrozenFeatureSet learned, FrozenFeatureSet judged, CancellationToken cancellationToken)
    {
        Begin(learned.Count, judged.Count);
        using TrainingResult result = await Fitting.RunAsync(
            session, training, training.Tasks, null,
            (trainer, view) => trainer.FitHeadsAsync(learned, null, new TrainingProgressReporter(view), cancellationToken))
            .ConfigureAwait(false);
        IReadOnlyList<AffectPrediction> read = judged.Predict(result);
        PredictionTable table = Predicting.Table(
            name, [.. judged.Annotations.Select(row => row.Image)], read, judged.Annotations.ExpressionClasses);
        Directory.CreateDirectory(folder);
        table.Save(Kept);
        return table;
    }

    // An earlier process may have been cut off before it removed them.
    private void Clean()
    {
        File.Delete(RunFolder.ModelIn(folder));
        RunFolder.RemoveCheckpoints(folder);
    }

    private void Begin(int learned, int judged) => session.Say($"{name}: learning from {learned} rows, judging {judged}.");

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
