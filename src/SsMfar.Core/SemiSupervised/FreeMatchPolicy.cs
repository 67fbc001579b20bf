using SsMfar.Runtime;
using TorchSharp;

namespace SsMfar.SemiSupervised;

/// <summary>
/// Self-adaptive thresholding and fairness (Wang et al., "FreeMatch: Self-adaptive Thresholding for Semi-supervised Learning", 2023): a
/// running mean t of the unlabelled rows' largest probability, scaled for each class by its running mean probability p:
/// T(c) = t * p(c) / max p (equations 5 to 8). The fairness loss is <see cref="FairnessLoss"/>, of p and the running histogram h of
/// pseudo-labels. All three start at 1/K and take in a batch before it is judged, and in a warm-up, where none is, too.
/// </summary>
public sealed class FreeMatchPolicy : PseudoLabelPolicy
{
    private const string GlobalThreshold = "globalThreshold";
    private const string MeanProbabilities = "meanProbabilities";
    private const string Histogram = "histogram";

    /// <summary>Makes the policy.</summary>
    /// <param name="classCount">The number of classes, at least 2.</param>
    /// <param name="options">The momentum; null for the paper's.</param>
    /// <exception cref="ArgumentException">An option is out of range; the message lists every fault.</exception>
    public FreeMatchPolicy(int classCount, FreeMatchOptions? options = null)
        : base(classCount, options = options?.Copy() ?? new())
    {
        Options = options;
        State.Add(GlobalThreshold, 1.0 / classCount, 1);
        State.Add(MeanProbabilities, 1.0 / classCount, classCount);
        State.Add(Histogram, 1.0 / classCount, classCount);
    }

    internal FreeMatchOptions Options { get; }

    /// <summary>The fairness loss (<c>fairness</c>) over the confident rows; null where its weight is 0.</summary>
    /// <inheritdoc/>
    public override PolicyLoss? Regularize(torch.Tensor strongOutputs, PseudoLabels pseudoLabels)
    {
        ArgumentNullException.ThrowIfNull(strongOutputs);
        ArgumentNullException.ThrowIfNull(pseudoLabels);
        return Options.FairnessWeight == 0
            ? null
            : new(
                "fairness",
                FairnessLoss.Compute(strongOutputs, pseudoLabels.Confidence, State[MeanProbabilities], State[Histogram]),
                Options.FairnessWeight);
    }

    private protected override PseudoLabels Decide(torch.Tensor probabilities)
    {
        TakeIn(probabilities, counted: null);
        return PseudoLabelSplit.ByThreshold(probabilities, ClassThresholds(), Options.Comparison);
    }

    private protected override void LearnUnasked(PolicyBatch batch) => TakeIn(batch.Predictions, batch.Unlabelled);

    private protected override double[] DescribeThresholds()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        return Transfers.ToHost(ClassThresholds()).data<double>().ToArray();
    }

    private void TakeIn(torch.Tensor probabilities, torch.Tensor? counted)
    {
        torch.Tensor wide = probabilities.to(torch.ScalarType.Float64);
        State.AverageRows(GlobalThreshold, wide.amax([1L]), counted, Options.Momentum);
        State.AverageRows(MeanProbabilities, wide, counted, Options.Momentum);
        State.AverageRows(Histogram, FairnessLoss.Histogram(wide), counted, Options.Momentum);
    }

    private torch.Tensor ClassThresholds() => State[GlobalThreshold] * State[MeanProbabilities] / State[MeanProbabilities].max();
}
