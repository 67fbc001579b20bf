using SsMfar.Campaigns.Models;
using SsMfar.Campaigns.Shell;
using SsMfar.Export;
using SsMfar.Inference;
using SsMfar.Models;
using SsMfar.Onnx;
using SsMfar.Runtime;
using SsMfar.Tests.Training;

namespace SsMfar.Campaigns.Endurance;

/// <summary>A small model as a model file and as an ONNX file, and faces for it.</summary>
internal sealed class TinyPredictors
{
    private readonly TemporaryFolder _folder;

    public TinyPredictors(TemporaryFolder folder)
    {
        _folder = folder;
        TorchRuntime.Initialize();
        using MultiTaskModel model = TinyParts.Model();
        ModelFile.Save(folder["model.safetensors"], model, TinyParts.Metadata);
        OnnxExporter.Export(model, TinyParts.Metadata, folder["model.onnx"]);
        using TinyFaces.Images images = new();
        Faces = [.. TinyFaces.Annotations(24).Select(row => FaceImage.FromBytes(images.Encoded(row.Image)))];
    }

    /// <summary>Gets the faces.</summary>
    public FaceImage[] Faces { get; }

    /// <summary>Loads one, on libtorch or ONNX Runtime.</summary>
    public IAffectPredictor Load(bool onnx) => onnx
        ? OnnxAffectPredictor.Load(_folder["model.onnx"], new() { Threads = 1 })
        : AffectPredictor.Load(_folder["model.safetensors"], new() { Device = ComputeDevice.Cpu, Parts = TinyParts.Known });

    /// <summary>Every number of a prediction.</summary>
    public static float[] Numbers(SsMfar.Predictions.AffectPrediction face) =>
        [.. face.Expression!.Probabilities, face.Valence!.Value, face.Arousal!.Value, .. face.ActionUnits!.Probabilities];
}
