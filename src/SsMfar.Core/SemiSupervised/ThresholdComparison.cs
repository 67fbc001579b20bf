namespace SsMfar.SemiSupervised;

/// <summary>When a probability passes a threshold.</summary>
public enum ThresholdComparison
{
    /// <summary>When it is greater (the SS-MFAR paper).</summary>
    Greater,

    /// <summary>When it is greater or equal (the published code; FixMatch).</summary>
    GreaterOrEqual,
}
