namespace SsMfar.Models;

/// <summary>
/// A backbone that runs faster once its weights are fixed: a predictor runs the fused copy instead of it. A backbone without this
/// interface runs as it is.
/// </summary>
public interface IFusible
{
    /// <summary>
    /// A copy for inference with the weights of now, in which batch normalisations are fused into the convolutions before them. Its
    /// outputs are those of this backbone in evaluation mode, but for float32 rounding. It can neither be trained nor saved.
    /// </summary>
    /// <returns>Float32, on the CPU; the caller owns it. This backbone stays as it is.</returns>
    IBackbone Fuse();
}
