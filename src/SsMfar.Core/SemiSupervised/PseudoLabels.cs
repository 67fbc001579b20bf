using TorchSharp;

namespace SsMfar.SemiSupervised;

/// <summary>What a policy says of the rows that have a strong view.</summary>
/// <param name="Classes">int64 [S]: the class of each row; carries no gradient.</param>
/// <param name="Confidence">
/// floating point [S] in [0, 1]: the weight of each row's pseudo-label; the rest of the row, 1 - confidence, goes to the consistency loss.
/// SS-MFAR's own policy gives 0 or 1.
/// </param>
public sealed record PseudoLabels(torch.Tensor Classes, torch.Tensor Confidence);
