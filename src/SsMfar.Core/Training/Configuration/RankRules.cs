namespace SsMfar.Training;

/// <summary>What several ranks cannot do as one process does, and what does nothing without them.</summary>
internal static class RankRules
{
    private const string Enabled = $"{nameof(TrainingOptions.FrozenFeatures)}.{nameof(FrozenFeatureOptions.Enabled)}";

    /// <summary>The faults of a configuration with a group.</summary>
    public static IEnumerable<string> FaultsOf(TrainerConfiguration configuration)
    {
        if (configuration.Group is not { Size: > 1 and var ranks } || configuration.Options is not { BatchSize: var rows } options)
        {
            yield break;
        }

        if (rows % ranks != 0)
        {
            yield return FormattableString.Invariant(
                $"{nameof(TrainingOptions.BatchSize)} is {rows}, the batch of all {ranks} ranks together, and cannot be shared evenly: ") +
                FormattableString.Invariant($"choose a multiple of {ranks}, such as {(rows + ranks - 1) / ranks * ranks}");
        }
        else if (rows < 2 * ranks)
        {
            yield return FormattableString.Invariant(
                $"{nameof(TrainingOptions.BatchSize)} is {rows}, the batch of all {ranks} ranks together, of whom each needs 2 rows: ") +
                "raise it, or train on fewer ranks";
        }

        if (options.FrozenFeatures is { Enabled: true })
        {
            yield return $"{Enabled} is true, and features are drawn by one process alone: leave " +
                $"{nameof(MultiTaskTrainerBuilder.UseProcessGroup)} out, which such short runs do not need, or set {Enabled} to false";
        }
    }

    /// <summary>The options without effect.</summary>
    public static UnusedOptions.Rule Of(TrainerConfiguration configuration) => new(
        configuration.Group is null,
        [nameof(TrainingOptions.Distributed)],
        "the run is not spread over ranks",
        $"call {nameof(MultiTaskTrainerBuilder.UseProcessGroup)}");
}
