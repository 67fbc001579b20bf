using SsMfar.Augmentation;
using SsMfar.Losses;
using SsMfar.SemiSupervised;

namespace SsMfar.Tests.Configuration;

/// <summary>Options given to a part directly: all faults in one message, and a copy of their own.</summary>
public sealed class OptionFaultsTests
{
    [Fact]
    public void All_faults_of_options_are_told_at_once_with_name_value_and_range()
    {
        string message = Refused(() => new RichWeakAugmentation(
            new() { MinimumScale = 0.9, MaximumScale = 0.8, Brightness = 1.5, FlipProbability = double.NaN }));

        message.Should().Contain("Brightness").And.Contain("it is 1.5").And.Contain("between 0 and 1")
            .And.Contain("FlipProbability").And.Contain("it is NaN")
            .And.Contain("MinimumScale is 0.9, above the largest, 0.8");
        message.Should().NotContain("RotationProbability");
    }

    [Fact]
    public void Faults_of_parts_name_the_part() =>
        Refused(() => new StrongAugmentation(new() { Weak = new() { Padding = -1 }, Cutout = new() { MaximumSide = 2 } }))
            .Should().Contain("Weak.Padding").And.Contain("Cutout.MaximumSide");

    [Fact]
    public void A_fault_of_two_options_is_told_beside_those_of_one() =>
        Refused(() => new AdaptiveThresholdPolicy(3, new() { Beta = 2, Floor = null, MissingClass = MissingClass.FallToFloor }))
            .Should().Contain("Beta").And.Contain("Floor is not set");

    [Fact]
    public void An_unknown_member_of_an_enumeration_is_refused() =>
        Refused(() => new RandAugment(new() { Space = (RandAugmentSpace)9, Operations = -1 }))
            .Should().Contain("Space").And.Contain("Operations");

    [Fact]
    public void Weights_of_a_loss_are_refused_with_their_names() =>
        Refused(() => new CategoricalTaskLoss(new(-1, double.PositiveInfinity, 1)))
            .Should().Contain("Supervised").And.Contain("Unsupervised").And.NotContain("Consistency");

    [Fact]
    public void Changing_options_afterwards_does_not_change_what_was_made_with_them()
    {
        FixedThresholdOptions threshold = new();
        RichWeakAugmentationOptions view = new();
        ExpressionLossWeights weights = new();
        using var policy = new FixedThresholdPolicy(2, threshold);
        var augmentation = new RichWeakAugmentation(view);
        using var loss = new CategoricalTaskLoss(weights);

        threshold.Threshold = view.FlipProbability = weights.Supervised = 0.125;

        policy.Options.Threshold.Should().Be(0.95);
        augmentation.Options.FlipProbability.Should().Be(0.5);
        loss.Weights.Supervised.Should().Be(1);
    }

    private static string Refused(Func<object> make) =>
        FluentActions.Invoking(make).Should().ThrowExactly<ArgumentException>().Which.Message;
}
