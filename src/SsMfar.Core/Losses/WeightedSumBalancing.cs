using System.Collections.Frozen;
using SsMfar.Runtime;
using TorchSharp;

namespace SsMfar.Losses;

/// <summary>The sum of the losses, each times a fixed weight; without weights, equation 9 of the SS-MFAR paper.</summary>
public sealed class WeightedSumBalancing : ITaskBalancing
{
    private readonly FrozenDictionary<string, double> _weights;

    /// <summary>Makes the balancing.</summary>
    /// <param name="weights">Weights by task, finite and not negative; 1 for a task that is not named, and for all when null.</param>
    /// <exception cref="ArgumentException">A weight is negative or not finite.</exception>
    public WeightedSumBalancing(IReadOnlyDictionary<string, double>? weights = null)
    {
        foreach ((string task, double weight) in weights ?? FrozenDictionary<string, double>.Empty)
        {
            if (!double.IsFinite(weight) || weight < 0)
            {
                throw new ArgumentException(
                    FormattableString.Invariant(
                        $"The weight of a task must be finite and not negative; that of '{task}' is {weight}."), nameof(weights));
            }
        }

        _weights = weights?.ToFrozenDictionary(StringComparer.Ordinal) ?? FrozenDictionary<string, double>.Empty;
    }

    /// <summary>Gets the weights that were given, by task.</summary>
    internal IReadOnlyDictionary<string, double> Weights => _weights;

    /// <inheritdoc/>
    public torch.nn.Module? Module => null;

    /// <inheritdoc/>
    public TaskLossResult Combine(TaskBalancingInput input)
    {
        ArgumentNullException.ThrowIfNull(input);
        return new(input.Tasks.Select(Weighted).Aggregate((sum, loss) => sum.Plus(loss)), []);
    }

    private torch.Tensor Weighted(BalancedTask task) =>
        _weights.TryGetValue(task.Name, out double weight) ? task.Loss * Scalars.Of(weight) : task.Loss;
}
