using System.Collections.Immutable;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using SsMfar.Data;
using SsMfar.Export;
using SsMfar.Inference;
using SsMfar.Metadata;
using SsMfar.Models;
using SsMfar.Onnx;
using SsMfar.Predictions;
using SsMfar.Randomness;
using SsMfar.Runtime;
using SsMfar.Tests.Export;
using ModelMetadata = SsMfar.Metadata.ModelMetadata;

namespace SsMfar.Tests.Onnx;

/// <summary>A model of BP4D's units and their intensities by both predictors, and in the ONNX file itself.</summary>
public sealed class IntensityTests : IDisposable
{
    private const int Size = 32;

    // Those of which BP4D has intensities.
    private static readonly ActionUnitSet Strong = ActionUnitSet.Parse("AU6", "AU10", "AU12", "AU14", "AU17");

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Both_predictors_read_the_same_and_the_file_has_intensities_for_others()
    {
        string model = _folder.File("model.safetensors"), onnx = _folder.File("model.onnx");
        Save(model);
        OnnxExporter.Export(model, onnx);
        byte[] pixels = OnnxModels.Pixels(3, Size);

        using AffectPredictor torch = AffectPredictor.Load(model, new() { Device = ComputeDevice.Cpu, FlipAveraging = false });
        using OnnxAffectPredictor runtime = OnnxAffectPredictor.Load(onnx, new() { FlipAveraging = false });

        runtime.Metadata.IntensityUnits().Should().Be(Strong);
        runtime.Metadata.Units().Should().Be(ActionUnitSet.Bp4d);
        float[] written = Outputs(onnx, pixels, "action_unit_intensity", Strong.Count);
        for (int face = 0; face < 3; face++)
        {
            SsMfar.Imaging.RgbImage image = new(Size, Size, pixels[(face * Size * Size * 3)..((face + 1) * Size * Size * 3)]);
            AffectPrediction first = torch.Predict(image), second = runtime.Predict(image);
            second.ActionUnits!.Units.Should().Be(ActionUnitSet.Bp4d);
            second.ActionUnitIntensities!.Units.Should().Be(Strong);
            Largest(first.ActionUnits!.Probabilities, second.ActionUnits.Probabilities).Should().BeLessThan(1e-4);
            Largest(first.ActionUnitIntensities!.Values, second.ActionUnitIntensities.Values).Should().BeLessThan(1e-4);
            Largest(second.ActionUnitIntensities.Values, written.Skip(face * 5).Take(5)).Should().BeLessThan(1e-4);
            second.ActionUnitIntensities.Values.Distinct().Should().HaveCount(5, "each unit has a score of its own");
        }
    }

    private static void Save(string path)
    {
        RandomKey key = RandomKey.FromSeed(4);
        IBackbone backbone = BackboneFactory.ResNet18.Create(key.Fold(0));
        OnnxModels.Disturb(backbone.Module, 3);
        using MultiTaskModel model = new(backbone, new(0.5, true), new Dictionary<string, ITaskHead>
        {
            [AffectTaskNames.ActionUnits] = new PerOutputMlpHead(backbone.FeatureWidth, 16, 12, key.Fold(1)),
            [AffectTaskNames.ActionUnitIntensity] = new OrdinalMlpHead(backbone.FeatureWidth, 16, Strong.Count, 5, key.Fold(2)),
        });
        ModelFile.Save(path, model, new ModelMetadata
        {
            Input = new() { Width = Size, Height = Size },
            ActionUnits = ActionUnitSet.Bp4d.Names,
            Decoders = ImmutableSortedDictionary<string, PartDescription>.Empty
                .Add(AffectTaskNames.ActionUnits, new ActionUnitDecoder(units: ActionUnitSet.Bp4d).Description)
                .Add(AffectTaskNames.ActionUnitIntensity, new ActionUnitIntensityDecoder(Strong).Description),
        });
    }

    private static float[] Outputs(string onnx, byte[] pixels, string name, int width)
    {
        using InferenceSession session = new(onnx);
        using var results = session.Run(
            [NamedOnnxValue.CreateFromTensor("pixels", new DenseTensor<byte>(pixels, [3, Size, Size, 3]))], [name]);
        var output = results.Single().AsTensor<float>();
        output.Dimensions.ToArray().Should().Equal(3, width);
        return [.. output];
    }

    private static double Largest(IEnumerable<float> one, IEnumerable<float> other) =>
        one.Zip(other, (a, b) => Math.Abs(a - (double)b)).Max();
}
