namespace SsMfar.Losses;

/// <summary>
/// What a task learns by. It sees tensors and masks, never files, devices or the trainer, and must not wait for the device. An empty
/// mask contributes exactly 0, in value and gradient. A loss that can be 0 although the batch has labels, since they are too few for it,
/// says so in <see cref="TaskLossResult.LearnedShare"/>.
/// </summary>
public interface ITaskLoss
{
    /// <summary>What mixup mixes for this loss; <see cref="LabelMixing.Losses"/> unless overridden.</summary>
    LabelMixing Mixing => LabelMixing.Losses;

    /// <summary>The loss of one batch.</summary>
    /// <param name="input">Outputs, labels and masks.</param>
    /// <returns>Scalars on the outputs' device.</returns>
    TaskLossResult Compute(TaskLossInput input);
}
