using SsMfar.Runtime;
using SsMfar.SemiSupervised;
using SsMfar.Tests.Losses;
using TorchSharp;
using static SsMfar.Tests.Losses.LossTestData;

namespace SsMfar.Tests.SemiSupervised;

/// <summary>When the adaptive thresholds change, what they decide, and that they survive a checkpoint.</summary>
public sealed class AdaptiveThresholdPolicyTests
{
    private static AdaptiveThresholdOptions EachStep => new()
    {
        Beta = 1,
        Floor = null,
        Start = 0.5,
        Update = ThresholdUpdate.PreviousStep,
    };

    private static AdaptiveThresholdOptions EachEpoch => Changed(EachStep, options => options.Update = ThresholdUpdate.EachEpoch);

    public static TheoryData<string> Devices => LossTestData.Devices;

    [Theory]
    [MemberData(nameof(Devices))]
    public void Each_step_uses_the_step_before_and_its_epoch(string device)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using AdaptiveThresholdPolicy policy = new(3, EachStep);
        policy.Describe()["thresholds"].Should().Equal(0.5, 0.5, 0.5);

        policy.Observe(Observe(epoch: 2, step: 0, device, (0.9, 0, 0), (0.7, 0, 0), (0.6, 1, 0), (0.8, 2, null)));
        double factor = 1 / (1 + Math.Exp(-2));
        policy.Describe()["thresholds"].ShouldBeClose([0.8 * factor, 0.5, 0.5], 1e-12, "right predictions of labelled rows alone count");

        policy.Observe(Observe(epoch: 3, step: 1, device, (0.6, 1, 1)));
        policy.Describe()["thresholds"]
            .ShouldBeClose([0.8 * factor, 0.6 / (1 + Math.Exp(-3)), 0.5], 1e-12, "an absent class keeps its value");

        policy.EndEpoch(3);
        policy.Describe()["thresholds"]
            .ShouldBeClose([0.8 * factor, 0.6 / (1 + Math.Exp(-3)), 0.5], 1e-12, "the epoch's end changes nothing");
    }

    [Fact]
    public void Micro_batches_of_one_step_count_as_one_step()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using AdaptiveThresholdPolicy whole = new(3, EachStep), parts = new(3, EachStep);
        whole.Observe(Observe(epoch: 1, step: 5, "cpu", (0.9, 0, 0), (0.7, 0, 0), (0.6, 1, 1)));
        parts.Observe(Observe(epoch: 1, step: 5, "cpu", (0.9, 0, 0)));
        parts.Observe(Observe(epoch: 1, step: 5, "cpu", (0.7, 0, 0), (0.6, 1, 1)));
        parts.Describe()["thresholds"].ShouldBeClose(whole.Describe()["thresholds"], 1e-15, "thresholds");
    }

    [Theory]
    [MemberData(nameof(Devices))]
    public void Each_epoch_uses_the_whole_epoch(string device)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using AdaptiveThresholdPolicy policy = new(3, EachEpoch);
        policy.Observe(Observe(epoch: 1, step: 0, device, (0.9, 0, 0)));
        policy.Observe(Observe(epoch: 1, step: 1, device, (0.7, 0, 0), (0.6, 1, 1)));
        policy.Describe()["thresholds"].Should().Equal(0.5, 0.5, 0.5);
        policy.EndEpoch(1);
        double factor = 1 / (1 + Math.Exp(-1));
        policy.Describe()["thresholds"].ShouldBeClose([0.8 * factor, 0.6 * factor, 0.5], 1e-12, "the epoch's mean");

        policy.Observe(Observe(epoch: 2, step: 2, device, (0.6, 1, 1)));
        policy.EndEpoch(2);
        policy.Describe()["thresholds"]
            .ShouldBeClose([0.8 * factor, 0.6 / (1 + Math.Exp(-2)), 0.5], 1e-12, "a new epoch starts from nothing");
    }

    [Fact]
    public void A_class_without_a_right_row_falls_to_the_floor_where_asked_to()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using AdaptiveThresholdPolicy policy = new(3, Changed(
            EachEpoch, options => (options.Floor, options.MissingClass) = (0.3, MissingClass.FallToFloor)));
        policy.Observe(Observe(epoch: 1, step: 0, "cpu", (0.9, 0, 0)));
        policy.EndEpoch(1);
        policy.Describe()["thresholds"].ShouldBeClose([0.9 / (1 + Math.Exp(-1)), 0.3, 0.3], 1e-12, "thresholds");
    }

    [Theory]
    [InlineData(ThresholdComparison.Greater, 0.0)]
    [InlineData(ThresholdComparison.GreaterOrEqual, 1.0)]
    public void Equality_is_decided_by_the_comparison(ThresholdComparison comparison, double expected)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using AdaptiveThresholdPolicy policy = new(2, Changed(EachStep, options => options.Comparison = comparison));
        PseudoLabels labels = policy.Assign(Matrix([0.5, 0.5, 0.25, 0.75], 2, 2), Indices([0, 1]));
        labels.Targets.Host()[1].Should().Be(1);
        labels.Confidence.Host().Should().Equal(expected, 1);
    }

    [Theory]
    [MemberData(nameof(Devices))]
    public void The_share_of_confident_rows_is_that_of_the_epoch(string device)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using AdaptiveThresholdPolicy policy = new(2, EachEpoch);
        policy.Assign(Matrix([0.6, 0.4, 0.2, 0.8, 0.5, 0.5], 3, 2, device: device), Indices([0, 1, 2], device));
        policy.Assign(Matrix([0.5, 0.5], 1, 2, device: device), Indices([3], device));
        policy.EndEpoch(1);
        policy.Describe()["confidentShare"].Should().Equal(0.5);
        policy.EndEpoch(2);
        policy.Describe()["confidentShare"].Should().Equal(0);
    }

    [Theory]
    [InlineData(ThresholdUpdate.PreviousStep)]
    [InlineData(ThresholdUpdate.EachEpoch)]
    public void A_saved_policy_goes_on_as_if_never_stopped(ThresholdUpdate update)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Random random = new(3);
        AdaptiveThresholdOptions options = Changed(AdaptiveThresholdOptions.Paper, options => options.Update = update);
        using AdaptiveThresholdPolicy whole = new(4, options), resumed = new(4, options);
        for (int step = 0; step < 10; step++)
        {
            if (step == 5)
            {
                resumed.LoadState(whole.SaveState());
            }

            PolicyBatch observation = ClassBatch.Of(
                Matrix(random.Normal(32, 2), 8, 4, torch.ScalarType.Float32).softmax(1),
                Indices([.. Enumerable.Range(0, 8).Select(_ => (long)random.Next(4))]),
                Vector(random.Mask(8, 0.7), torch.ScalarType.Float32),
                torch.arange(Scalars.Of(8), torch.ScalarType.Int64),
                1 + (step / 4),
                step);
            foreach (AdaptiveThresholdPolicy policy in step < 5 ? [whole] : new[] { whole, resumed })
            {
                policy.Assign(observation.Predictions, observation.RowIds);
                policy.Observe(observation);
                if (step % 4 == 3)
                {
                    policy.EndEpoch(observation.Epoch);
                }
            }
        }

        foreach ((string name, torch.Tensor tensor) in whole.SaveState())
        {
            resumed.SaveState()[name].Host().Should().Equal(tensor.Host(), name);
        }
    }

    [Fact]
    public void A_state_of_another_policy_is_refused()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using AdaptiveThresholdPolicy three = new(3), four = new(4);
        three.Invoking(policy => policy.LoadState(four.SaveState())).Should().Throw<ArgumentException>()
            .WithMessage("*Float64 ?4]*Float64 ?3]*");
        three.Invoking(policy => policy.LoadState(new Dictionary<string, torch.Tensor>())).Should().Throw<ArgumentException>()
            .WithMessage("*lacks*");
        three.Invoking(policy => policy.Assign(torch.ones(2, 4), Indices([0, 1]))).Should().Throw<ArgumentException>()
            .WithMessage("*3 classes*4*");
    }

    [Fact]
    public void Options_out_of_range_are_refused()
    {
        FluentActions.Invoking(() => new AdaptiveThresholdPolicy(3, new() { Beta = 1.5 })).Should().Throw<ArgumentException>()
            .WithMessage("*Beta*");
        FluentActions.Invoking(() => new AdaptiveThresholdPolicy(3, new() { Floor = -0.1 })).Should().Throw<ArgumentException>()
            .WithMessage("*Floor*");
        FluentActions.Invoking(() => new AdaptiveThresholdPolicy(3, new() { Gamma = 0.5 })).Should().Throw<ArgumentException>()
            .WithMessage("*Gamma*");
        FluentActions.Invoking(() => new AdaptiveThresholdPolicy(3, new() { Floor = null, MissingClass = MissingClass.FallToFloor }))
            .Should().Throw<ArgumentException>().WithMessage("*Floor is not set*");
    }

    [Fact]
    public void Steps_leave_no_tensor_behind()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using AdaptiveThresholdPolicy policy = new(3, EachStep);
        PolicyBatch observation = Observe(epoch: 1, step: 0, "cpu", (0.9, 0, 0));
        Step(policy, observation);
        PolicyBatch next = ClassBatch.Of(
            observation.Predictions, observation.Classes, observation.Labelled, observation.RowIds, epoch: 1, step: 1);
        long before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        Step(policy, next);
        DisposeScopeManager.Statistics.ThreadTotalLiveCount.Should().Be(before);

        static void Step(AdaptiveThresholdPolicy policy, PolicyBatch observation)
        {
            PseudoLabels labels = policy.Assign(observation.Predictions, observation.RowIds);
            labels.Targets.Dispose();
            labels.Confidence.Dispose();
            policy.Observe(observation);
            policy.EndEpoch(1);
        }
    }

    [Fact]
    public void Tensors_survive_the_scope_of_the_step_that_made_them()
    {
        using AdaptiveThresholdPolicy policy = new(3, EachStep);
        using (torch.NewDisposeScope())
        {
            policy.Assign(torch.full([2, 3], Scalars.Of(1.0 / 3)), Indices([0, 1]));
            policy.Observe(Observe(epoch: 1, step: 0, "cpu", (0.9, 0, 0)));
        }

        policy.Describe()["thresholds"].Should().HaveCount(3);
    }

    [Fact]
    public void Only_unlabelled_rows_get_a_strong_view()
    {
        using AdaptiveThresholdPolicy policy = new(3);
        policy.NeedsStrongView([false]).Should().BeTrue();
        policy.NeedsStrongView([true]).Should().BeFalse();
    }

    /// <summary>Rows of three classes: the largest probability, its class, and the label or null.</summary>
    internal static PolicyBatch Observe(
        int epoch,
        long step,
        string device,
        params (double Probability, int Predicted, int? Label)[] rows)
    {
        double[] probabilities = [.. rows.SelectMany(row =>
            Enumerable.Range(0, 3).Select(c => c == row.Predicted ? row.Probability : (1 - row.Probability) / 2))];
        return ClassBatch.Of(
            Matrix(probabilities, rows.Length, 3, device: device),
            Indices([.. rows.Select(row => (long)(row.Label ?? 0))], device),
            Vector([.. rows.Select(row => row.Label is null ? 0.0 : 1.0)], device: device),
            Indices([.. Enumerable.Range(0, rows.Length)], device),
            epoch,
            step);
    }

    private static AdaptiveThresholdOptions Changed(AdaptiveThresholdOptions options, Action<AdaptiveThresholdOptions> change)
    {
        change(options);
        return options;
    }
}
