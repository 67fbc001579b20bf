using SsMfar.Imaging;
using SsMfar.Models;
using SsMfar.Training;

namespace SsMfar.Tests.Training;

/// <summary>What a recipe has other from pretrained weights than from scratch, and that an explicit setting wins.</summary>
public sealed class PretrainedRecipeTests
{
    // Named, not opened: nothing is trained.
    private static readonly PretrainedWeights Weights = PretrainedWeights.FromSafetensors("any.safetensors", ChannelOrder.Rgb);

    public static TheoryData<string> Recipes => [.. TrainingRecipe.All.Select(recipe => recipe.Name)];

    [Theory]
    [MemberData(nameof(Recipes))]
    public void The_backbones_rate_follows_the_start_in_recommended_alone(string name)
    {
        TrainingRecipe recipe = TrainingRecipe.Parse(name);
        TrainingOptions scratch = Builder(recipe, null).Build().Options, pretrained = Builder(recipe, Weights).Build().Options;

        string[] changed = [.. RunDescription.Of(scratch, []).Differences(RunDescription.Of(pretrained, []))];

        changed.Should().Equal(name == "recommended" ? ["Optimizer.BackboneLearningRate was 0.002, is 0.0005"] : []);
        RunDescription.Of(recipe.CreateFor(pretrained: true), []).Entries["Optimizer.BackboneLearningRate"].Should()
            .Be(RunDescription.Of(pretrained, []).Entries["Optimizer.BackboneLearningRate"]);
        (recipe.PretrainedOn == "ImageNet").Should().Be(name == "recommended");
    }

    [Fact]
    public void An_explicit_rate_wins_also_that_from_scratch()
    {
        MultiTaskTrainerBuilder builder = Builder(TrainingRecipe.Recommended, Weights);

        builder.Configure(options => options.Optimizer.BackboneLearningRate = 2e-3).Build().Options.Optimizer.BackboneLearningRate
            .Should().Be(2e-3);
    }

    [Fact]
    public void A_recipe_of_ones_own_adapts_before_variant_and_user_do()
    {
        TrainingRecipe recipe = new("own", () => new() { EmaDecay = 0.5 })
        {
            AdaptToPretrained = options => (options.EmaDecay, options.LabelSmoothing, options.Imbalance.ResampleExpressions) = (0.9, 0.1, false),
        };

        TrainingOptions options = Builder(recipe, Weights).UseVariant(SsMfarVariant.SsMfarResampled)
            .Configure(changed => changed.LabelSmoothing = 0.2).Build().Options;

        (options.EmaDecay, options.LabelSmoothing, options.Imbalance.ResampleExpressions).Should().Be((0.9, 0.2, true));
        recipe.CreateFor(pretrained: false).EmaDecay.Should().Be(0.5);
    }

    private static MultiTaskTrainerBuilder Builder(TrainingRecipe recipe, PretrainedWeights? weights) =>
        MultiTaskTrainer.CreateBuilder().UseRecipe(recipe).UseBackbone(BackboneFactory.ResNet18, weights);
}
