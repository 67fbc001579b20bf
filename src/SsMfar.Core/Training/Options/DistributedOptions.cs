using System.ComponentModel.DataAnnotations;

namespace SsMfar.Training;

/// <summary>
/// How ranks train together, where there are several (<see cref="MultiTaskTrainerBuilder.UseProcessGroup"/>). What they learn does not
/// depend on it but for batch norms.
/// </summary>
public sealed class DistributedOptions
{
    /// <summary>
    /// Gets or sets whether batch norms take the statistics of the global batch, as one process does, at the cost of two exchanges a batch
    /// norm and step. Otherwise each rank normalises its rows by their own statistics, as if the batch were that much smaller, and the
    /// running ones are the mean of all ranks'.
    /// </summary>
    public bool SynchronizeBatchNorm { get; set; }

    /// <summary>
    /// Gets or sets whether ranks compare their weights, averages, thresholds and other state after each epoch, bit for bit, and end the
    /// run where they differ.
    /// </summary>
    public bool CheckWeights { get; set; } = true;

    /// <summary>Gets or sets how many megabytes of gradients are summed at once, 1 to 1024.</summary>
    [Range(1, 1024)]
    public int BucketMegabytes { get; set; } = 25;
}
