using System.Collections.Immutable;
using SsMfar.Data;

namespace SsMfar.Predictions;

/// <summary>What a model reads in one face. A part is null where the model has no such task.</summary>
public sealed record AffectPrediction
{
    /// <summary>The expression.</summary>
    public ExpressionPrediction? Expression { get; init; }

    /// <summary>Valence and arousal, each clamped to [-1, 1].</summary>
    public ValenceArousal? ValenceArousal { get; init; }

    /// <summary>The action units.</summary>
    public ActionUnitPrediction? ActionUnits { get; init; }

    /// <summary>The predictions of tasks of your own, by name: whatever the task's decoder returns.</summary>
    public ImmutableDictionary<string, object> Custom { get; init; } = ImmutableDictionary<string, object>.Empty;

    /// <summary>Valence in [-1, 1].</summary>
    /// <exception cref="InvalidOperationException">The model does not predict valence and arousal.</exception>
    public float Valence => Affect.Valence;

    /// <summary>Arousal in [-1, 1].</summary>
    /// <exception cref="InvalidOperationException">The model does not predict valence and arousal.</exception>
    public float Arousal => Affect.Arousal;

    private ValenceArousal Affect =>
        ValenceArousal ?? throw new InvalidOperationException("The model does not predict valence and arousal.");
}
