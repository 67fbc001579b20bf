using System.Collections.Immutable;
using SsMfar.Data;
using SsMfar.Predictions;

namespace SsMfar.Video;

/// <summary>
/// A model's readings as rows of numbers, and back: valence, arousal, a probability for each class and one for each unit, and intensities
/// of units, of the tasks that are there. Classes, units, thresholds and what decides are the same for all readings of a model.
/// </summary>
/// <param name="HasAffect">Whether there are valence and arousal.</param>
/// <param name="Classes">The expressions, or null.</param>
/// <param name="Decision">What decides for one of them.</param>
/// <param name="Thresholds">Those of the units; none without that task.</param>
/// <param name="Units">The units that the thresholds are of.</param>
/// <param name="IntensityUnits">The units of intensities, or null.</param>
internal sealed record ReadingShape(
    bool HasAffect, ExpressionClassSet? Classes, ExpressionDecision Decision, ImmutableArray<float> Thresholds, ActionUnitSet Units,
    ActionUnitSet? IntensityUnits)
{
    public int Width => IntensitiesAt + (IntensityUnits?.Count ?? 0);

    /// <summary>The first of the classes' numbers.</summary>
    public int ExpressionAt => HasAffect ? 2 : 0;

    /// <summary>The first of the units' numbers.</summary>
    public int UnitsAt => ExpressionAt + (Classes?.Count ?? 0);

    /// <summary>The first of the intensities.</summary>
    public int IntensitiesAt => UnitsAt + Thresholds.Length;

    public static ReadingShape Of(AffectPrediction prediction) => new(
        prediction.ValenceArousal is not null,
        prediction.Expression?.Classes,
        prediction.Expression?.Decision ?? ExpressionDecision.MostProbable,
        prediction.ActionUnits?.Thresholds ?? [],
        prediction.ActionUnits?.Units ?? ActionUnitSet.AffWild2,
        prediction.ActionUnitIntensities?.Units);

    /// <summary>The numbers of a reading.</summary>
    public static float[] Numbers(AffectPrediction prediction) =>
    [
        .. prediction.ValenceArousal is { } affect ? [affect.Valence, affect.Arousal] : Array.Empty<float>(),
        .. prediction.Expression?.Probabilities ?? [],
        .. prediction.ActionUnits?.Probabilities ?? [],
        .. prediction.ActionUnitIntensities?.Values ?? [],
    ];

    /// <summary>The reading that numbers stand for.</summary>
    /// <param name="numbers">As many as <see cref="Width"/>.</param>
    /// <param name="custom">Predictions of custom tasks, which have no numbers here.</param>
    public AffectPrediction Read(ReadOnlySpan<float> numbers, ImmutableDictionary<string, object>? custom = null) => new()
    {
        ValenceArousal = HasAffect ? new(numbers[0], numbers[1]) : null,
        Expression = Classes is null ? null : new(Classes, [.. numbers[ExpressionAt..UnitsAt]], Decision),
        ActionUnits = Thresholds.IsEmpty ? null : new([.. numbers[UnitsAt..IntensitiesAt]], Thresholds, Units),
        ActionUnitIntensities = IntensityUnits is null ? null : new([.. numbers[IntensitiesAt..]], IntensityUnits),
        Custom = custom ?? ImmutableDictionary<string, object>.Empty,
    };

    public bool Equals(ReadingShape? other) => other is not null && HasAffect == other.HasAffect
        && (Classes?.Names ?? []).SequenceEqual(other.Classes?.Names ?? [])
        && Units.Equals(other.Units) && Equals(IntensityUnits, other.IntensityUnits)
        && Decision.Equals(other.Decision) && Thresholds.AsSpan().SequenceEqual(other.Thresholds.AsSpan());

    public override int GetHashCode() => HashCode.Combine(HasAffect, Width, Decision);
}
