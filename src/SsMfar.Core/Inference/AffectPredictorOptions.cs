using SsMfar.Models;
using SsMfar.Runtime;

namespace SsMfar.Inference;

/// <summary>
/// What <see cref="AffectPredictorServiceCollectionExtensions.AddAffectPredictor"/> loads and how it predicts; may be bound from
/// configuration.
/// </summary>
public sealed class AffectPredictorOptions : PredictionOptions
{
    /// <summary>The model file; required.</summary>
    public string ModelPath { get; set; } = "";

    /// <summary>
    /// Where to run; CUDA when there is one, else the CPU, by default. In configuration: <c>auto</c>, <c>cpu</c>, <c>cuda</c>,
    /// <c>cuda:N</c>.
    /// </summary>
    public ComputeDevice Device { get; set; }

    /// <summary>The built-in parts and those of your own that the model file names.</summary>
    public ModelParts Parts { get; set; } = ModelParts.BuiltIn;

    /// <inheritdoc/>
    public override IEnumerable<string> Faults()
    {
        IEnumerable<string> own = (ModelPath, Parts) switch
        {
            (null or "", _) => [$"{nameof(ModelPath)} is empty; it names the model file."],
            (_, null) => [$"{nameof(Parts)} is null; {nameof(ModelParts)}.{nameof(ModelParts.BuiltIn)} is the default."],
            _ => [],
        };
        return own.Concat(base.Faults());
    }
}
