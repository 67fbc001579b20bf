namespace SsMfar.Data;

/// <summary>A point of the circumplex of affect.</summary>
/// <param name="Valence">How pleasant, in [-1, 1].</param>
/// <param name="Arousal">How activated, in [-1, 1].</param>
public readonly record struct ValenceArousal(float Valence, float Arousal);
