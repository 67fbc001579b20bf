using System.ComponentModel.DataAnnotations;
using SsMfar.Losses;

namespace SsMfar.Training;

/// <summary>How the tasks' losses become one.</summary>
public enum TaskBalancingKind
{
    /// <summary>Their sum, each times a fixed weight (<see cref="WeightedSumBalancing"/>); Eq. 9 of the paper without weights.</summary>
    Sum,

    /// <summary>Weights learned from each task's uncertainty (<see cref="UncertaintyBalancing"/>).</summary>
    Uncertainty,
}

/// <summary>The tasks' weights, unless the builder was given a custom balancing.</summary>
public sealed class TaskBalancingOptions
{
    /// <summary>Gets or sets how the losses become one.</summary>
    [EnumDataType(typeof(TaskBalancingKind))]
    public TaskBalancingKind Kind { get; set; } = TaskBalancingKind.Sum;

    /// <summary>
    /// Gets or sets fixed weights by task name, finite and not negative; 1 for a task that is not named. For <see
    /// cref="TaskBalancingKind.Sum"/> alone.
    /// </summary>
    [Required]
    public Dictionary<string, double> Weights { get; set; } = new(StringComparer.Ordinal);
}
