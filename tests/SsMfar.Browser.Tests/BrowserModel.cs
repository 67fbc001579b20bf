using SsMfar.Export;
using SsMfar.Imaging;
using SsMfar.Metadata;
using SsMfar.Models;
using SsMfar.Runtime;
using SsMfar.Tests.Export;
using TorchSharp;

namespace SsMfar.Tests.Browser;

/// <summary>ONNX files of one ResNet-18 whose readings differ from face to face.</summary>
internal static class BrowserModel
{
    public const int Size = 64;

    /// <summary>Writes a model.</summary>
    /// <param name="folder">Where.</param>
    /// <param name="template">How its faces lie; null for a model that does not say.</param>
    /// <param name="order">Its channels.</param>
    /// <param name="input">What its file takes.</param>
    /// <returns>The ONNX file.</returns>
    public static string Write(
        TemporaryFolder folder, FaceTemplate? template = null, ChannelOrder order = ChannelOrder.Rgb, OnnxInput input = OnnxInput.Pixels)
    {
        string name = $"{template?.Name ?? "plain"}-{order}-{input}";
        string file = folder.File($"{name}.safetensors");
        using (MultiTaskModel model = OnnxModels.Trained())
        {
            // Outputs of some size, so that readings differ from face to face.
            using var noGradient = torch.no_grad();
            foreach ((string key, torch.Tensor parameter) in model.state_dict()
                .Where(pair => pair.Key.EndsWith("output.weight", StringComparison.Ordinal)))
            {
                parameter.mul_(Scalars.Of(key.Contains("valence", StringComparison.Ordinal) ? 6 : 40));
            }

            ModelFile.Save(file, model, OnnxModels.Metadata(Size, order) with { Alignment = template });
        }

        string onnx = folder.File($"{name}.onnx");
        OnnxExporter.Export(file, onnx, options: new() { Input = input });
        return onnx;
    }
}
