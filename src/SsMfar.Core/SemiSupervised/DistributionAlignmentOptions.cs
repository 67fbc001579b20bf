using System.ComponentModel.DataAnnotations;

namespace SsMfar.SemiSupervised;

/// <summary>What the mean prediction on unlabelled rows is aligned with.</summary>
public enum AlignmentTarget
{
    /// <summary>Nothing: predictions stay as they are.</summary>
    None,

    /// <summary>The classes' shares of the labelled rows (ReMixMatch).</summary>
    LabelledRows,

    /// <summary>The same share for every class.</summary>
    Uniform,
}

/// <summary>How <see cref="AlignedPolicy"/> aligns.</summary>
public sealed class DistributionAlignmentOptions
{
    /// <summary>Gets or sets what the mean prediction is aligned with.</summary>
    [EnumDataType(typeof(AlignmentTarget))]
    public AlignmentTarget Target { get; set; } = AlignmentTarget.None;

    /// <summary>Gets or sets how many batches the running mean of predictions is over, at least 1; 128 in the paper.</summary>
    [Range(1, 100_000)]
    public int Window { get; set; } = AlignedPolicy.PaperWindow;
}
