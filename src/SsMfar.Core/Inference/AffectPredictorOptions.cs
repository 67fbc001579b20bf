using SsMfar.Models;
using SsMfar.Runtime;

namespace SsMfar.Inference;

/// <summary>
/// Which model an <see cref="AffectPredictor"/> loads, where it runs and how it predicts. Can be bound from configuration.
/// </summary>
public sealed class AffectPredictorOptions : PredictionOptions, IModelFileOptions
{
    /// <summary>
    /// Gets or sets the model file of a predictor that is a service of an application, which must be set there.
    /// <see cref="AffectPredictor.Load"/> is given a path and does not read it.
    /// </summary>
    public string ModelPath { get; set; } = "";

    /// <summary>
    /// Gets or sets where to run. The default is <see cref="ComputeDevice.Auto"/>: CUDA where there is a device, else the CPU. In
    /// configuration: <c>auto</c>, <c>cpu</c>, <c>cuda</c>, <c>cuda:N</c>.
    /// </summary>
    public ComputeDevice Device { get; set; }

    /// <summary>Gets or sets the parts that the model file may name, custom ones included. The default is the built-in parts.</summary>
    public ModelParts Parts { get; set; } = ModelParts.BuiltIn;

    IEnumerable<string?> IModelFileOptions.Faults() =>
    [
        .. PredictionFaults.Of(this),
        PredictionFaults.NotNull(nameof(Parts), Parts, $"{nameof(ModelParts)}.{nameof(ModelParts.BuiltIn)}"),
    ];
}
