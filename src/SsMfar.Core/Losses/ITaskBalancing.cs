using TorchSharp;

namespace SsMfar.Losses;

/// <summary>
/// How the tasks' losses become the one number that is minimised. The trainer disposes it where it is disposable.
/// </summary>
public interface ITaskBalancing
{
    /// <summary>
    /// Gets what the balancing learns and remembers, or null for nothing. Its parameters are optimized with the model's, at the heads' rate
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
public sealed class TaskBalancingInput
{
    /// <summary>Creates the value.</summary>
    /// <param name="tasks">The tasks, in the model's order; at least one.</param>
    /// <param name="microBatches">How many micro-batches make the step; 1 without gradient accumulation.</param>
    /// <param name="epoch">The epoch, from 1.</param>
    public TaskBalancingInput(IReadOnlyList<BalancedTask> tasks, int microBatches = 1, int epoch = 1) =>
        (Tasks, MicroBatches, Epoch) = (tasks, microBatches, epoch);

    /// <summary>Gets the tasks, in the model's order; at least one.</summary>
    public IReadOnlyList<BalancedTask> Tasks { get; }

    /// <summary>Gets how many micro-batches make the step; 1 without gradient accumulation.</summary>
    public int MicroBatches { get; }

    /// <summary>Gets the epoch, from 1.</summary>
    public int Epoch { get; }
}

/// <summary>A task's part in a step.</summary>
public sealed class BalancedTask
{
    /// <summary>Creates the value.</summary>
    /// <param name="name">The task's name.</param>
    /// <param name="loss">Scalar: the task's loss over this micro-batch, divided by what counts in the whole step.</param>
    /// <param name="isLearned">
    /// Whether the step has anything that the task learns from. Where it has nothing the loss is exactly 0, which says nothing about the
    /// task.
    /// </param>
    public BalancedTask(string name, torch.Tensor loss, bool isLearned = true) =>
        (Name, Loss, IsLearned) = (name, loss, isLearned);

    /// <summary>Gets the task's name.</summary>
    public string Name { get; }

    /// <summary>Gets the scalar: the task's loss over this micro-batch, divided by what counts in the whole step.</summary>
    public torch.Tensor Loss { get; }

    /// <summary>
    /// Gets whether the step has anything that the task learns from. Where it has nothing the loss is exactly 0, which says nothing about
    /// the task.
    /// </summary>
    public bool IsLearned { get; }

    /// <summary>
    /// Scalar in [0, 1], without gradient, or null for 1: how much of a learned task this micro-batch taught
    /// (<see cref="TaskLossResult.LearnedShare"/>).
    /// </summary>
    public torch.Tensor? LearnedShare { get; init; }
}
