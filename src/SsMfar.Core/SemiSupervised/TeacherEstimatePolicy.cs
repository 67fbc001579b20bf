using System.Collections.Frozen;
using SsMfar.Runtime;
using TorchSharp;

namespace SsMfar.SemiSupervised;

/// <summary>
/// Targets of a task with continuous labels, such as valence and arousal: entries without a label are held to what the teacher estimates of
/// the weak view, within the labels' range (the consistency of Tarvainen and Valpola, "Mean teachers are better role models", 2017, here
/// for missing labels alone). There is no probability to be sure by, so that every such entry has confidence 1, and entries with a label 0.
/// Meant for the averaged weights as the teacher: a model that teaches itself has nothing to tell. Learns nothing, and has no state.
/// </summary>
public sealed class TeacherEstimatePolicy : IPseudoLabelPolicy
{
    private readonly double _least;
    private readonly double _largest;

    /// <summary>Makes the policy.</summary>
    /// <param name="least">The least value that a label can have.</param>
    /// <param name="largest">The largest, above <paramref name="least"/>.</param>
    /// <exception cref="ArgumentException">The range is empty, or not finite.</exception>
    public TeacherEstimatePolicy(double least = -1, double largest = 1)
    {
        if (!double.IsFinite(least) || !double.IsFinite(largest) || least >= largest)
        {
            throw new ArgumentException(
                FormattableString.Invariant($"The labels' range must be finite, and its end above its start; it is {least} to {largest}."),
                nameof(largest));
        }

        (_least, _largest) = (least, largest);
    }

    /// <summary>The outputs, each put to the nearest value that a label can have.</summary>
    /// <inheritdoc/>
    public torch.Tensor Predict(torch.Tensor outputs)
    {
        ArgumentNullException.ThrowIfNull(outputs);
        return outputs.clamp(Scalars.Of(_least), Scalars.Of(_largest));
    }

    /// <inheritdoc/>
    public PseudoLabels Assign(PolicyBatch strong)
    {
        ArgumentNullException.ThrowIfNull(strong);
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor unknown = strong.Mask.eq(Scalars.Of(0)).to(strong.Predictions.dtype);
        return new PseudoLabels(strong.Predictions.detach().alias(), unknown).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Observe(PolicyBatch batch)
    {
    }

    /// <inheritdoc/>
    public void EndEpoch(int epoch)
    {
    }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, torch.Tensor> SaveState() => FrozenDictionary<string, torch.Tensor>.Empty;

    /// <inheritdoc/>
    public void LoadState(IReadOnlyDictionary<string, torch.Tensor> state)
    {
    }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, double[]> Describe() => FrozenDictionary<string, double[]>.Empty;

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}
