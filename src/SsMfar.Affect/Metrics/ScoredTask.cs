namespace SsMfar.Metrics;

/// <summary>A task of the multi-task challenge, by its score.</summary>
public enum ScoredTask
{
    /// <summary>The expression: F1, the mean over classes.</summary>
    Expression,

    /// <summary>The action units: F1, the mean over units.</summary>
    ActionUnits,

    /// <summary>Valence and arousal: CCC, the mean of both.</summary>
    ValenceArousal,
}
