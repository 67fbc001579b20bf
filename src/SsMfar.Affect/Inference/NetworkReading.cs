using SsMfar.Predictions;

namespace SsMfar.Inference;

/// <summary>What was read in a network's outputs for an image, or why nothing can be.</summary>
/// <param name="Prediction">The prediction; of no use where there is a fault.</param>
/// <param name="Fault">The first output that is not finite, or null.</param>
internal readonly record struct NetworkReading(AffectPrediction Prediction, NonFiniteOutputException? Fault)
{
    /// <exception cref="NonFiniteOutputException">There is a fault.</exception>
    public AffectPrediction Require() => Fault is null ? Prediction : throw Fault;

    public PredictionItem ToItem(DecodedFace face) => Fault is null
        ? new(face.Index, face.Face, Prediction) : new(face.Index, face.Face, Fault);
}
