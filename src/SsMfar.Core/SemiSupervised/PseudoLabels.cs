using TorchSharp;

namespace SsMfar.SemiSupervised;

/// <summary>What a policy says of the rows that have a strong view.</summary>
public sealed class PseudoLabels
{
    /// <summary>Creates an assignment.</summary>
    /// <param name="classes">int64 [S]: the class of each row; carries no gradient.</param>
    /// <param name="confidence">
    /// floating point [S] in [0, 1]: the weight of each row's pseudo-label; the rest of the row, 1 - confidence, goes to the consistency
    /// loss. SS-MFAR's own policy gives 0 or 1.
    /// </param>
    public PseudoLabels(torch.Tensor classes, torch.Tensor confidence) =>
        (Classes, Confidence) = (classes, confidence);

    /// <summary>Gets int64 [S]: the class of each row; carries no gradient.</summary>
    public torch.Tensor Classes { get; }

    /// <summary>
    /// Gets floating-point [S] in [0, 1]: the weight of each row's pseudo-label; the rest of the row, 1 - confidence, goes to the
    /// consistency loss. SS-MFAR's own policy gives 0 or 1.
    /// </summary>
    public torch.Tensor Confidence { get; }
}
