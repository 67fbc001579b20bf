using SsMfar.Imaging;
using SsMfar.Inference;
using SsMfar.Models;
using SsMfar.Predictions;
using SsMfar.Runtime;
using SsMfar.Tests.Losses;
using SsMfar.Tests.Models;
using TorchSharp;

namespace SsMfar.Tests.Inference;

/// <summary>Predictors on every device: folded and in batches, against the plain model in float64 on the CPU.</summary>
public sealed class PredictorTests : IDisposable
{
    private const int Faces = 7;
    private readonly TemporaryFolder _folder = new();

    public PredictorTests() => PaperModel.Save(Model);

    private string Model => _folder.File("model.safetensors");

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(PresentDevices.All), MemberType = typeof(PresentDevices))]
    public void Predictions_are_those_of_the_model_in_float64(string device)
    {
        using AffectPredictor predictor = AffectPredictor.Load(Model, new() { Device = ComputeDevice.Parse(device) });
        (double[] expressions, double[] units, double[] affect) = Exact();

        AffectPrediction[] actual =
            [.. predictor.PredictAll(Enumerable.Range(0, Faces).Select(PaperModel.Face)).Select(item => item.GetPrediction())];

        Numbers(actual, p => [.. p.Expression!.Probabilities]).ShouldBeClose(expressions, 1e-4, "expressions");
        Numbers(actual, p => [.. p.ActionUnits!.Probabilities]).ShouldBeClose(units, 1e-4, "units");
        Numbers(actual, p => [p.Valence!.Value, p.Arousal!.Value]).ShouldBeClose(affect, 1e-4, "valence and arousal");
        Enumerable.Range(0, 8).Max(column => Spread([.. expressions.Where((_, i) => i % 8 == column)])).Should()
            .BeGreaterThan(1e-3, "faces differ");
    }

    [Theory]
    [MemberData(nameof(PresentDevices.All), MemberType = typeof(PresentDevices))]
    public void A_tensor_from_the_device_or_the_CPU_gives_what_its_images_give(string device)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using AffectPredictor predictor =
            AffectPredictor.Load(Model, new() { Device = ComputeDevice.Parse(device), FlipAveraging = true });
        torch.Tensor pixels = Pixels();
        AffectPrediction[] expected = [.. Enumerable.Range(0, Faces).Select(i => predictor.Predict(PaperModel.Face(i)))];
        foreach (torch.Tensor images in new[] { pixels, pixels.to(torch.device(device)) })
        {
            IReadOnlyList<AffectPrediction> actual = predictor.PredictTensor(images);
            actual.Zip(expected, PaperModel.Difference).Max().Should().BeLessThan(1e-4);
        }
    }

    private static double Spread(double[] values) => values.Max() - values.Min();

    private static torch.Tensor Pixels()
    {
        byte[] bytes = [.. Enumerable.Range(0, Faces).SelectMany(i => PaperModel.Picture(i).Pixels.ToArray())];
        return torch.tensor(bytes, [Faces, PaperModel.Size, PaperModel.Size, 3]).permute(0, 3, 1, 2);
    }

    private (double[] Expressions, double[] Units, double[] Affect) Exact()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using LoadedModel loaded = ModelFile.Load(Model);
        MultiTaskModel model = loaded.Model;
        model.to(torch.ScalarType.Float64);
        model.eval();
        ImagePreprocessing input = loaded.Metadata.Input;
        torch.Tensor Channels(ChannelValues values) =>
            torch.tensor(new double[] { values.Red, values.Green, values.Blue }).reshape(1, 3, 1, 1);
        torch.Tensor pixels = Pixels().to(torch.ScalarType.Float64) / Scalars.Of(255);
        torch.Tensor images = (pixels - Channels(input.Mean)) / Channels(input.StandardDeviation);
        using TaskOutputs outputs = model.call(images);
        return (
            outputs["expression"].softmax(1).Host(),
            outputs["action_units"].sigmoid().Host(),
            outputs["valence_arousal"].clamp(Scalars.Of(-1), Scalars.Of(1)).Host());
    }

    private static double[] Numbers(IEnumerable<AffectPrediction> predictions, Func<AffectPrediction, float[]> read) =>
        [.. predictions.SelectMany(read).Select(value => (double)value)];
}
