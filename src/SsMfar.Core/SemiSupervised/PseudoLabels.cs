using TorchSharp;

namespace SsMfar.SemiSupervised;

/// <summary>What a policy says of the rows that have a strong view for its task.</summary>
public sealed class PseudoLabels
{
    /// <summary>Creates an assignment.</summary>
    /// <param name="targets">
    /// What the strong views are to be learned as; carries no gradient. Of a class task int64 [S], the class of each row; of other tasks
    /// floating point [S, W]: 1 or 0 for each unit, a number for each value.
    /// </param>
    /// <param name="confidence">
    /// The weights of the targets, floating point in [0, 1]: [S] of a class task, [S, W] of others, there 0 where a label is known. The
    /// rest, 1 - confidence, goes to the consistency loss, where the task's loss has one. SS-MFAR's own policy gives 0 or 1.
    /// </param>
    public PseudoLabels(torch.Tensor targets, torch.Tensor confidence) =>
        (Targets, Confidence) = (targets, confidence);

    /// <summary>
    /// Gets what the strong views are to be learned as, without gradient. Of a class task int64 [S], the class of each row; of other tasks
    /// floating-point [S, W]: 1 or 0 for each unit, a number for each value.
    /// </summary>
    public torch.Tensor Targets { get; }

    /// <summary>
    /// Gets the weights of the targets, floating-point in [0, 1]: [S] of a class task, [S, W] of others, there 0 where a label is known.
    /// The rest, 1 - confidence, goes to the consistency loss, where the task's loss has one. SS-MFAR's own policy gives 0 or 1.
    /// </summary>
    public torch.Tensor Confidence { get; }

    /// <summary>The same, passed on to the scope around the current one.</summary>
    internal PseudoLabels MoveToOuterDisposeScope() => new(Targets.MoveToOuterDisposeScope(), Confidence.MoveToOuterDisposeScope());
}
