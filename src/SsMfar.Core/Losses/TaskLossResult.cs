using TorchSharp;

namespace SsMfar.Losses;

/// <summary>A task's loss and the parts worth logging.</summary>
public sealed class TaskLossResult
{
    /// <summary>Creates a result.</summary>
    /// <param name="total">Scalar: what is minimised.</param>
    /// <param name="terms">Named scalars, such as <c>supervised</c> or <c>consistency</c>; may be empty.</param>
    public TaskLossResult(torch.Tensor total, IReadOnlyList<KeyValuePair<string, torch.Tensor>> terms) =>
        (Total, Terms) = (total, terms);

    /// <summary>Gets the scalar: what is minimised.</summary>
    public torch.Tensor Total { get; }

    /// <summary>Gets the named scalars, such as <c>supervised</c> or <c>consistency</c>; may be empty.</summary>
    public IReadOnlyList<KeyValuePair<string, torch.Tensor>> Terms { get; }

    /// <summary>
    /// Scalar in [0, 1] on the outputs' device, without gradient: how much of the task this micro-batch taught, 0 where
    /// <see cref="Total"/> is 0 for want of anything to learn from, 1 where nothing was wanting. Or null: the task is learned wherever the
    /// step has a label of it, or a strong view that it learns from, as <see cref="LossCounts"/> count them; so for sums over rows that are
    /// divided by those counts. A loss that needs more than one label, such as a correlation, says what its own micro-batch allowed.
    /// Learned balancing (<see cref="UncertaintyBalancing"/>) goes by it.
    /// </summary>
    public torch.Tensor? LearnedShare { get; init; }
}
