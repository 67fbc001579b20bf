using System.Collections.Immutable;
using SsMfar.Data;
using SsMfar.Predictions;

namespace SsMfar.Video;

/// <summary>
/// A model's readings as rows of numbers, and back: valence, arousal, a probability for each class and one for each unit, of the tasks that
/// are there. Classes, thresholds and what decides are the same for all readings of a model.
/// </summary>
internal sealed record ReadingShape(
    bool HasAffect, ExpressionClassSet? Classes, ExpressionDecision Decision, ImmutableArray<float> Thresholds)
{
    public int Width => (HasAffect ? 2 : 0) + (Classes?.Count ?? 0) + Thresholds.Length;

    /// <summary>The first of the classes' numbers.</summary>
    public int ExpressionAt => HasAffect ? 2 : 0;

    /// <summary>The first of the units' numbers.</summary>
    public int UnitsAt => ExpressionAt + (Classes?.Count ?? 0);

    public static ReadingShape Of(AffectPrediction prediction) => new(
        prediction.ValenceArousal is not null,
        prediction.Expression?.Classes,
        prediction.Expression?.Decision ?? ExpressionDecision.MostProbable,
        prediction.ActionUnits?.Thresholds ?? []);

    /// <summary>The numbers of a reading.</summary>
    public static float[] Numbers(AffectPrediction prediction) =>
    [
        .. prediction.ValenceArousal is { } affect ? [affect.Valence, affect.Arousal] : Array.Empty<float>(),
        .. prediction.Expression?.Probabilities ?? [],
        .. prediction.ActionUnits?.Probabilities ?? [],
    ];

    /// <summary>The reading that numbers stand for.</summary>
    /// <param name="numbers">As many as <see cref="Width"/>.</param>
    /// <param name="custom">Predictions of custom tasks, which have no numbers here.</param>
    public AffectPrediction Read(ReadOnlySpan<float> numbers, ImmutableDictionary<string, object>? custom = null) => new()
    {
        ValenceArousal = HasAffect ? new(numbers[0], numbers[1]) : null,
        Expression = Classes is null ? null : new(Classes, [.. numbers[ExpressionAt..UnitsAt]], Decision),
        ActionUnits = Thresholds.IsEmpty ? null : new([.. numbers[UnitsAt..]], Thresholds),
        Custom = custom ?? ImmutableDictionary<string, object>.Empty,
    };

    public bool Equals(ReadingShape? other) => other is not null && HasAffect == other.HasAffect
        && (Classes?.Names ?? []).SequenceEqual(other.Classes?.Names ?? [])
        && Decision.Equals(other.Decision) && Thresholds.AsSpan().SequenceEqual(other.Thresholds.AsSpan());

    public override int GetHashCode() => HashCode.Combine(HasAffect, Width, Decision);
}
