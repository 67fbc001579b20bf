using TorchSharp;

namespace SsMfar.Losses;

/// <summary>A task's loss and the parts worth logging.</summary>
/// <param name="Total">Scalar: what is minimised.</param>
/// <param name="Terms">Named scalars, such as <c>supervised</c> or <c>consistency</c>; may be empty.</param>
public sealed record TaskLossResult(torch.Tensor Total, IReadOnlyList<KeyValuePair<string, torch.Tensor>> Terms);
