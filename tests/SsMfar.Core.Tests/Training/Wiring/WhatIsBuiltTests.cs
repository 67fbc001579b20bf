using System.Reflection;
using SsMfar.Augmentation;
using SsMfar.Data;
using SsMfar.Losses;
using SsMfar.Metadata;
using SsMfar.Models;
using SsMfar.Runtime;
using SsMfar.SemiSupervised;
using SsMfar.Tasks;
using SsMfar.Tests.Distributed;
using SsMfar.Tests.Training.Frozen;
using SsMfar.Training;

namespace SsMfar.Tests.Training.Wiring;

/// <summary>What a trainer builds for each recipe, variant and option is what the paper, its code and docs/method.md say.</summary>
public sealed class WhatIsBuiltTests
{
    // Of these another test says what they do: nothing of it is a part, or a number given to one.
    private static readonly Dictionary<string, (Type Tests, string Method)> HeldElsewhere = new()
    {
        ["EvaluateEvery"] =
            (typeof(MultiTaskTrainerTests), nameof(MultiTaskTrainerTests.Epochs_between_evaluations_are_not_evaluated_and_the_last_is)),
        ["ProgressEvery"] =
            (typeof(MultiTaskTrainerTests), nameof(MultiTaskTrainerTests.Progress_is_reported_every_k_steps_and_at_the_end_of_an_epoch)),
        ["OnBadImage"] = (typeof(MultiTaskTrainerTests), nameof(MultiTaskTrainerTests.A_bad_image_ends_the_fit_or_is_left_out)),
        ["Precision"] = (typeof(WhatIsBuiltTests), nameof(The_precision_asked_for_is_the_trained_networks)),
        ["SemiSupervision.Mode"] = (typeof(WhatIsBuiltTests), nameof(Each_recipe_and_variant_is_what_its_source_says)),
        ["FrozenFeatures.Enabled"] = (
            typeof(FrozenFeaturesTests),
            nameof(FrozenFeaturesTests.The_backbone_stays_as_it_is_the_heads_learn_and_the_file_predicts_images_as_it_was_judged)),
        ["FrozenFeatures.WeakViews"] = (
            typeof(FrozenViewsTests),
            nameof(FrozenViewsTests.Weak_views_are_drawn_from_the_image_its_mirror_image_and_the_augmented_ones_alike)),
        ["FrozenFeatures.StrongViews"] =
            (typeof(FrozenViewsTests), nameof(FrozenViewsTests.Strong_views_are_drawn_from_those_that_were_computed)),
        ["FrozenFeatures.StrongDropout"] =
            (typeof(FrozenViewsTests), nameof(FrozenViewsTests.Features_of_strong_views_alone_are_dropped_as_often_as_asked_for)),
        ["EarlyStopping.Patience"] = (
            typeof(EarlyStoppingTests),
            nameof(EarlyStoppingTests.A_run_ends_after_as_many_evaluations_without_an_improvement_as_its_patience)),
        ["EarlyStopping.MinimumImprovement"] = (
            typeof(EarlyStoppingTests),
            nameof(EarlyStoppingTests.A_run_ends_after_as_many_evaluations_without_an_improvement_as_its_patience)),
        ["Distributed.SynchronizeBatchNorm"] = (
            typeof(RankedRunTests),
            nameof(RankedRunTests.Without_shared_statistics_each_rank_normalises_its_own_rows_and_running_ones_are_the_mean_of_all)),
        ["Distributed.CheckWeights"] = (
            typeof(RankFaultTests),
            nameof(RankFaultTests.Ranks_that_come_to_hold_other_weights_end_with_the_name_of_the_first_unless_they_are_not_to_look)),
        ["Distributed.BucketMegabytes"] = (
            typeof(RankedRunTests), nameof(RankedRunTests.Sums_are_the_same_bits_in_buckets_of_any_size_and_keep_each_tensor_s_layout)),
        ["Distributed.GradientFormat"] = (
            typeof(RankedRunTests), nameof(RankedRunTests.A_step_sends_as_many_bytes_as_the_cost_model_says)),
        ["Distributed.OverlapBackward"] = (
            typeof(GradientExchangeTests),
            nameof(GradientExchangeTests.Whole_parts_are_on_their_way_before_the_step_asks_for_their_sums)),
    };

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

    public static TheoryData<string> Recipes => [.. TrainingRecipe.All.Select(recipe => recipe.Name)];

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
    [MemberData(nameof(Recipes))]
    public void Each_option_changes_what_it_says_and_nothing_else(string recipe)
    {
        var differences = new List<string>();
        foreach (OptionChange change in OptionChange.All)
        {
            Entries expected = ExpectedRun.Of(recipe);
            SetConstant(expected);
            change.ApplyTo(expected);
            MultiTaskTrainerBuilder builder = Builder(recipe, "ss-mfar").Configure(Constant).Configure(change.Apply);
            differences.AddRange(Differences(BuiltRun.Record(builder, walk: true), expected).Select(text => $"{change.Name}: {text}"));
        }

        string.Join(Environment.NewLine, differences).Should().BeEmpty();
    }

    [Fact]
    public void Every_option_is_held_by_a_test()
    {
        // The weights of tasks are a dictionary, empty at first.
        string[] options = [.. RunDescription.Of(new TrainingOptions(), []).Entries.Keys, "ProgressEvery", "Balancing.Weights"];

        options.Except(OptionChange.All.Select(change => change.Name)).Except(HeldElsewhere.Keys)
            .Should().BeEmpty("each needs a line in OptionChange.All, or a test of its own named in HeldElsewhere");
        OptionChange.All.Select(change => change.Name).Concat(HeldElsewhere.Keys).Except(options)
            .Should().BeEmpty("there is no such option");
        HeldElsewhere.Values.Should().OnlyContain(held => held.Tests.GetMethod(held.Method)!.GetCustomAttributes<FactAttribute>().Any());
    }

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
