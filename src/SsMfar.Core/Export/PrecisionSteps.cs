using System.Globalization;
using SsMfar.Metadata;
using SsMfar.Models;

namespace SsMfar.Export;

/// <summary>Brings a model's graph from float32 to the precision that is asked for.</summary>
internal static class PrecisionSteps
{
    private const string Faces = $"{nameof(OnnxExportOptions.Calibration)}.{nameof(OnnxCalibrationOptions.Faces)}";

    /// <summary>What the file's metadata call a precision.</summary>
    public static string NameOf(OnnxPrecision precision) => precision switch
    {
        OnnxPrecision.Float16 => "float16",
        OnnxPrecision.Int8 => "int8",
        _ => "float32",
    };

    /// <summary>Refuses what cannot be, before the work.</summary>
    /// <exception cref="OnnxExportException">It is asked for.</exception>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    public static void Require(MultiTaskModel model, OnnxExportOptions options)
    {
        if (!Enum.IsDefined(options.Precision))
        {
            throw new ArgumentOutOfRangeException(nameof(options), options.Precision, "There is no such precision.");
        }

        if (!Enum.IsDefined(options.Input))
        {
            throw new ArgumentOutOfRangeException(nameof(options), options.Input, "There is no such input.");
        }

        ArgumentNullException.ThrowIfNull(options.Calibration, nameof(options));
        ArgumentNullException.ThrowIfNull(options.Calibration.Faces, nameof(options));
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Calibration.MaximumFaces, 1, nameof(options));
        if (options.Precision != OnnxPrecision.Int8)
        {
            if (options.Calibration.Faces.Count > 0)
            {
                throw new OnnxExportException(
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"{options.Calibration.Faces.Count} images to calibrate with are given, which {options.Precision} has no use for."),
                    $"Leave {Faces} out, or set {nameof(OnnxExportOptions.Precision)} to {OnnxPrecision.Int8}.");
            }

            return;
        }

        if (options.Calibration.Faces.Count == 0)
        {
            throw new OnnxExportException(
                $"{OnnxPrecision.Int8} needs images to calibrate with, and none is given.",
                $"Give a few hundred of those that the model was trained on with {Faces}.");
        }

        if (model.Backbone is IOnnxExportable or not (IFusedInParts or ResNet))
        {
            throw new OnnxExportException(
                $"The backbone '{model.Backbone.Description.Kind}' ({model.Backbone.GetType().Name}) is a custom one, and only built-in " +
                    $"backbones are written in {OnnxPrecision.Int8}.",
                $"Set {nameof(OnnxExportOptions.Precision)} to {OnnxPrecision.Float16} or {OnnxPrecision.Float32}, or choose a built-in " +
                    "backbone.");
        }
    }

    public static void Apply(ModelGraph graph, ModelMetadata metadata, OnnxExportOptions options)
    {
        GraphContent content = graph.Graph.Content;
        if (options.Precision == OnnxPrecision.Int8)
        {
            QuantizationPlan plan = new(content, graph.Images, graph.Features);
            Int8Graph.Apply(content, plan, Calibration.Run(graph, plan, metadata, options.Calibration));
        }

        if (options.Precision != OnnxPrecision.Float32)
        {
            Float16Storage.Apply(content);
        }
    }
}
