using System.Collections.Immutable;
using SsMfar.Models;

namespace SsMfar.Predictions;

/// <summary>What a model's metadata say of its action units.</summary>
public static class ModelMetadataExtensions
{
    /// <summary>
    /// The probabilities above which the units are present, in the order of <see cref="Data.ActionUnits.All"/>; null for a model whose
    /// units have none.
    /// </summary>
    /// <param name="metadata">The metadata.</param>
    public static ImmutableArray<float>? ActionUnitThresholds(this ModelMetadata metadata)
    {
        ArgumentNullException.ThrowIfNull(metadata);
        return metadata.Decoders.TryGetValue(AffectTaskNames.ActionUnits, out PartDescription? decoder) &&
            decoder.Kind == ActionUnitDecoder.Kind
            ? ActionUnitDecoder.Create(decoder).Thresholds
            : null;
    }

    /// <summary>The same metadata with other thresholds.</summary>
    /// <param name="metadata">The metadata.</param>
    /// <param name="thresholds">Twelve probabilities in (0, 1).</param>
    /// <exception cref="ArgumentException">They are not twelve, or one is outside (0, 1).</exception>
    /// <exception cref="InvalidOperationException">The model's units have no thresholds.</exception>
    public static ModelMetadata WithActionUnitThresholds(this ModelMetadata metadata, IEnumerable<float> thresholds)
    {
        ArgumentNullException.ThrowIfNull(thresholds);
        return metadata.ActionUnitThresholds() is not null
            ? metadata with { Decoders = metadata.Decoders
                .SetItem(AffectTaskNames.ActionUnits, new ActionUnitDecoder(thresholds).Description) }
            : throw new InvalidOperationException("The model has no action units with thresholds.");
    }
}
