using SsMfar.Distributed;
using SsMfar.Models;

namespace SsMfar.Training;

/// <summary>The number format that a run's backbone starts, or goes on, in.</summary>
internal static class StartingPrecision
{
    /// <summary>What was demanded; of <see cref="TrainingPrecision.Auto"/> what the run was started in, else what a trial says.</summary>
    /// <param name="parts">The run's parts.</param>
    /// <param name="backbone">The run's backbone.</param>
    /// <exception cref="TrainingConfigurationException">A format was demanded of a backbone or a device that does not have it.</exception>
    public static ComputePrecision Of(TrainingParts parts, IBackbone backbone)
    {
        TrainingOptions options = parts.Options;
        ComputePrecision precision = options.Precision.Resolve(backbone, parts.Device);
        ComputePrecision? started = StartedIn(parts);
        if (options.FrozenFeatures.Enabled)
        {
            // Features are computed as in evaluation.
            return ComputePrecision.Full;
        }

        if (options.Precision != TrainingPrecision.Auto || backbone is not IComputePrecision)
        {
            return precision;
        }

        if (started is { } before)
        {
            return before;
        }

        // A run that is begun with less than its course, as a search's are, decides as the whole one does.
        long epochs = Math.Max(options.Epochs, options.Schedule.Epochs ?? 0);
        long steps = epochs * ((parts.Training.Count + options.BatchSize - 1L) / options.BatchSize);
        if (parts.Ranks is not null || steps < AutomaticPrecision.LeastSteps || !parts.AutomaticPrecision.IsOpen(backbone, parts.Device))
        {
            return precision;
        }

        PrecisionOutcome outcome = parts.AutomaticPrecision.Decide(
            backbone, () => parts.Configuration.Backbone.Create(parts.Root), parts.Device, options.BatchSize, options.ImageSize);
        TrainingLog.PrecisionDecided(parts.Logger, outcome.Precision, outcome.Speedup, outcome.Tried ? "tried now" : "tried before");
        return outcome.Precision;
    }

    // Rank 0 alone has the checkpoint.
    private static ComputePrecision? StartedIn(TrainingParts parts)
    {
        ComputePrecision? here = parts.Checkpoint is { Exists: true } checkpoint ? checkpoint.StartedIn() : null;
        return parts.Ranks is null ? here
            : Enum.TryParse(parts.Ranks.Group.FromFirst(here?.ToString() ?? ""), out ComputePrecision first) ? first
            : null;
    }
}
