using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace SsMfar.Training;

/// <summary>Where a run is, beside its tensors: what a checkpoint keeps as text.</summary>
internal sealed record TrainingPosition
{
    /// <summary>Gets the epoch under way, from 1.</summary>
    public int Epoch { get; init; } = 1;

    /// <summary>Optimizer steps already taken in that epoch.</summary>
    public int StepInEpoch { get; init; }

    /// <summary>Optimizer steps already taken in all.</summary>
    public long Step { get; init; }

    /// <summary>
    /// Gets the step at which the learning rate's course begins: 0, or where it was restated for the epochs that were left.
    /// </summary>
    public long CourseStart { get; init; }

    /// <summary>Sums of the loss terms, by name, over the steps of the epoch under way.</summary>
    public ImmutableSortedDictionary<string, double> LossSums { get; init; } = ImmutableSortedDictionary<string, double>.Empty;

    /// <summary>Gets how many batches <see cref="LossSums"/> are over.</summary>
    public long LossCount { get; init; }

    /// <summary>Gets seconds spent in the epoch under way.</summary>
    public double EpochSeconds { get; init; }

    /// <summary>
    /// Gets those of them in which it trained, without the evaluation; null in checkpoints of earlier versions, which do not tell.
    /// </summary>
    public double? TrainingSeconds { get; init; }

    /// <summary>Gets the epochs that ended.</summary>
    public ImmutableArray<EpochResult> History { get; init; } = [];

    /// <summary>Gets the epoch whose model is kept as the best, or 0.</summary>
    public int BestEpoch { get; init; }

    /// <summary>Gets the monitored score of that epoch; null when no epoch was evaluated or the score was undefined.</summary>
    public double? BestScore { get; init; }

    /// <summary>Gets whether a run can be here: what a damaged file says may be anything.</summary>
    [JsonIgnore]
    public bool IsPossible =>
        Epoch >= 1 && StepInEpoch >= 0 && Step >= StepInEpoch && CourseStart >= 0 && CourseStart <= Step && LossCount >= 0
        && LossSums is not null && !History.IsDefault && BestEpoch >= 0 && BestEpoch <= Epoch
        && History.All(epoch => epoch is { Losses: not null, Policy: not null });
}
