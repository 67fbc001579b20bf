using System.Collections.Immutable;

namespace SsMfar.Metrics;

/// <summary>Tuned thresholds and what they are worth.</summary>
public sealed class ThresholdTuningResult
{
    internal ThresholdTuningResult(
        ImmutableArray<float> thresholds, ActionUnitScores? untuned, ActionUnitScores? crossFitted, ActionUnitScores? tuned) =>
        (Thresholds, Untuned, CrossFitted, Tuned) = (thresholds, untuned, crossFitted, tuned);

    /// <summary>Gets a probability in (0, 1) for each unit: a unit is present where its probability is greater.</summary>
    public ImmutableArray<float> Thresholds { get; }

    /// <summary>Gets the scores with the thresholds as they were; null without a known unit.</summary>
    public ActionUnitScores? Untuned { get; }

    /// <summary>
    /// Gets the scores when each fold of the rows is decided by the thresholds tuned on the others: what to expect of tuning on unseen
    /// rows. Null without a known unit.
    /// </summary>
    public ActionUnitScores? CrossFitted { get; }

    /// <summary>
    /// Gets the scores on the very rows that <see cref="Thresholds"/> were tuned on, which flatter them. Null without a known unit.
    /// </summary>
    public ActionUnitScores? Tuned { get; }
}
