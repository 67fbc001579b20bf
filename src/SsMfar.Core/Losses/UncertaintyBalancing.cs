using SsMfar.Runtime;
using TorchSharp;
using TorchSharp.Modules;

namespace SsMfar.Losses;

/// <summary>
/// Weights learned from the tasks' homoscedastic uncertainty (Kendall, Gal and Cipolla, "Multi-Task Learning Using Uncertainty to Weigh
/// Losses for Scene Geometry and Semantics", 2018): sum over tasks of exp(-s) * L + s, s = log sigma^2 a learned number that starts at 0.
/// This is twice the paper's 1 / (2 sigma^2) * L + log sigma, its form for regression, for every task; the best s for a constant loss is
/// log L, and the weight then 1 / L. Losses must not be negative: s would fall without end. A step that has nothing to learn of a task adds
/// nothing to the gradient of its s, and a micro-batch that taught a share of it adds that share of s.
/// Reports exp(-s) by task.
/// </summary>
public sealed class UncertaintyBalancing : ITaskBalancing, IDisposable
{
    private readonly LogVariances _logVariances;

    /// <summary>Makes the balancing.</summary>
    /// <param name="tasks">The tasks' names.</param>
    public UncertaintyBalancing(IEnumerable<string> tasks)
    {
        ArgumentNullException.ThrowIfNull(tasks);
        _logVariances = new(tasks);
    }

    /// <summary>Holds s of each task, a scalar named after the task.</summary>
    public torch.nn.Module Module => _logVariances;

    /// <inheritdoc/>
    public TaskLossResult Combine(TaskBalancingInput input)
    {
        ArgumentNullException.ThrowIfNull(input);
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor? total = null;
        var weights = new List<KeyValuePair<string, torch.Tensor>>();
        foreach (BalancedTask task in input.Tasks)
        {
            Parameter logVariance = _logVariances.get_parameter(task.Name)
                ?? throw new ArgumentException($"There is no uncertainty of a task '{task.Name}'.", nameof(input));
            torch.Tensor weight = logVariance.neg().exp();
            torch.Tensor balanced = weight.to(task.Loss.dtype) * task.Loss;
            if (task.IsLearned)
            {
                torch.Tensor added = logVariance / Scalars.Of(input.MicroBatches);
                balanced = balanced.Plus(task.LearnedShare is { } share ? added * share.to(added.dtype) : added);
            }

            total = total is null ? balanced : total.Plus(balanced);
            weights.Add(new(task.Name, (weight.detach() / Scalars.Of(input.MicroBatches)).MoveToOuterDisposeScope()));
        }

        return new(total!.MoveToOuterDisposeScope(), weights);
    }

    /// <summary>Frees the learned numbers.</summary>
    public void Dispose() => _logVariances.Dispose();

    private sealed class LogVariances : torch.nn.Module
    {
        public LogVariances(IEnumerable<string> tasks)
            : base(FirstTensor.Allow(nameof(LogVariances)))
        {
            foreach (string task in tasks)
            {
                register_parameter(task, new Parameter(torch.zeros([])));
            }
        }

        protected override void RegisterComponents()
        {
        }
    }
}
