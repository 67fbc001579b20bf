using SsMfar.Runtime;
using TorchSharp;

namespace SsMfar.Losses;

/// <summary>
/// Adds to a task's loss its agreement on strong views: a loss of the strong views against targets made of the weak outputs of the
/// same rows, which receive no gradient; no threshold. This is our reading of SSP-MFAR-SA, whose sentence in the paper contradicts
/// itself: cross entropy against the weak argmax, binary cross entropy against weak probability over one half, CCC loss against the
/// weak outputs. Reported as <see cref="LossTerms.Unsupervised"/>, unweighted.
/// </summary>
public sealed class AgreementLoss : ITaskLoss, IDisposable
{
    private readonly ITaskLoss _task;
    private readonly ITaskLoss _agreement;
    private readonly Func<torch.Tensor, torch.Tensor> _targets;
    private readonly double _weight;

    /// <summary>Gets the task's own loss.</summary>
    internal ITaskLoss Own => _task;

    /// <summary>Makes the loss.</summary>
    /// <param name="task">The task's loss; from now on this object's to dispose.</param>
    /// <param name="agreement">
    /// What strong outputs and targets are compared by, such as the task's own kind of loss; from now on this object's to dispose.
    /// </param>
    /// <param name="targets">
    /// From weak outputs [S, K], without gradient, to label values [S, W]; see <see cref="AgreementTargets"/>.
    /// </param>
    /// <param name="weight">The agreement's weight beside the task's loss; finite and not negative.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="weight"/> is negative or not finite.</exception>
    public AgreementLoss(ITaskLoss task, ITaskLoss agreement, Func<torch.Tensor, torch.Tensor> targets, double weight = 1)
    {
        ArgumentNullException.ThrowIfNull(task);
        ArgumentNullException.ThrowIfNull(agreement);
        ArgumentNullException.ThrowIfNull(targets);
        if (!double.IsFinite(weight) || weight < 0)
        {
            throw new ArgumentOutOfRangeException(nameof(weight), weight, "The weight of an agreement must be finite and not negative.");
        }

        _task = task;
        _agreement = agreement;
        _targets = targets;
        _weight = weight;
    }

    /// <summary>Gets the loss on labels.</summary>
    internal ITaskLoss Task => _task;

    /// <summary>Gets the loss of strong outputs against what the weak ones say.</summary>
    internal ITaskLoss Agreement => _agreement;

    /// <summary>Gets the agreement's weight.</summary>
    internal double Weight => _weight;

    /// <inheritdoc/>
    public LabelMixing Mixing => _task.Mixing;

    /// <inheritdoc/>
    public TaskLossResult Compute(TaskLossInput input)
    {
        ArgumentNullException.ThrowIfNull(input);
        if (input.Strong is not { } strong)
        {
            return _task.Compute(input);
        }

        using DisposeScope scope = torch.NewDisposeScope();
        TaskLossResult task = _task.Compute(input);
        torch.Tensor values = _targets(input.Weak.detach().index_select(0, strong.Rows));
        TaskLossResult agreement = _agreement.Compute(new TaskLossInput
        {
            Weak = strong.Outputs,
            Values = values,
            Mask = torch.ones_like(values),
            Counts = new LossCounts(checked(input.Counts.StrongRows * (int)values.size(1)), 0, input.Counts.MicroBatches),
            Epoch = input.Epoch,
        });
        torch.Tensor total = task.Total.Plus(agreement.Total * Scalars.Of(_weight));

        // A task that also learns from pseudo-labels keeps one term of that name: the sum.
        torch.Tensor unsupervised = agreement.Total.detach();
        List<KeyValuePair<string, torch.Tensor>> terms = [];
        foreach ((string name, torch.Tensor value) in task.Terms)
        {
            if (name == LossTerms.Unsupervised)
            {
                unsupervised = unsupervised.Plus(value);
            }
            else
            {
                terms.Add(new(name, value.MoveToOuterDisposeScope()));
            }
        }

        terms.Add(new(LossTerms.Unsupervised, unsupervised.MoveToOuterDisposeScope()));
        return new(total.MoveToOuterDisposeScope(), terms)
        {
            LearnedShare = LearnedShare(task, agreement, input.Counts)?.MoveToOuterDisposeScope(),
        };
    }

    // Whichever of the two taught more. Where neither says, the counts do for both.
    private torch.Tensor? LearnedShare(TaskLossResult task, TaskLossResult agreement, LossCounts counts)
    {
        if (_weight == 0 || (task.LearnedShare is null && agreement.LearnedShare is null))
        {
            return task.LearnedShare;
        }

        torch.Tensor ofTask = task.LearnedShare ?? torch.full_like(agreement.LearnedShare!, Scalars.Of(counts.ValidEntries > 0 ? 1 : 0));
        torch.Tensor ofAgreement = agreement.LearnedShare ?? torch.ones_like(ofTask);
        return torch.maximum(ofTask, ofAgreement);
    }

    /// <summary>Disposes the two losses.</summary>
    public void Dispose()
    {
        (_task as IDisposable)?.Dispose();
        (_agreement as IDisposable)?.Dispose();
    }
}
