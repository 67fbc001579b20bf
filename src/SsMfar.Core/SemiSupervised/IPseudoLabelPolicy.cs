using TorchSharp;

namespace SsMfar.SemiSupervised;

/// <summary>
/// Decides which unlabelled rows are sure enough to be learned from as if labelled. It sees probabilities and masks, never files or
/// devices; its tensors live where the probabilities do. It must not wait for the device (no read-back) in <see cref="Assign"/> and
/// <see cref="Observe"/>. State is saved in checkpoints.
/// </summary>
public interface IPseudoLabelPolicy : IDisposable
{
    /// <summary>Whether a row gets a strong view, given whether its expression is labelled.</summary>
    /// <param name="expressionKnown">Whether the row has an expression label.</param>
    bool NeedsStrongView(bool expressionKnown);

    /// <summary>
    /// Whether a batch's <see cref="Observe"/> comes before its <see cref="Assign"/>, so that what its labelled rows teach counts for its
    /// own pseudo-labels (algorithm 1 of the SS-MFAR paper). The default is <see langword="false"/>: it counts from the next batch on.
    /// </summary>
    bool ObservesFirst => false;

    /// <summary>Pseudo-labels of the rows with a strong view, by what is known so far.</summary>
    /// <param name="weakProbabilities">floating point [S, K], without gradient.</param>
    /// <param name="rowIds">int64 [S]: the rows' indices in the training set.</param>
    PseudoLabels Assign(torch.Tensor weakProbabilities, torch.Tensor rowIds);

    /// <summary>
    /// A loss of the policy's own on the strong views, such as FreeMatch's fairness; none unless overridden. It is called once a
    /// micro-batch, after <see cref="Observe"/> and <see cref="Assign"/>, and its mean over a step's micro-batches is added to the total,
    /// beside the balanced tasks.
    /// </summary>
    /// <param name="strongLogits">floating point [S, K]: the outputs for the strong views.</param>
    /// <param name="pseudoLabels">What <see cref="Assign"/> said of them.</param>
    PolicyLoss? Regularize(torch.Tensor strongLogits, PseudoLabels pseudoLabels) => null;

    /// <summary>
    /// Learns from a step's weak outputs, after the step's <see cref="Assign"/>, or before it (<see cref="ObservesFirst"/>).
    /// </summary>
    /// <param name="observation">The step.</param>
    void Observe(PolicyObservation observation);

    /// <summary>Called once after the last step of an epoch.</summary>
    /// <param name="epoch">The epoch that ended, from 1.</param>
    void EndEpoch(int epoch);

    /// <summary>The state as named tensors; the policy keeps them.</summary>
    IReadOnlyDictionary<string, torch.Tensor> SaveState();

    /// <summary>Takes a saved state over (copied).</summary>
    /// <param name="state">What <see cref="SaveState"/> gave.</param>
    /// <exception cref="ArgumentException">A tensor is missing or has another shape.</exception>
    void LoadState(IReadOnlyDictionary<string, torch.Tensor> state);

    /// <summary>Values worth showing after an epoch, such as the threshold of each class; reading them may wait for the device.</summary>
    IReadOnlyDictionary<string, double[]> Describe();
}
