using SsMfar.Augmentation;
using SsMfar.Data;
using SsMfar.Losses;
using SsMfar.Metadata;
using SsMfar.Models;
using SsMfar.Runtime;
using SsMfar.SemiSupervised;
using SsMfar.Tasks;
using SsMfar.Training;

namespace SsMfar.Tests.Training.Wiring;

/// <summary>What a trainer builds for each recipe, variant and option is what the paper, its code and docs/method.md say.</summary>
public sealed class WhatIsBuiltTests
{
    // Changes at once that a variant does not make itself; the last ones mean something with pseudo-labels alone.
    private static readonly string[] AtOnce =
    [
        "ImageSize", "Seed", "AccumulationSteps", "Optimizer.BackboneLearningRate", "Optimizer.HeadLearningRate", "Optimizer.WeightDecay",
        "Optimizer.Beta2", "Optimizer.Epsilon", "EmaDecay", "GradientClipNorm", "Heads.HiddenWidth", "Heads.Dropout", "Heads.L2Normalize",
        "Imbalance.ActionUnitPower", "LabelSmoothing", "Balancing.Weights",
    ];

    private static readonly string[] AtOnceWithPseudoLabels =
    [
        "Mixup.Share", "ExpressionLoss.Supervised", "SemiSupervision.Threshold.Beta", "SemiSupervision.Threshold.Start",
        "SemiSupervision.Threshold.Comparison", "SemiSupervision.Alignment.Window",
    ];

    public static TheoryData<string> Options => [.. OptionChange.Names];

    public static TheoryData<string, string> OtherRecipesAndOptions
    {
        get
        {
            var pairs = new TheoryData<string, string>();
            foreach (TrainingRecipe recipe in TrainingRecipe.All.Where(recipe => recipe != TrainingRecipe.Recommended))
            {
                foreach (string option in OptionChange.Names)
                {
                    pairs.Add(recipe.Name, option);
                }
            }

            return pairs;
        }
    }

    public static TheoryData<string, string> RecipesAndVariants => VariantTests.VariantsAndRecipes;

    [Theory]
    [MemberData(nameof(RecipesAndVariants))]
    public void Each_recipe_and_variant_is_what_its_source_says(string variant, string recipe)
    {
        Entries expected = ExpectedRun.Of(recipe, variant);
        bool walked = variant != "ss-mfar-50";
        if (!walked)
        {
            foreach (string walk in new[] { "adam", "decay", "clip", "steps", "average.steps", "average.weights" })
            {
                expected.RemoveAll(walk);
            }
        }

        string.Join(Environment.NewLine, Differences(BuiltRun.Record(Builder(recipe, variant), walked), expected)).Should().BeEmpty();
    }

    [Theory]
    [MemberData(nameof(RecipesAndVariants))]
    public void Options_mean_the_same_in_each_recipe_and_variant(string variant, string recipe)
    {
        if (variant == "ss-mfar-50")
        {
            variant = "ss-mfar";
        }

        Entries expected = ExpectedRun.Of(recipe, variant);
        MultiTaskTrainerBuilder builder = Builder(recipe, variant).Configure(Constant);
        SetConstant(expected);
        string[] names = variant.StartsWith("mfar", StringComparison.Ordinal) || variant.EndsWith("-sa", StringComparison.Ordinal)
            ? AtOnce
            : [.. AtOnce, .. AtOnceWithPseudoLabels];
        foreach (OptionChange change in names.Select(name => OptionChange.All.First(change => change.Name == name)))
        {
            builder.Configure(change.Apply);
            change.ApplyTo(expected);
        }

        string.Join(Environment.NewLine, Differences(BuiltRun.Record(builder, walk: true), expected)).Should().BeEmpty();
    }

    [Theory]
    [MemberData(nameof(Options))]
    public void Each_option_changes_what_it_says_and_nothing_else(string option) =>
        string.Join(Environment.NewLine, DifferencesOf(TrainingRecipe.Recommended.Name, option)).Should().BeEmpty();

    [Theory]
    [Trait("Trials", "Many")]
    [MemberData(nameof(OtherRecipesAndOptions))]
    public void Each_option_does_so_in_the_other_recipes(string recipe, string option) =>
        string.Join(Environment.NewLine, DifferencesOf(recipe, option)).Should().BeEmpty();

    [Theory]
    [InlineData(TrainingPrecision.Full, ComputePrecision.Full)]
    [InlineData(TrainingPrecision.BFloat16, ComputePrecision.BFloat16)]
    public void The_precision_asked_for_is_the_trained_networks(TrainingPrecision asked, ComputePrecision built)
    {
        using TrainingRun run = WiringSet.Build(
            MultiTaskTrainer.CreateBuilder().UseDevice(ComputeDevice.Cpu).Configure(Small)
                .Configure(options => options.Precision = asked));

        run.State.Model.Backbone.Should().BeOfType<ResNet>().Which.Precision.Should().Be(built);
        run.State.Model.Backbone.Description.Kind.Should().Be("resnet18", "it is the backbone where none is chosen");
    }

    [Theory]
    [InlineData(0L, true)]
    [InlineData(1_000_000_000L, false)]
    public void Pixels_beyond_the_memory_budget_are_mapped(long budget, bool mapped)
    {
        using TrainingRun run = WiringSet.Build(Builder("recommended", "ss-mfar").UseImageCache(memoryBudget: budget));

        run.Training.IsMemoryMapped.Should().Be(mapped);
    }

    [Fact]
    public void Parts_given_to_the_builder_take_the_place_of_those_of_the_options()
    {
        var weak = new Cutout();
        var strong = new RandomErasing();
        var sampler = new ClassBalancedSampler();
        using var policy = new FixedThresholdPolicy(8);
        using var loss = new ActionUnitLoss();
        var balancing = new WeightedSumBalancing();
        using TrainingRun run = WiringSet.Build(Builder("recommended", "ss-mfar")
            .UseWeakView(_ => weak).UseStrongView(_ => strong).UseSampler(_ => sampler)
            .UsePseudoLabelPolicy(AffectTaskNames.Expression, _ => policy).UseTaskBalancing(_ => balancing)
            .UseLoss(AffectTaskNames.ActionUnits, _ => loss)
            .UseHead(AffectTaskNames.ActionUnits, context => new LinearHead(context.FeatureWidth, 12, context.Key)));

        run.Step.Images.Views.Weak.Should().BeSameAs(weak);
        run.Step.Images.Views.Strong.Should().BeSameAs(strong);
        run.Sampler.Should().BeSameAs(sampler);
        run.Objective.Policies[AffectTaskNames.Expression].Should().BeSameAs(policy);
        run.State.Policies[AffectTaskNames.Expression].Should().BeSameAs(policy);
        run.Objective.Balancing.Should().BeSameAs(balancing);
        run.Objective.Losses.Single(entry => entry.Task == AffectTaskNames.ActionUnits).Loss.Should().BeSameAs(loss);
        run.State.Model.Head(AffectTaskNames.ActionUnits).Should().BeOfType<LinearHead>();
    }

    /// <summary>Twenty steps of two batches of 16 rows, so that one cycle is at its peak in the third.</summary>
    internal static void Small(TrainingOptions options) => (options.ImageSize, options.BatchSize, options.Epochs) = (32, 16, 10);

    private static MultiTaskTrainerBuilder Builder(string recipe, string variant)
    {
        SsMfarVariant row = Tiny.WithoutPretraining(SsMfarVariant.Parse(variant));
        MultiTaskTrainerBuilder builder = MultiTaskTrainer.CreateBuilder().UseRecipe(TrainingRecipe.Parse(recipe)).UseVariant(row)
            .UseDevice(ComputeDevice.Cpu).AllowUnusedOptions().Configure(Small);
        return row.Backbone is null ? builder.UseBackbone(TinyBackbone.Factory) : builder;
    }

    // A rate that stays, so that numbers of steps do not change it.
    private static void Constant(TrainingOptions options) => options.Schedule = new() { Kind = ScheduleKind.Constant, WarmUpFraction = 0 };

    private static void SetConstant(Entries expected) => (expected["adam.course"], expected["adam.beta1"]) = ("1 1 1", "0.9 0.9 0.9");

    private static IEnumerable<string> DifferencesOf(string recipe, string option)
    {
        foreach (OptionChange change in OptionChange.All.Where(change => change.Name == option))
        {
            Entries expected = ExpectedRun.Of(recipe);
            SetConstant(expected);
            change.ApplyTo(expected);
            MultiTaskTrainerBuilder builder = Builder(recipe, "ss-mfar").Configure(Constant).Configure(change.Apply);
            foreach (string difference in Differences(BuiltRun.Record(builder, walk: true), expected))
            {
                yield return difference;
            }
        }
    }

    private static IEnumerable<string> Differences(Entries actual, Entries expected)
    {
        // Nothing asks for these weights where strong views agree with weak ones.
        string[] asked = actual.ContainsKey("agreement.expression.loss") ? ["expression.lambda2", "expression.lambda3"] : [];
        return actual.Keys.Union(expected.Keys).Except(asked).Order(StringComparer.Ordinal)
            .Where(entry => actual.GetValueOrDefault(entry, "missing") != expected.GetValueOrDefault(entry, "missing"))
            .Select(entry =>
                $"{entry} should be {expected.GetValueOrDefault(entry, "missing")}, is {actual.GetValueOrDefault(entry, "missing")}");
    }
}
