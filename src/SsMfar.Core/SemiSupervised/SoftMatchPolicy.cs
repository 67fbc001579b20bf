using SsMfar.Runtime;
using TorchSharp;

namespace SsMfar.SemiSupervised;

/// <summary>
/// Weights instead of thresholds (Chen et al., "SoftMatch: Addressing the Quantity-Quality Trade-off in Semi-supervised Learning",
/// 2023): w = lambda_max * exp(-(p - m)^2 / (2 s^2)) for a largest probability p below m, else lambda_max; m and s^2 are running
/// estimates of its mean and variance, which start at 1/K and 1 and take in a batch before it is weighed, and in a warm-up, where none is,
/// too. With uniform alignment p is taken after the probabilities were divided by their running mean (it starts uniform) and normalised.
/// The share of confident rows is the mean weight.
/// </summary>
public sealed class SoftMatchPolicy : PseudoLabelPolicy
{
    private const string Mean = "mean";
    private const string Variance = "variance";
    private const string MeanProbabilities = "meanProbabilities";

    /// <summary>Makes the policy.</summary>
    /// <param name="classCount">The number of classes, at least 2.</param>
    /// <param name="options">The weighting; null for the paper's.</param>
    /// <exception cref="ArgumentException">An option is out of range; the message lists every fault.</exception>
    public SoftMatchPolicy(int classCount, SoftMatchOptions? options = null)
        : base(classCount, options = options?.Copy() ?? new())
    {
        Options = options;
        State.Add(Mean, 1.0 / classCount, 1);
        State.Add(Variance, 1, 1);
        State.Add(MeanProbabilities, 1.0 / classCount, classCount);
    }

    internal SoftMatchOptions Options { get; }

    private protected override PseudoLabels Decide(torch.Tensor probabilities)
    {
        torch.Tensor wide = probabilities.to(torch.ScalarType.Float64);
        torch.Tensor classes = wide.argmax(1);
        torch.Tensor largest = TakeIn(wide, counted: null);
        torch.Tensor below = (largest - State[Mean]).clamp_max(Scalars.Of(0));
        torch.Tensor twoVariances = State[Variance].clamp_min(Scalars.Of(1e-12)) * Scalars.Of(2 / (Options.Sharpness * Options.Sharpness));
        torch.Tensor weights = (below.Squared() / twoVariances).neg().exp() * Scalars.Of(Options.LargestWeight);
        return new(classes, weights.to(probabilities.dtype));
    }

    private protected override void LearnUnasked(PolicyBatch batch) =>
        TakeIn(batch.Predictions.to(torch.ScalarType.Float64), batch.Unlabelled);

    /// <summary>The running mean, over which a row has the largest weight.</summary>
    private protected override double[] DescribeThresholds() => State.ToHost(Mean);

    // Gives the rows' largest probabilities, aligned where that is asked for.
    private torch.Tensor TakeIn(torch.Tensor wide, torch.Tensor? counted)
    {
        if (Options.UniformAlignment)
        {
            State.AverageRows(MeanProbabilities, wide, counted, Options.Momentum);
            wide = wide / State[MeanProbabilities].clamp_min(Scalars.Of(1e-12));
            wide = wide / wide.sum(1, keepdim: true);
        }

        torch.Tensor largest = wide.amax([1L]);
        State.AverageRows(Mean, largest, counted, Options.Momentum);
        State.AverageRows(
            Variance, (largest - PolicyState.Mean(largest, counted)).Squared(), counted, Options.Momentum, lost: 1);
        return largest;
    }
}
