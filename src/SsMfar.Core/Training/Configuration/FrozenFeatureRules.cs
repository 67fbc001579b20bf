namespace SsMfar.Training;

/// <summary>What frozen features leave without use, and what does nothing without them.</summary>
internal static class FrozenFeatureRules
{
    private const string Frozen = $"{nameof(TrainingOptions.FrozenFeatures)}.";
    private const string Enabled = Frozen + nameof(FrozenFeatureOptions.Enabled);
    private const string WeakViews = Frozen + nameof(FrozenFeatureOptions.WeakViews);
    private const string StrongViews = Frozen + nameof(FrozenFeatureOptions.StrongViews);
    private const string StrongDropout = Frozen + nameof(FrozenFeatureOptions.StrongDropout);

    private const string Mode = $"{nameof(TrainingOptions.SemiSupervision)}.{nameof(SemiSupervisionOptions.Mode)}";
    private const string Statistics = $"{nameof(TrainingOptions.SemiSupervision)}.{nameof(SemiSupervisionOptions.BatchStatistics)}";
    private const string Rate = $"{nameof(TrainingOptions.Optimizer)}.{nameof(OptimizerOptions.BackboneLearningRate)}";
    private const string Epochs = $"{nameof(TrainingOptions.Optimizer)}.{nameof(OptimizerOptions.FrozenBackboneEpochs)}";

    /// <summary>The options without effect.</summary>
    public static IEnumerable<UnusedOptions.Rule> Of(TrainerConfiguration configuration)
    {
        TrainingOptions options = configuration.Options;
        bool frozen = options.FrozenFeatures.Enabled;
        SemiSupervisionMode mode = options.SemiSupervision.Mode;
        const string Remedy = $"set {Enabled} to false";
        yield return new(
            !frozen, [WeakViews, StrongViews, StrongDropout], $"{Enabled} is false, so that the backbone is trained", $"set {Enabled}");
        yield return new(frozen, [Rate, Epochs], $"{Enabled} is true, so that the backbone is never trained", Remedy);
        yield return new(frozen, [Statistics], $"{Enabled} is true, so that the backbone keeps its batch statistics", Remedy);
        yield return new(
            frozen && options.Precision == TrainingPrecision.BFloat16, [nameof(TrainingOptions.Precision)],
            $"{Enabled} is true, so that the backbone computes nothing but features, in float32", Remedy);
        yield return new(
            frozen && mode == SemiSupervisionMode.None, [StrongViews, StrongDropout],
            $"{Mode} is {mode}, so that there are no strong views", $"choose another {Mode}");
        yield return new(
            frozen && options.FrozenFeatures.ViewsWith(mode) == 2, [nameof(TrainingOptions.Views)],
            "no features of augmented views are computed", $"raise {WeakViews}");
    }

    /// <summary>Views that nobody would ask for.</summary>
    public static IEnumerable<string> PartsOf(TrainerConfiguration configuration)
    {
        if (configuration.Options.FrozenFeatures is not { Enabled: true } options)
        {
            yield break;
        }

        if (configuration.WeakView is not null && options.WeakViews == 0)
        {
            yield return $"A weak view was given, and {WeakViews} is 0: leave it out, or raise {WeakViews}";
        }

        if (configuration.StrongView is not null && options.StrongViews == 0)
        {
            yield return $"A strong view was given, and {StrongViews} is 0: leave it out, or raise {StrongViews}";
        }
    }
}
