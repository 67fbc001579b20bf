using SsMfar.Metadata;
using SsMfar.Metrics;

namespace SsMfar.Inference;

/// <summary>Tuned decisions in what a model file says.</summary>
public static class TunedMetadata
{
    /// <summary>
    /// Returns the same metadata with tuned decisions; parts that were not tuned stay. Where the model then decides otherwise than before,
    /// its card's scores, which are of what it decided, are left out: <see cref="ModelCard.Evaluation"/> is null.
    /// </summary>
    /// <param name="metadata">The metadata of a model, or of each of several that were tuned as their average.</param>
    /// <param name="tuning">What tuning gave.</param>
    /// <exception cref="ArgumentException">There are not as many weights as classes.</exception>
    /// <exception cref="InvalidOperationException">The model lacks a task that was tuned.</exception>
    public static ModelMetadata WithDecisions(this ModelMetadata metadata, DecisionTuningResult tuning)
    {
        ArgumentNullException.ThrowIfNull(metadata);
        ArgumentNullException.ThrowIfNull(tuning);
        ModelMetadata tuned = tuning.Expression is { } expression ? metadata.WithExpressionDecision(expression) : metadata;
        tuned = tuning.ActionUnitThresholds is { } thresholds ? tuned.WithActionUnitThresholds(thresholds) : tuned;
        return tuned.Card is { Evaluation: not null } card && tuned != metadata
            ? tuned with { Card = card with { Evaluation = null } }
            : tuned;
    }
}
