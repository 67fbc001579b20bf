using SsMfar.Data;
using SsMfar.Inference;
using SsMfar.Kernels;
using SsMfar.Kernels.Native;
using SsMfar.Metrics;
using SsMfar.Models;
using SsMfar.Predictions;
using SsMfar.Runtime;
using SsMfar.Tests.Models;
using SsMfar.Training;
using TorchSharp;

namespace SsMfar.Tests.Training;

/// <summary>Small fits of each recipe and variant on every device.</summary>
public sealed class FitTests
{
    private static readonly AffectDataset Training = TinyFaces.Dataset(60);
    private static readonly AffectDataset Validation = TinyFaces.Dataset(40, seed: 2);

    public static TheoryData<string, string, string> Cases =>
        PresentDevices.With(TrainingRecipe.All.Select(recipe => recipe.Name), SsMfarVariant.All.Select(variant => variant.Name));

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Each_recipe_and_variant_learns_alike_on_every_device(string device, string recipe, string variant)
    {
        var progress = new ProgressRecorder();
        using TrainingResult result = await Fit(device, recipe, variant, progress);

        progress.Steps.SelectMany(step => step.Losses.Values).Should().NotBeEmpty().And.OnlyContain(loss => double.IsFinite(loss));
        result.Model.state_dict().Values.Should().OnlyContain(tensor => tensor.device_type == torch.device(device).type);
        result.BestScore.Should().NotBeNull();
        UnlabelledRowsTeach(result).Should().Be(variant switch
        {
            "mfar" or "mfar-rs" => "nothing",
            "ssp-mfar-sa" => "every task",
            _ => "the expression",
        });
        if (device == "cpu")
        {
            return;
        }

        using TrainingResult processor = await Fit("cpu", recipe, variant, new ProgressRecorder());
        foreach ((string term, double value) in processor.History[0].Losses)
        {
            result.History[0].Losses[term].Should().BeApproximately(value, 1e-2, $"{term} of the first epoch");
        }
    }

    [Theory]
    [MemberData(nameof(PresentDevices.All), MemberType = typeof(PresentDevices))]
    public async Task The_evaluation_measures_what_predictions_on_the_CPU_score(string device)
    {
        using var folder = new TemporaryFolder();
        using TrainingResult result = await Fit(device, "recommended", "ss-mfar", new ProgressRecorder());
        result.SaveModel(folder.File("model.safetensors"));
        using AffectPredictor predictor = AffectPredictor.Load(
            folder.File("model.safetensors"), new() { Parts = TinyBackbone.Parts, Device = ComputeDevice.Cpu });
        using var images = new TinyFaces.Images();
        AffectPrediction[] predictions =
            [.. predictor.PredictAll(Validation.Annotations.Select(row => FaceImage.FromBytes(images.Encoded(row.Image))))
            .Select(item => item.GetPrediction())];
        AffectScores scores = AffectScorer.Score(
            Validation.Annotations,
            [.. predictions.Select(p => p.Expression!.Index)],
            (ReadOnlySpan<float>)[.. predictions.SelectMany(p => p.ActionUnits!.Probabilities)],
            [.. predictions.SelectMany(p => new[] { p.Valence!.Value, p.Arousal!.Value })]);

        EvaluationResult measured = result.Evaluation;
        measured.Tasks["expression"].Primary.Should().BeApproximately(scores.Expression!.MacroF1, 1e-3);
        measured.Tasks["action_units"].Primary.Should().BeApproximately(scores.ActionUnits!.MeanF1, 1e-3);
        measured.Tasks["valence_arousal"].Primary.Should().BeApproximately(scores.ValenceArousal!.Mean, 1e-4);
    }

    [Theory]
    [MemberData(nameof(BFloat16))]
    public async Task Bfloat16_follows_float32_closely_but_not_exactly_and_gives_back_a_float32_model(string device)
    {
        using TrainingResult full = await Deep(device, TrainingPrecision.Full), half = await Deep(device, TrainingPrecision.BFloat16);

        double expected = full.History[0].Losses["total"];
        half.History[0].Losses["total"].Should().NotBe(expected).And.BeApproximately(expected, 0.05 * expected);
        half.Model.parameters().Should()
            .OnlyContain(parameter => parameter.dtype == torch.ScalarType.Float32 && parameter.device_type == torch.device(device).type);
    }

    /// <summary>The CPU, which computes it in software where it must, and the CUDA devices that have it in hardware.</summary>
    public static TheoryData<string> BFloat16 =>
        [.. PresentDevices.Names.Where(name => name == "cpu" || BFloat16Support.IsInHardware(torch.device(name)))];

    // By the losses of their strong views.
    private static string UnlabelledRowsTeach(TrainingResult result)
    {
        bool Learns(string task) => result.History.Any(epoch => epoch.Losses.GetValueOrDefault($"{task}.unsupervised") > 0);
        return (Learns("expression"), Learns("action_units") && Learns("valence_arousal")) switch
        {
            (true, true) => "every task",
            (true, false) => "the expression",
            _ => "nothing",
        };
    }

    private static Task<TrainingResult> Fit(string device, string recipe, string variant, IProgress<TrainingProgress> progress)
    {
        // The backbone and what it starts from are the same for all: what is tried here is the method's own.
        SsMfarVariant method = new(variant, SsMfarVariant.Parse(variant).Apply);
        return Tiny.Builder()
            .UseVariant(method)
            .UseRecipe(TrainingRecipe.Parse(recipe))
            .UseDevice(ComputeDevice.Parse(device))
            .AllowUnusedOptions() // Not every variant has thresholds.
            .Configure(Tiny.Small)
            .Configure(options =>
            {
                options.Precision = TrainingPrecision.Full;

                // Low enough for a network that knows nothing yet.
                options.SemiSupervision.Threshold.Start = 0.13;
                options.SemiSupervision.Threshold.Floor = 0;
            })
            .Build().FitAsync(Training, Validation, progress);
    }

    private static Task<TrainingResult> Deep(string device, TrainingPrecision precision) => MultiTaskTrainer.CreateBuilder()
        .UseDevice(ComputeDevice.Parse(device))
        .Configure(Tiny.Small)
        .Configure(options =>
        {
            options.Precision = precision;
            options.Epochs = 1;
            options.EmaDecay = null;
        })
        .Build()
        .FitAsync(TinyFaces.Dataset(32), TinyFaces.Dataset(16, seed: 2));
}
