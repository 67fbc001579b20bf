using TorchSharp;

namespace SsMfar.Losses;

/// <summary>
/// How the tasks' losses become the one number that is minimised. The trainer disposes it where it is disposable.
/// </summary>
public interface ITaskBalancing
{
    /// <summary>
    /// What the balancing learns and remembers, or null for nothing. Its parameters are optimized with the model's, at the heads' rate
    /// and without weight decay; each must get a gradient in every step, if of zeros. Parameters and buffers are saved in checkpoints.
    /// The trainer moves it to its device.
    /// </summary>
    torch.nn.Module? Module { get; }

    /// <summary>Combines the losses of one micro-batch; must not wait for the device.</summary>
    /// <param name="input">The tasks' losses.</param>
    /// <returns>
    /// The scalar to minimise, and scalars worth logging, such as a task's weight by its name. Both are summed over the micro-batches of
    /// a step.
    /// </returns>
    TaskLossResult Combine(TaskBalancingInput input);
}

/// <summary>What there is to combine.</summary>
/// <param name="Tasks">The tasks, in the model's order; at least one.</param>
/// <param name="MicroBatches">How many micro-batches make the step; 1 without gradient accumulation.</param>
/// <param name="Epoch">The epoch, from 1.</param>
public sealed record TaskBalancingInput(IReadOnlyList<BalancedTask> Tasks, int MicroBatches = 1, int Epoch = 1);

/// <summary>A task's part in a step.</summary>
/// <param name="Name">The task's name.</param>
/// <param name="Loss">Scalar: the task's loss over this micro-batch, divided by what counts in the whole step.</param>
/// <param name="IsLearned">
/// Whether the step has anything that the task learns from. Where it has nothing the loss is exactly 0, which says nothing about the task.
/// </param>
public sealed record BalancedTask(string Name, torch.Tensor Loss, bool IsLearned = true)
{
    /// <summary>
    /// Scalar in [0, 1], without gradient, or null for 1: how much of a learned task this micro-batch taught
    /// (<see cref="TaskLossResult.LearnedShare"/>).
    /// </summary>
    public torch.Tensor? LearnedShare { get; init; }
}
