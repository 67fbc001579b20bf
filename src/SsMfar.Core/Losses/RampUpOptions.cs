using System.ComponentModel.DataAnnotations;

namespace SsMfar.Losses;

/// <summary>
/// How the weight of what unlabelled rows teach grows over the epochs: nothing at first, then the course of Laine and Aila, "Temporal
/// Ensembling for Semi-Supervised Learning" (2017), section 3.1. The default is its whole weight from the first step on, as in the SS-MFAR
/// paper. A coupling of tasks (<see cref="DistributionMatching"/>) is of all rows, and has its whole weight always.
/// </summary>
public sealed class RampUpOptions
{
    // Of the exponent; the paper's.
    private const double Steepness = 5;

    /// <summary>
    /// Gets or sets how many epochs at the start learn from labelled rows alone, but for a coupling, and make no strong view; 0 or more.
    /// </summary>
    [Range(0, 100_000)]
    public int WarmUpEpochs { get; set; }

    /// <summary>
    /// Gets or sets over how many epochs the weight then grows, 0 or more; 0 for the whole weight at once. The first of them has
    /// exp(-5) = 0.0067 of it, the epoch after the last one all.
    /// </summary>
    [Range(0, 100_000)]
    public int Epochs { get; set; }

    /// <summary>
    /// The factor of an epoch's weights: 0 in the warm-up, then exp(-5 (1 - t)^2), t going from 0 to 1 over the ramp, then 1.
    /// </summary>
    /// <param name="epoch">From 1.</param>
    /// <returns>0 to 1.</returns>
    public double Factor(int epoch)
    {
        int after = epoch - WarmUpEpochs - 1;
        return after < 0 ? 0 : after >= Epochs ? 1 : Math.Exp(-Steepness * Math.Pow(1 - ((double)after / Epochs), 2));
    }

    internal RampUpOptions Copy() => (RampUpOptions)MemberwiseClone();
}
