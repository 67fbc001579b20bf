namespace SsMfar.Models;

/// <summary>What happens to the pooled features before the heads see them, in float32 whatever the backbone computes in.</summary>
/// <param name="Dropout">The probability that a feature is dropped in training, in [0, 1); 0.5 in the paper.</param>
/// <param name="L2Normalize">Whether each row is then divided by max(its Euclidean norm, 1e-12), as in the paper.</param>
public sealed record FeatureProcessing(double Dropout = 0, bool L2Normalize = false)
{
    /// <summary>The paper's: dropout 0.5, then L2 normalisation.</summary>
    public static FeatureProcessing Paper { get; } = new(0.5, true);

    /// <summary>The probability that a feature is dropped in training, in [0, 1).</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside [0, 1).</exception>
    public double Dropout { get; init => field = Checked(value); } = Checked(Dropout);

    private static double Checked(double value) =>
        value is >= 0 and < 1
            ? value
            : throw new ArgumentOutOfRangeException(nameof(Dropout), value, "A dropout probability is at least 0 and below 1.");
}
