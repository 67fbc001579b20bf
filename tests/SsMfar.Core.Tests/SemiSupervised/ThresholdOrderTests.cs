using System.Collections.Immutable;
using SsMfar.Data;
using SsMfar.Losses;
using SsMfar.Metadata;
using SsMfar.Models;
using SsMfar.Runtime;
using SsMfar.SemiSupervised;
using SsMfar.Tasks;
using SsMfar.Tests.Losses;
using SsMfar.Tests.Models;
using SsMfar.Tests.Training;
using SsMfar.Training;
using TorchSharp;
using static SsMfar.Tests.Losses.LossTestData;

namespace SsMfar.Tests.SemiSupervised;

/// <summary>
/// Whether a batch's own labelled rows move the thresholds that its unlabelled rows are compared with (algorithm 1), or the next batch's.
/// </summary>
public sealed class ThresholdOrderTests
{
    // Rows 0 and 1 are labelled 0 and predicted right with 0.95 and 0.85, so that T_0 = 0.9 / (1 + e^-1) = 0.658; row 2 is unlabelled, with
    // 0.6.
    private static readonly double[][] Probabilities = [[0.95, 0.05], [0.85, 0.15], [0.6, 0.4]];

    [Theory]
    [InlineData(ThresholdUpdate.ThisBatch, 0)]
    [InlineData(ThresholdUpdate.PreviousStep, 1)]
    [InlineData(ThresholdUpdate.EachEpoch, 1)]
    public void The_objective_compares_before_or_after_the_batch_was_learned_from(ThresholdUpdate update, double confident)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using var policy = new AdaptiveThresholdPolicy(2, new() { Beta = 1, Floor = null, Start = 0.5, Update = update });
        Confidence(policy).Should().Be(confident);
    }

    [Theory]
    [InlineData(ThresholdUpdate.ThisBatch)]
    [InlineData(ThresholdUpdate.PreviousStep)]
    public void Thresholds_after_the_step_are_the_same(ThresholdUpdate update)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using var policy = new AdaptiveThresholdPolicy(2, new() { Beta = 1, Floor = null, Start = 0.5, Update = update });
        Confidence(policy);
        policy.Describe()["thresholds"].ShouldBeClose([0.9 / (1 + Math.Exp(-1)), 0.5], 1e-6, "thresholds");
    }

    [Theory]
    [InlineData(ThresholdUpdate.ThisBatch)]
    [InlineData(ThresholdUpdate.PreviousStep)]
    public void An_aligned_policy_keeps_the_order_and_aligns_by_the_batches_before(ThresholdUpdate update)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using var recorder = new Recorder(update == ThresholdUpdate.ThisBatch);
        using var policy = new AlignedPolicy(recorder, [3, 1], window: 1);
        policy.ObservesFirst.Should().Be(recorder.ObservesFirst);
        Confidence(policy);
        Confidence(policy);

        // Uniform before the first batch, then the mean of the one unlabelled row.
        recorder.Asked.Should().HaveCount(2);
        recorder.Asked[0].Should().BeApproximately(Aligned(0.6, 0.5), 1e-5);
        recorder.Asked[1].Should().BeApproximately(Aligned(0.6, 0.6), 1e-5);
        recorder.Order.Should()
            .Equal(recorder.ObservesFirst ? ["observe", "assign", "observe", "assign"] : ["assign", "observe", "assign", "observe"]);

        static double Aligned(double q, double mean)
        {
            double first = q * 0.75 / mean, second = (1 - q) * 0.25 / (1 - mean);
            return first / (first + second);
        }
    }

    [Fact]
    public void Recipes_order_as_their_sources_do()
    {
        TrainingRecipe.Paper.Create().SemiSupervision.Threshold.Update.Should().Be(ThresholdUpdate.ThisBatch);
        TrainingRecipe.Published.Create().SemiSupervision.Threshold.Update.Should().Be(ThresholdUpdate.EachEpoch);
        TrainingRecipe.Recommended.Create().SemiSupervision.Threshold.Update.Should().Be(ThresholdUpdate.EachEpoch);
    }

    // The confidence of the unlabelled row in one step of the objective.
    private static double Confidence(IPseudoLabelPolicy policy)
    {
        var loss = new ConfidenceLoss();
        using var objective = new MultiTaskObjective(
            [new(AffectTaskNames.Expression, loss)],
            new Dictionary<string, IPseudoLabelPolicy> { [AffectTaskNames.Expression] = new Borrowed(policy) });
        torch.Tensor weak = torch.tensor(Probabilities.SelectMany(row => row).ToArray(), [3, 2]).log();
        var outputs = new TaskOutputs([AffectTaskNames.Expression], [torch.cat([weak, weak.narrow(0, 2, 1)])]);
        TaskLabels labels = new(torch.zeros(3, 1, torch.ScalarType.Float64), torch.tensor(new double[] { 1, 1, 0 }, [3, 1]));
        objective.Compute(outputs, new(
            new(
                torch.arange(Scalars.Of(3), torch.ScalarType.Int64),
                new Dictionary<string, TaskLabels> { [AffectTaskNames.Expression] = labels }.ToImmutableDictionary()),
            torch.tensor(new long[] { 2 }),
            new Dictionary<string, LossCounts> { [AffectTaskNames.Expression] = new(2, 1) },
            Epoch: 1,
            Step: loss.GetHashCode()));
        return loss.Confidence;
    }

    private sealed class ConfidenceLoss : ITaskLoss
    {
        public double Confidence { get; private set; }

        public TaskLossResult Compute(TaskLossInput input)
        {
            Confidence = input.Strong!.PseudoLabels!.Confidence.to(torch.ScalarType.Float64).item<double>();
            return new(input.Weak.sum(), []);
        }
    }

    /// <summary>A policy that the objective does not dispose.</summary>
    private sealed class Borrowed(IPseudoLabelPolicy policy) : IPseudoLabelPolicy
    {
        public bool ObservesFirst => policy.ObservesFirst;

        public bool NeedsStrongView(ReadOnlySpan<bool> known) => policy.NeedsStrongView(known);

        public PseudoLabels Assign(PolicyBatch strong) => policy.Assign(strong);

        public void Observe(PolicyBatch observation) => policy.Observe(observation);

        public void EndEpoch(int epoch) => policy.EndEpoch(epoch);

        public IReadOnlyDictionary<string, torch.Tensor> SaveState() => policy.SaveState();

        public void LoadState(IReadOnlyDictionary<string, torch.Tensor> state) => policy.LoadState(state);

        public IReadOnlyDictionary<string, double[]> Describe() => policy.Describe();

        public void Dispose()
        {
        }
    }

    private sealed class Recorder(bool observesFirst) : QuietPolicy, IPseudoLabelPolicy
    {
        public List<double> Asked { get; } = [];

        public List<string> Order { get; } = [];

        public bool ObservesFirst => observesFirst;

        public override PseudoLabels Assign(PolicyBatch strong)
        {
            Order.Add("assign");
            Asked.Add(strong.Predictions[0][0].to(torch.ScalarType.Float64).item<double>());
            return new(strong.Predictions.argmax(1), torch.ones(strong.Predictions.size(0), strong.Predictions.dtype));
        }

        public override void Observe(PolicyBatch observation) => Order.Add("observe");
    }
}
