using System.ComponentModel.DataAnnotations;
using TorchSharp;

namespace SsMfar.SemiSupervised;

/// <summary>
/// Self-adaptive thresholding (Wang et al., "FreeMatch: Self-adaptive Thresholding for Semi-supervised Learning", 2023): a running
/// mean t of the unlabelled rows' largest probability, scaled for each class by its running mean probability p:
/// T(c) = t * p(c) / max p. Both start at 1/K and take in a batch before it is judged. The paper's fairness term is a loss, not a
/// threshold, and not part of this.
/// </summary>
public sealed class FreeMatchPolicy : PseudoLabelPolicy
{
    private const string GlobalThreshold = "globalThreshold";
    private const string MeanProbabilities = "meanProbabilities";

    /// <summary>Makes the policy.</summary>
    /// <param name="classCount">The number of classes, at least 2.</param>
    /// <param name="options">The momentum; null for the paper's.</param>
    /// <exception cref="ValidationException">An option is out of range.</exception>
    public FreeMatchPolicy(int classCount, FreeMatchOptions? options = null)
        : base(classCount, options ??= new())
    {
        Options = options;
        State.Add(GlobalThreshold, 1.0 / classCount, 1);
        State.Add(MeanProbabilities, 1.0 / classCount, classCount);
    }

    /// <summary>The momentum and the comparison.</summary>
    public FreeMatchOptions Options { get; }

    private protected override PseudoLabels Decide(torch.Tensor probabilities)
    {
        if (probabilities.size(0) > 0)
        {
            torch.Tensor wide = probabilities.to(torch.ScalarType.Float64);
            State.Average(GlobalThreshold, wide.amax([1L]).mean(), Options.Momentum);
            State.Average(MeanProbabilities, wide.mean([0L]), Options.Momentum);
        }

        return PseudoLabelSplit.ByThreshold(probabilities, ClassThresholds(), Options.Comparison);
    }

    private protected override double[] DescribeThresholds()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        return ClassThresholds().cpu().data<double>().ToArray();
    }

    private torch.Tensor ClassThresholds() => State[GlobalThreshold] * State[MeanProbabilities] / State[MeanProbabilities].max();
}
