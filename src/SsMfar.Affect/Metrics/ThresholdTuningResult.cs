using System.Collections.Immutable;

namespace SsMfar.Metrics;

/// <summary>Tuned thresholds and what they are worth.</summary>
/// <param name="Thresholds">Twelve probabilities in (0, 1): a unit is present where its probability is greater.</param>
/// <param name="Untuned">The scores with the thresholds as they were; null without a known unit.</param>
/// <param name="CrossFitted">
/// The scores when each half of the rows is decided by the thresholds tuned on the other half: what to expect of tuning on unseen rows.
/// Null without a known unit.
/// </param>
/// <param name="Tuned">
/// The scores on the very rows that <paramref name="Thresholds"/> were tuned on, which flatter them. Null without a known unit.
/// </param>
public sealed record ThresholdTuningResult(
    ImmutableArray<float> Thresholds, ActionUnitScores? Untuned, ActionUnitScores? CrossFitted, ActionUnitScores? Tuned);
