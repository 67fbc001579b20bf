using TorchSharp;

namespace SsMfar.SemiSupervised;

/// <summary>
/// Decides what a task learns of rows that lack its label: which rows get a strong view, what that view is to be learned as, and with which
/// confidence. Every task may have a policy, and each has its own. It sees predictions, labels and masks of its task, never files or
/// devices; its tensors live where the predictions do. It must not wait for the device (no read-back) in <see cref="Assign"/> and
/// <see cref="Observe"/>. State is saved in checkpoints.
/// </summary>
public interface IPseudoLabelPolicy : IDisposable
{
    /// <summary>
    /// Whether a row gets a strong view for this task, by what is known of it; unless overridden, where any of its labels is missing. What
    /// one policy does not ask for another may: the policy, and the loss of its task, see the strong views it asked for alone.
    /// </summary>
    /// <param name="known">
    /// Of each of the task's label values, whether the row has it: 1 of a class task, 12 of the units. A value that no row of the training
    /// set has counts as known: there is nothing to learn of it.
    /// </param>
    bool NeedsStrongView(ReadOnlySpan<bool> known) => known.Contains(false);

    /// <summary>
    /// Whether a batch's <see cref="Observe"/> comes before its <see cref="Assign"/>, so that what its labelled rows teach counts for its
    /// own pseudo-labels (algorithm 1 of the SS-MFAR paper). The default is <see langword="false"/>: it counts from the next batch on.
    /// </summary>
    bool ObservesFirst => false;

    /// <summary>
    /// Makes predictions of the task's outputs for weak views; unless overridden, the probabilities of classes, softmax of the outputs.
    /// <see cref="PolicyBatch.Predictions"/> are what this returns.
    /// </summary>
    /// <param name="outputs">floating point [N, K], without gradient: the model's, or those of its averaged weights.</param>
    /// <returns>floating point [N, K]; the caller disposes it.</returns>
    torch.Tensor Predict(torch.Tensor outputs) => outputs.softmax(1);

    /// <summary>Pseudo-labels of the rows with a strong view for this task, by what is known so far.</summary>
    /// <param name="strong">The S rows, in the order of their strong views.</param>
    PseudoLabels Assign(PolicyBatch strong);

    /// <summary>
    /// A loss of the policy's own on the strong views, such as FreeMatch's fairness; none unless overridden. It is called once a
    /// micro-batch, after <see cref="Observe"/> and <see cref="Assign"/>, and its mean over a step's micro-batches is added to the total,
    /// beside the balanced tasks. In the epochs of a ramp-up it weighs less.
    /// </summary>
    /// <param name="strongOutputs">floating point [S, K]: the task's outputs for the strong views.</param>
    /// <param name="pseudoLabels">What <see cref="Assign"/> said of them.</param>
    PolicyLoss? Regularize(torch.Tensor strongOutputs, PseudoLabels pseudoLabels) => null;

    /// <summary>
    /// Learns from a step's weak outputs, after the step's <see cref="Assign"/>, or before it (<see cref="ObservesFirst"/>). A step without
    /// strong views, such as those of a warm-up, has no <see cref="Assign"/>.
    /// </summary>
    /// <param name="batch">Every row of the micro-batch, but for those that mixup mixed where the model itself predicts.</param>
    void Observe(PolicyBatch batch);

    /// <summary>Called once after the last step of an epoch.</summary>
    /// <param name="epoch">The epoch that ended, from 1.</param>
    void EndEpoch(int epoch);

    /// <summary>The state as named tensors; the policy keeps them.</summary>
    IReadOnlyDictionary<string, torch.Tensor> SaveState();

    /// <summary>Takes a saved state over (copied).</summary>
    /// <param name="state">What <see cref="SaveState"/> gave.</param>
    /// <exception cref="ArgumentException">A tensor is missing or has another shape.</exception>
    void LoadState(IReadOnlyDictionary<string, torch.Tensor> state);

    /// <summary>
    /// Values worth showing after an epoch, such as the threshold of each class; reading them may wait for the device. In the history the
    /// task's name precedes theirs: <c>expression.thresholds</c>.
    /// </summary>
    IReadOnlyDictionary<string, double[]> Describe();
}
