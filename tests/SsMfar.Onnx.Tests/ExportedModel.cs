using SkiaSharp;
using SsMfar.Export;
using SsMfar.Imaging;
using SsMfar.Inference;
using SsMfar.Models;
using SsMfar.Onnx;
using SsMfar.Predictions;
using SsMfar.RenderedFaces;
using SsMfar.Runtime;
using SsMfar.Tests.Export;
using SsMfar.Tests.Models;
using TorchSharp;

namespace SsMfar.Tests.Onnx;

/// <summary>A ResNet-18 as a model file and as ONNX files, and drawn faces in files, made once for all tests of a class.</summary>
public sealed class ExportedModel : IDisposable
{
    private const int FaceCount = 24;

    private readonly TemporaryFolder _folder = new();

    public ExportedModel()
    {
        using (MultiTaskModel model = OnnxModels.Trained())
        {
            // Outputs of some size, so that probabilities are neither all alike nor all 0 or 1.
            using var noGradient = torch.no_grad();
            foreach ((string name, torch.Tensor parameter) in model.state_dict()
                .Where(pair => pair.Key.EndsWith("output.weight", StringComparison.Ordinal)))
            {
                parameter.mul_(Scalars.Of(name.Contains("valence", StringComparison.Ordinal) ? 3 : 12));
            }

            Model = _folder.File("model.safetensors");
            ModelFile.Save(Model, model, OnnxModels.Metadata(64));
            BgrModel = _folder.File("bgr.safetensors");
            ModelFile.Save(BgrModel, model, OnnxModels.Metadata(64, ChannelOrder.Bgr));
        }

        Onnx = Export(Model, "model.onnx");
        BgrOnnx = Export(BgrModel, "bgr.onnx");
        NormalizedOnnx = Export(Model, "normalized.onnx", OnnxInput.NormalizedImages);
        RenderedFaceOptions faces = new() { TrainingCount = FaceCount, ValidationCount = 1, Size = 80, Seed = 11 };
        Faces = [.. Enumerable.Range(0, FaceCount).Select(i => Draw(faces, i))];
    }

    internal string Model { get; }

    internal string BgrModel { get; }

    internal string Onnx { get; }

    internal string BgrOnnx { get; }

    internal string NormalizedOnnx { get; }

    /// <summary>Image files.</summary>
    internal string[] Faces { get; }

    internal string PathOf(string name) => _folder.File(name);

    internal AffectPredictor Torch(AffectPredictorOptions? options = null)
    {
        options ??= new();
        options.Device = ComputeDevice.Cpu;
        return AffectPredictor.Load(Model, options);
    }

    internal OnnxAffectPredictor Load(OnnxAffectPredictorOptions? options = null) => OnnxAffectPredictor.Load(Onnx, options);

    /// <summary>Every number of a prediction.</summary>
    internal static float[] Numbers(AffectPrediction face) =>
        [.. face.Expression!.Probabilities, face.Valence!.Value, face.Arousal!.Value, .. face.ActionUnits!.Probabilities];

    internal static double Difference(AffectPrediction first, AffectPrediction second) =>
        Numbers(first).Zip(Numbers(second), (a, b) => Math.Abs(a - (double)b)).Max();

    public void Dispose() => _folder.Dispose();

    private string Export(string model, string name, OnnxInput input = OnnxInput.Pixels)
    {
        OnnxExporter.Export(model, _folder.File(name), options: new() { Input = input });
        return _folder.File(name);
    }

    private string Draw(RenderedFaceOptions options, int index)
    {
        using SKBitmap face = RenderedFaceSet.Render(options, FaceSplit.Training, index);
        using SKData encoded = face.Encode(SKEncodedImageFormat.Png, 100);
        string file = _folder.File($"face{index:00}.png");
        File.WriteAllBytes(file, encoded.ToArray());
        return file;
    }
}
