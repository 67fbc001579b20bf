namespace SsMfar.Losses;

/// <summary>The names of the terms that the built-in losses report.</summary>
internal static class LossTerms
{
    /// <summary>Learning from labels.</summary>
    public const string Supervised = "supervised";

    /// <summary>Learning from pseudo-labels.</summary>
    public const string Unsupervised = "unsupervised";

    /// <summary>The divergence of the two views.</summary>
    public const string Consistency = "consistency";
}
