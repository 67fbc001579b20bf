using SsMfar.Data;
using SsMfar.SemiSupervised;
using SsMfar.Training;

namespace SsMfar.Tests.Training;

public sealed class PolicyFactoryTests
{
    private static readonly AffectDataset Training = TinyFaces.Dataset(48);

    [Theory]
    [InlineData(PseudoLabelPolicyKind.AdaptiveThreshold, new[] { "confidentShare", "thresholds" }, 0.8)]
    [InlineData(PseudoLabelPolicyKind.FixedThreshold, new[] { "confidentShare", "thresholds" }, 0.95)]
    [InlineData(PseudoLabelPolicyKind.FlexMatch, new[] { "confidentShare", "thresholds" }, 0.0)]
    [InlineData(PseudoLabelPolicyKind.FreeMatch, new[] { "confidentShare", "thresholds" }, null)]
    [InlineData(PseudoLabelPolicyKind.SoftMatch, new[] { "confidentShare", "thresholds" }, null)]
    public async Task Each_built_in_policy_decides_when_the_options_name_it(PseudoLabelPolicyKind kind, string[] described, double? threshold)
    {
        using TrainingResult result = await Tiny.Builder(options => (options.SemiSupervision.Policy, options.Epochs) = (kind, 1)).Build().FitAsync(Training);

        var policy = result.History[0].Policy;
        policy.Keys.Should().Equal(described);
        policy["thresholds"].Should().HaveCount(kind == PseudoLabelPolicyKind.SoftMatch ? 1 : 8);
        if (threshold is { } value)
        {
            policy["thresholds"].Should().AllSatisfy(t => t.Should().BeApproximately(value, 1e-6));
        }

        result.History[0].Losses.ContainsKey("expression.fairness").Should().Be(kind == PseudoLabelPolicyKind.FreeMatch);
    }

    [Fact]
    public void A_policy_given_twice_is_refused() =>
        FluentActions.Invoking(() => Tiny.Builder(options => options.SemiSupervision.Policy = PseudoLabelPolicyKind.FreeMatch)
                .UsePseudoLabelPolicy(classes => new FixedThresholdPolicy(classes.Count)).Build())
            .Should().Throw<TrainingConfigurationException>().WithMessage("*UsePseudoLabelPolicy*SemiSupervision.Policy*FreeMatch*");
}
