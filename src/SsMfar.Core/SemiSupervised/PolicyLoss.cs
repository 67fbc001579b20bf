using TorchSharp;

namespace SsMfar.SemiSupervised;

/// <summary>A loss that a policy adds to that of the expression.</summary>
/// <param name="Name">Its name among the expression's terms.</param>
/// <param name="Value">Scalar, with a gradient into the strong logits.</param>
/// <param name="Weight">What it is multiplied by; the term is reported without.</param>
public sealed record PolicyLoss(string Name, torch.Tensor Value, double Weight);
