using System.ComponentModel.DataAnnotations;

namespace SsMfar.SemiSupervised;

/// <summary>How <see cref="SoftMatchPolicy"/> weighs; the defaults are those of the paper's equations.</summary>
public sealed class SoftMatchOptions
{
    /// <summary>Gets or sets m: how much of the running mean and variance a step keeps, in [0, 1].</summary>
    [Range(0.0, 1.0)]
    public double Momentum { get; set; } = 0.999;

    /// <summary>Gets or sets lambda_max: the weight of a row at or over the mean, in [0, 1].</summary>
    [Range(0.0, 1.0)]
    public double LargestWeight { get; set; } = 1;

    /// <summary>
    /// Gets or sets what the variance is divided by the square of; 1 in the paper's equation, 2 in its authors' code. Positive.
    /// </summary>
    [Range(double.Epsilon, double.MaxValue)]
    public double Sharpness { get; set; } = 1;

    /// <summary>
    /// Gets or sets whether probabilities are aligned with the uniform distribution before they are weighed (not before a class is chosen).
    /// </summary>
    public bool UniformAlignment { get; set; } = true;

    internal SoftMatchOptions Copy() => (SoftMatchOptions)MemberwiseClone();
}
