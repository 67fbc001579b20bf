using System.Collections.Immutable;

namespace SsMfar.Metrics;

/// <summary>How far probabilities can be believed.</summary>
public sealed class CalibrationScores
{
    internal CalibrationScores(long count, double negativeLogLikelihood, double brier, ImmutableArray<ReliabilityBin> bins)
    {
        (Count, NegativeLogLikelihood, Brier, Bins) = (count, negativeLogLikelihood, brier, bins);
        ExpectedCalibrationError = bins.Sum(bin => bin.Count * Math.Abs((bin.Confidence - bin.Share) ?? 0)) / count;
    }

    /// <summary>Gets the number of labels that the probabilities were compared with.</summary>
    public long Count { get; }

    /// <summary>
    /// Gets the expected calibration error, 0 to 1: over the bins, the mean of how far confidence and share are apart, weighted by the rows
    /// (Guo et al., 2017, Eq. 5). With few rows it is above 0 for perfect probabilities too.
    /// </summary>
    public double ExpectedCalibrationError { get; }

    /// <summary>
    /// Gets the mean negative logarithm of the probability of what is true, at least 0; a probability of 0 counts as 1.4e-45.
    /// </summary>
    public double NegativeLogLikelihood { get; }

    /// <summary>
    /// Gets the Brier score: the mean squared distance of the probabilities from the truth as 0 and 1. Of an expression it is summed over
    /// the classes, 0 to 2 (Brier, 1950); of a unit it is that of its presence, 0 to 1.
    /// </summary>
    public double Brier { get; }

    /// <summary>Gets the bins of equal width, from 0 to 1: the reliability diagram.</summary>
    public ImmutableArray<ReliabilityBin> Bins { get; }
}
