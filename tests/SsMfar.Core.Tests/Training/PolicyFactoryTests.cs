using SsMfar.Data;
using SsMfar.Metadata;
using SsMfar.SemiSupervised;
using SsMfar.Tests.Models;
using SsMfar.Training;

namespace SsMfar.Tests.Training;

public sealed class PolicyFactoryTests
{
    private static readonly AffectDataset Training = TinyFaces.Dataset(48);

    [Theory]
    [InlineData(PseudoLabelPolicyKind.AdaptiveThreshold, new[] { "expression.confidentShare", "expression.thresholds" }, 0.8)]
    [InlineData(PseudoLabelPolicyKind.FixedThreshold, new[] { "expression.confidentShare", "expression.thresholds" }, 0.95)]
    [InlineData(PseudoLabelPolicyKind.FlexMatch, new[] { "expression.confidentShare", "expression.thresholds" }, 0.0)]
    [InlineData(PseudoLabelPolicyKind.FreeMatch, new[] { "expression.confidentShare", "expression.thresholds" }, null)]
    [InlineData(PseudoLabelPolicyKind.SoftMatch, new[] { "expression.confidentShare", "expression.thresholds" }, null)]
    public async Task Each_built_in_policy_decides_when_the_options_name_it(
        PseudoLabelPolicyKind kind,
        string[] described,
        double? threshold)
    {
        using TrainingResult result = await Tiny.Builder(options => (options.SemiSupervision.Policy, options.Epochs) = (kind, 1)).Build()
            .FitAsync(Training);

        var policy = result.History[0].Policy;
        policy.Keys.Should().Equal(described);
        policy["expression.thresholds"].Should().HaveCount(kind == PseudoLabelPolicyKind.SoftMatch ? 1 : 8);
        if (threshold is { } value)
        {
            policy["expression.thresholds"].Should().AllSatisfy(t => t.Should().BeApproximately(value, 1e-6));
        }

        result.History[0].Losses.ContainsKey("expression.fairness").Should().Be(kind == PseudoLabelPolicyKind.FreeMatch);
    }

    [Fact]
    public void A_policy_given_twice_is_refused() =>
        FluentActions.Invoking(() => Tiny.Builder(options => options.SemiSupervision.Policy = PseudoLabelPolicyKind.FreeMatch)
                .UsePseudoLabelPolicy(AffectTaskNames.Expression, context => new FixedThresholdPolicy(context.Classes.Count)).Build())
            .Should().Throw<TrainingConfigurationException>().WithMessage("*UsePseudoLabelPolicy*SemiSupervision.Policy*FreeMatch*");

    [Fact]
    public async Task A_policy_that_is_aligned_already_is_not_aligned_again()
    {
        static MultiTaskTrainerBuilder Given(AlignmentTarget target) => Tiny
            .Builder(options => (options.SemiSupervision.Alignment, options.Epochs) = (new() { Target = target }, 1))
            .UsePseudoLabelPolicy(
                AffectTaskNames.Expression,
                context => Aligned(context.Classes.Count));

        (await Given(AlignmentTarget.None).Build().FitAsync(Training)).Dispose();
        await FluentActions.Awaiting(() => Given(AlignmentTarget.Uniform).Build().FitAsync(Training))
            .Should().ThrowAsync<TrainingConfigurationException>().WithMessage("*aligned already*Uniform*");
    }

    [Fact]
    public async Task An_alignment_of_the_users_own_is_not_given_up_when_resuming()
    {
        using var folder = new TemporaryFolder();
        (await Tiny.Builder().UseCheckpoints(folder.Path)
            .UsePseudoLabelPolicy(
                AffectTaskNames.Expression,
                context => Aligned(context.Classes.Count))
            .Build().FitAsync(Training)).Dispose();

        await FluentActions.Awaiting(() => Tiny.Builder().UseCheckpoints(folder.Path, CheckpointMode.ResumeIfPresent)
                .UsePseudoLabelPolicy(AffectTaskNames.Expression, context => new FixedThresholdPolicy(context.Classes.Count))
                .Build().FitAsync(Training))
            .Should().ThrowAsync<CheckpointException>().WithMessage("*Policy.expression was*AlignedPolicy*is*FixedThresholdPolicy*");
    }

    private static AlignedPolicy Aligned(int classes) => new(new FixedThresholdPolicy(classes), [.. Enumerable.Repeat(1.0, classes)]);
}
