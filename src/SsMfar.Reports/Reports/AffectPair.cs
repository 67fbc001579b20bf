namespace SsMfar.Reports;

/// <summary>Valence and arousal, or one of them.</summary>
/// <param name="Valence">The valence; null where it is not known.</param>
/// <param name="Arousal">The arousal; null where it is not known.</param>
internal readonly record struct KnownAffect(double? Valence, double? Arousal)
{
    /// <summary>What is known, in words.</summary>
    public override string ToString() => string.Join(", ", new[] { Word("valence", Valence), Word("arousal", Arousal) }.OfType<string>());

    private static string? Word(string name, double? value) =>
        value is { } known ? FormattableString.Invariant($"{name} {known:+0.00;-0.00;0.00}") : null;
}

/// <summary>A label and what was read, of what both have.</summary>
/// <param name="Row">The row of the labels.</param>
/// <param name="Label">The label.</param>
/// <param name="Read">What was read.</param>
internal readonly record struct AffectPair(int Row, KnownAffect Label, KnownAffect Read)
{
    /// <summary>How far apart they are: the distance in the plane, or along the one axis that is known.</summary>
    public double Distance => Math.Sqrt(
        Math.Pow(Label.Valence - Read.Valence ?? 0, 2) + Math.Pow(Label.Arousal - Read.Arousal ?? 0, 2));
}
