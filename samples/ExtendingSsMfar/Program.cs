// Extends SsMfar without touching it: a focal loss for the action units, a custom head for two tasks, and a fourth task with its own
// column in the annotation file. Trains, stops in the middle, resumes from the checkpoint, saves, loads and predicts.
using ExtendingSsMfar;
using SsMfar.Augmentation;
using SsMfar.Data;
using SsMfar.Imaging;
using SsMfar.Inference;
using SsMfar.Losses;
using SsMfar.Metadata;
using SsMfar.Metrics;
using SsMfar.Models;
using SsMfar.Predictions;
using SsMfar.RenderedFaces;
using SsMfar.Tasks;
using SsMfar.Training;

string folder = Directory.CreateTempSubdirectory("extending-ssmfar-").FullName;
try
{
    await RunAsync(folder);
}
finally
{
    Directory.Delete(folder, recursive: true);
}

static async Task RunAsync(string folder)
{
    // 1. Faces, and annotation files with a seventeenth column.
    (AffectDataset training, AffectDataset validation) = Draw(folder);
    Console.WriteLine($"drew {training.Count} + {validation.Count} faces; columns beyond the standard ones: " +
        $"{string.Join(", ", training.Annotations.ExtraColumns)}");

    // 2. Train, and stop after the second epoch as Ctrl+C or a shutdown would.
    using CancellationTokenSource stop = new();
    try
    {
        using TrainingResult unfinished = await Build(folder, CheckpointMode.New).FitAsync(training, validation, new Reporter(epoch =>
        {
            if (epoch == 2)
            {
                stop.Cancel();
            }
        }), stop.Token);
    }
    catch (OperationCanceledException)
    {
        Console.WriteLine("stopped; the checkpoint is written");
    }

    // 3. Resume. The result is bit for bit that of a run never stopped.
    string file = Path.Combine(folder, "model.safetensors");
    using (TrainingResult result = await Build(folder, CheckpointMode.Resume).FitAsync(training, validation, new Reporter()))
    {
        result.SaveModel(file);
        Console.WriteLine($"best epoch {result.BestEpoch} of {result.History.Length}, monitored score {result.BestScore:F3}");
    }

    // 4. Judge and predict from the file alone. A custom part is registered by its type.
    using AffectPredictor predictor = AffectPredictor.Load(file, new() { Parts = ModelParts.BuiltIn.WithHead<NormalizedHead>() });
    AffectEvaluation judged = await predictor.EvaluateAsync(validation);
    Console.WriteLine($"the file: {judged.Scores}");
    using IImageSource images = ImageSource.Open(folder);
    string[] names = [.. validation.Annotations.Take(4).Select(row => row.Image)];
    foreach (PredictionItem item in predictor.PredictAll(images, names))
    {
        (string name, AffectPrediction face) = (item.Name, item.GetPrediction());
        Console.WriteLine(
            $"{name}: {face.Expression}, valence {face.Valence:F2}, {face.ActionUnits}, " +
            $"brightness {face.Get<float>(BrightnessColumn.Name):F2} (measured {BrightnessColumn.Measure(images, name):F2})");
    }
}

static (AffectDataset Training, AffectDataset Validation) Draw(string folder)
{
    RenderedFaceOptions options = new() { TrainingCount = 400, ValidationCount = 120, Size = 64, Seed = 7 };
    (AnnotationSet training, AnnotationSet validation) = RenderedFaceSet.Write(folder, options);
    string trainingFile = Path.Combine(folder, RenderedFaceSet.TrainingFile);
    string validationFile = Path.Combine(folder, RenderedFaceSet.ValidationFile);
    BrightnessColumn.AddTo(training, folder).Save(trainingFile);
    BrightnessColumn.AddTo(validation, folder).Save(validationFile);
    return (AffectDataset.Load(trainingFile, folder), AffectDataset.Load(validationFile, folder));
}

static MultiTaskTrainer Build(string folder, CheckpointMode mode)
{
    // The fourth task: a column, a head, a loss (1 - CCC, as for valence and arousal), a metric and a decoder.
    AffectTask brightness = AffectTask.Create(
        BrightnessColumn.Name,
        new ColumnLabels(BrightnessColumn.Name),
        context => context.CreateHead<NormalizedHead>(1, ("hidden", 32)),
        _ => new ValenceArousalLoss(),
        _ => new RegressionMetric([BrightnessColumn.Name]),
        new NumberDecoder());
    return MultiTaskTrainer.CreateBuilder()
        .AddTask(brightness)
        .UseLoss(AffectTaskNames.ActionUnits, context =>
            new FocalActionUnitLoss(gamma: 1, context.Annotations.Statistics.RequireActionUnitWeights(cap: 10)))
        .UseHead(AffectTaskNames.Expression, context =>
            context.CreateHead<NormalizedHead>(context.Annotations.ExpressionClasses.Count, ("hidden", 64)))

        // The Recommended weak view changes brightness, which would make the new labels wrong; this one only moves pixels.
        .UseWeakView(_ => new WeakAugmentation(new() { Padding = 4 }))
        .UseCheckpoints(Path.Combine(folder, "checkpoints"), mode)
        .Configure(options =>
        {
            options.Epochs = 6;
            options.BatchSize = 32;
            options.ImageSize = 48;
            options.Seed = 7;
            options.Imbalance.WeightCap = 10; // so few rows may lack a class
        })
        .Build();
}
