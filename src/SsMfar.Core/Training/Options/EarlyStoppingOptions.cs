using System.ComponentModel.DataAnnotations;

namespace SsMfar.Training;

/// <summary>
/// When a run ends before its last epoch, because the monitored score on the validation set no longer rises (Prechelt, "Early Stopping -
/// But When?", 1998). The best epoch's model is kept either way.
/// </summary>
public sealed class EarlyStoppingOptions
{
    /// <summary>
    /// Gets or sets how many evaluations in a row may pass without an improvement before the run ends; null to run all epochs. The learning
    /// rate's course still counts on all epochs, so a run under one cycle or cosine that stops early has not seen its low rates.
    /// </summary>
    [Range(1, 100_000)]
    public int? Patience { get; set; }

    /// <summary>Gets or sets by how much a score must exceed that of the last improvement to be one, at least 0.</summary>
    [Range(0.0, double.MaxValue)]
    public double MinimumImprovement { get; set; }
}
