using SsMfar.Predictions;

namespace SsMfar.Onnx;

/// <summary>Which model an application's <see cref="OnnxAffectPredictor"/> service loads, and how it predicts.</summary>
public sealed class OnnxAffectPredictorOptions : OnnxPredictionOptions
{
    /// <summary>The ONNX file, written by <c>SsMfar.Export.OnnxExporter</c> or the console's <c>export</c>. Must be set.</summary>
    public string ModelPath { get; set; } = "";

    /// <summary>The decoders that the file may name: the built-in ones and those of your own.</summary>
    public TaskDecoders Decoders { get; set; } = TaskDecoders.BuiltIn;

    /// <inheritdoc/>
    public override IEnumerable<string> Faults()
    {
        foreach (string fault in base.Faults())
        {
            yield return fault;
        }

        if (string.IsNullOrWhiteSpace(ModelPath))
        {
            yield return $"{nameof(ModelPath)} is empty; it names an ONNX file that SsMfar exported.";
        }

        if (Decoders is null)
        {
            yield return $"{nameof(Decoders)} is null; {nameof(TaskDecoders)}.{nameof(TaskDecoders.BuiltIn)} is the default.";
        }
    }
}
