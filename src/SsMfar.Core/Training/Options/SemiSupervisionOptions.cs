using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;
using SsMfar.SemiSupervised;

namespace SsMfar.Training;

/// <summary>What is learned from strong views.</summary>
public enum SemiSupervisionMode
{
    /// <summary>Nothing: labelled rows alone (MFAR).</summary>
    None,

    /// <summary>Rows without an expression label, by pseudo-labels and consistency (SS-MFAR).</summary>
    PseudoLabels,

    /// <summary>Every row and task: strong outputs follow the weak ones, without a threshold (SSP-MFAR-SA).</summary>
    Agreement,
}

/// <summary>How images without an expression label are used.</summary>
public sealed class SemiSupervisionOptions
{
    /// <summary>What is learned from strong views.</summary>
    [EnumDataType(typeof(SemiSupervisionMode))]
    public SemiSupervisionMode Mode { get; set; } = SemiSupervisionMode.PseudoLabels;

    /// <summary>The adaptive threshold (Eq. 4), unless the builder was given a policy of your own.</summary>
    [Required]
    [ValidateObjectMembers]
    public AdaptiveThresholdOptions Threshold { get; set; } = new();

    /// <summary>What the predictions that a policy is asked about are aligned with (<see cref="AlignedPolicy"/>), whichever policy it is.</summary>
    [Required]
    [ValidateObjectMembers]
    public DistributionAlignmentOptions Alignment { get; set; } = new();
}
