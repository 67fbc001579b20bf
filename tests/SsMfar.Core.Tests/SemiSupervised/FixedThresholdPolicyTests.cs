using SsMfar.SemiSupervised;
using SsMfar.Tests.Losses;
using TorchSharp;
using static SsMfar.Tests.Losses.LossTestData;

namespace SsMfar.Tests.SemiSupervised;

/// <summary>FixMatch's one threshold.</summary>
public sealed class FixedThresholdPolicyTests
{
    [Fact]
    public void Rows_at_or_over_the_threshold_are_confident()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using FixedThresholdPolicy policy = new(2, new() { Threshold = 0.75 });
        PseudoLabels labels = policy.Assign(Matrix([0.75, 0.25, 0.3, 0.7, 0.1, 0.9], 3, 2), Indices([0, 1, 2]));
        labels.Targets.Host().Should().Equal(0, 1, 1);
        labels.Confidence.Host().Should().Equal(1, 0, 1);
        policy.EndEpoch(1);
        policy.Describe()["thresholds"].Should().Equal(0.75, 0.75);
        policy.Describe()["confidentShare"].ShouldBeClose([2.0 / 3], 1e-15, "share");

        using FixedThresholdPolicy restored = new(2, new() { Threshold = 0.75 });
        restored.LoadState(policy.SaveState());
        restored.Describe()["confidentShare"].Should().Equal(policy.Describe()["confidentShare"]);
    }

    [Fact]
    public void The_default_is_fix_matchs() => new FixedThresholdOptions().Threshold.Should().Be(0.95);

    [Fact]
    public void A_threshold_out_of_range_is_refused() => FluentActions
        .Invoking(() => new FixedThresholdPolicy(2, new() { Threshold = 1.1 })).Should().Throw<ArgumentException>();
}
