using System.Reflection;
using SsMfar.Metadata;
using SsMfar.Tests.Distributed;
using SsMfar.Tests.Training.Frozen;
using SsMfar.Training;

namespace SsMfar.Tests.Training.Wiring;

/// <summary>No option of training is without a test of what it does.</summary>
public sealed class OptionsHeldTests
{
    // Of these another test says what they do: nothing of it is a part, or a number given to one.
    private static readonly Dictionary<string, (Type Tests, string Method)> HeldElsewhere = new()
    {
        ["EvaluateEvery"] =
            (typeof(MultiTaskTrainerTests), nameof(MultiTaskTrainerTests.Epochs_between_evaluations_are_not_evaluated_and_the_last_is)),
        ["ProgressEvery"] =
            (typeof(MultiTaskTrainerTests), nameof(MultiTaskTrainerTests.Progress_is_reported_every_k_steps_and_at_the_end_of_an_epoch)),
        ["OnBadImage"] = (typeof(MultiTaskTrainerTests), nameof(MultiTaskTrainerTests.A_bad_image_ends_the_fit_or_is_left_out)),
        ["Precision"] = (typeof(WhatIsBuiltTests), nameof(WhatIsBuiltTests.The_precision_asked_for_is_the_trained_networks)),
        ["SemiSupervision.Mode"] = (
            typeof(WhatIsBuiltTests), nameof(WhatIsBuiltTests.Each_recipe_and_variant_is_what_its_source_says)),
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

    [Fact]
    public void Every_option_is_held_by_a_test()
    {
        // The weights of tasks are a dictionary, empty at first.
        string[] options = [.. RunDescription.Of(new TrainingOptions(), []).Entries.Keys, "ProgressEvery", "Balancing.Weights"];

        options.Except(OptionChange.Names).Except(HeldElsewhere.Keys)
            .Should().BeEmpty("each needs a line in OptionChange.All, or a test of its own named in HeldElsewhere");
        OptionChange.Names.Concat(HeldElsewhere.Keys).Except(options)
            .Should().BeEmpty("there is no such option");
        HeldElsewhere.Values.Should().OnlyContain(held => held.Tests.GetMethod(held.Method)!.GetCustomAttributes<FactAttribute>().Any());
    }
}
