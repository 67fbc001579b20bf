using System.Collections.Immutable;
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

    // With a setting that a built-in decoder has too.
    private static readonly PartDescription Own = new PartDescription("own").With("classes", "a|b");

    /// <summary>Writes a model.</summary>
    /// <param name="folder">Where.</param>
    /// <param name="template">How its faces lie; null for a model that does not say.</param>
    /// <param name="order">Its channels.</param>
    /// <param name="input">What its file takes.</param>
    /// <param name="customDecoders">Whether decoders that only an application knows read its outputs.</param>
    /// <returns>The ONNX file.</returns>
    public static string Write(
        TemporaryFolder folder, FaceTemplate? template = null, ChannelOrder order = ChannelOrder.Rgb, OnnxInput input = OnnxInput.Pixels,
        bool customDecoders = false)
    {
        using MultiTaskModel model = OnnxModels.Trained();

        // Outputs of some size, so that readings differ from face to face.
        using var noGradient = torch.no_grad();
        foreach ((string key, torch.Tensor parameter) in model.state_dict()
            .Where(pair => pair.Key.EndsWith("output.weight", StringComparison.Ordinal)))
        {
            parameter.mul_(Scalars.Of(key.Contains("valence", StringComparison.Ordinal) ? 6 : 40));
        }

        ModelMetadata metadata = OnnxModels.Metadata(Size, order) with { Alignment = template };
        if (customDecoders)
        {
            metadata = metadata with { Decoders = metadata.Decoders.ToImmutableSortedDictionary(pair => pair.Key, _ => Own) };
        }

        string onnx = folder.File($"{template?.Name ?? "plain"}-{order}-{input}-{customDecoders}.onnx");
        OnnxExporter.Export(model, metadata, onnx, new() { Input = input });
        return onnx;
    }
}
