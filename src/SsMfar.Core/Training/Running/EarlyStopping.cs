namespace SsMfar.Training;

/// <summary>Decides when a run ends. A function of the history alone, so that a resumed run decides as one never stopped.</summary>
internal static class EarlyStopping
{
    /// <summary>Why a run with this history has ended; null while it goes on.</summary>
    public static TrainingStopReason? Reason(TrainingOptions options, IReadOnlyCollection<EpochResult> history)
    {
        if (history.Count >= options.Epochs)
        {
            return TrainingStopReason.EpochsCompleted;
        }

        return options.EarlyStopping.Patience is { } patience && EvaluationsWithoutImprovement(options.EarlyStopping, history) >= patience
            ? TrainingStopReason.NoImprovement
            : null;
    }

    // An undefined score improves on nothing.
    private static int EvaluationsWithoutImprovement(EarlyStoppingOptions options, IEnumerable<EpochResult> history)
    {
        double? reference = null;
        int without = 0;
        foreach (EvaluationResult evaluation in history.Select(epoch => epoch.Evaluation).OfType<EvaluationResult>())
        {
            if (evaluation.Score is { } score && (reference is null || score > reference + options.MinimumImprovement))
            {
                reference = score;
                without = 0;
            }
            else
            {
                without++;
            }
        }

        return without;
    }
}
