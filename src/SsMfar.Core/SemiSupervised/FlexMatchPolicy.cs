using SsMfar.Runtime;
using TorchSharp;

namespace SsMfar.SemiSupervised;

/// <summary>
/// Curriculum pseudo-labelling (Zhang et al., "FlexMatch: Boosting Semi-Supervised Learning with Curriculum Pseudo Labeling", 2021):
/// a class's learning effect s(c) is the number of unlabelled rows whose last sure prediction (probability over tau) was c; its
/// threshold is tau * b / (2 - b), b(c) = s(c) / max(max s, rows never sure). The latter counts only during warm-up.
/// </summary>
public sealed class FlexMatchPolicy : PseudoLabelPolicy
{
    private const string SureClass = "sureClass";
    private const long Never = -1;

    private readonly int _unlabelledRows;

    /// <summary>Makes the policy.</summary>
    /// <param name="classCount">The number of classes, at least 2.</param>
    /// <param name="rows">The rows of the training set, which row indices go up to; at least 1.</param>
    /// <param name="unlabelledRows">How many of them are unlabelled; 0 to <paramref name="rows"/>.</param>
    /// <param name="options">The threshold; null for the paper's.</param>
    /// <exception cref="ArgumentException">An option is out of range; the message lists every fault.</exception>
    public FlexMatchPolicy(int classCount, int rows, int unlabelledRows, FlexMatchOptions? options = null)
        : base(classCount, options = options?.Copy() ?? new())
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(rows, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(unlabelledRows);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(unlabelledRows, rows);
        Options = options;
        _unlabelledRows = unlabelledRows;
        State.AddIndices(SureClass, Never, rows);
        State.Add(Thresholds, 0, classCount);
        using DisposeScope scope = torch.NewDisposeScope();
        Update();
    }

    internal FlexMatchOptions Options { get; }

    private protected override PseudoLabels Decide(torch.Tensor probabilities) =>
        PseudoLabelSplit.ByThreshold(probabilities, State[Thresholds], Options.Comparison);

    private protected override void Learn(PolicyBatch batch)
    {
        (torch.Tensor largest, torch.Tensor classes) = batch.Predictions.max(1);
        torch.Tensor sure = (Options.Comparison == ThresholdComparison.Greater ?
            largest.gt(Scalars.Of(Options.Threshold)) :
            largest.ge(Scalars.Of(Options.Threshold)))
            .logical_and(batch.Labelled.eq(Scalars.Of(0)));
        torch.Tensor before = State[SureClass].index_select(0, batch.RowIds);
        State[SureClass].index_copy_(0, batch.RowIds, torch.where(sure, classes, before));
        Update();
    }

    private protected override double[] DescribeThresholds() => State.ToHost(Thresholds);

    private void Update()
    {
        torch.Tensor sureClass = State[SureClass];
        torch.Tensor indices = Scalars.Range(ClassCount, torch.ScalarType.Int64, sureClass.device);
        torch.Tensor effect = sureClass.unsqueeze(1).eq(indices).sum(dim: 0).to(torch.ScalarType.Float64);
        torch.Tensor most = effect.max();
        if (Options.WarmUp)
        {
            most = torch.maximum(most, effect.sum().From(_unlabelledRows));
        }

        torch.Tensor share = effect / most.clamp_min(Scalars.Of(1));
        State[Thresholds].copy_(share / share.From(2) * Scalars.Of(Options.Threshold));
    }
}
