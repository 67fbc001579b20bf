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

    /// <summary>Gets or sets in what format ranks exchange gradients; batch statistics and outputs go in their own.</summary>
    public GradientFormat GradientFormat { get; set; }

    /// <summary>
    /// Gets or sets whether gradients are summed while the backward pass goes on, by a thread of their own, a part of the model as soon as
    /// it
    /// has all of them: the heads, then the stages of a built-in backbone. Sums are the same bits as after the pass. A group that opens no
    /// second channel (<see cref="SsMfar.Distributed.IProcessGroup.OpenChannel"/>) sums after it.
    /// </summary>
    public bool OverlapBackward { get; set; }
}
