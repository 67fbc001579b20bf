namespace SsMfar.Metadata;

/// <summary>What happens to the pooled features before the heads see them, in float32 whatever the backbone computes in.</summary>
public sealed class FeatureProcessing
{
    /// <summary>Makes a description.</summary>
    /// <param name="dropout">The probability that a feature is dropped in training, in [0, 1); 0.5 in the paper.</param>
    /// <param name="l2Normalize">Whether each row is then divided by max(its Euclidean norm, 1e-12), as in the paper.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="dropout"/> is outside [0, 1).</exception>
    public FeatureProcessing(double dropout = 0, bool l2Normalize = false)
    {
        (Dropout, L2Normalize) = (dropout, l2Normalize);
        if (dropout is not (>= 0 and < 1))
        {
            throw new ArgumentOutOfRangeException(nameof(dropout), dropout, "A dropout probability is at least 0 and below 1.");
        }
    }

    /// <summary>Gets the paper's: dropout 0.5, then L2 normalisation.</summary>
    public static FeatureProcessing Paper { get; } = new(0.5, true);

    /// <summary>Gets the probability that a feature is dropped in training, in [0, 1).</summary>
    public double Dropout { get; }

    /// <summary>Gets whether each row is then divided by max(its Euclidean norm, 1e-12).</summary>
    public bool L2Normalize { get; }
}
