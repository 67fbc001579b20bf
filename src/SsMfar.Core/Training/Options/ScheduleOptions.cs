using System.ComponentModel.DataAnnotations;

namespace SsMfar.Training;

/// <summary>How the learning rate moves over a run.</summary>
public enum ScheduleKind
{
    /// <summary>The same rate at every step, after a linear warm-up.</summary>
    Constant,

    /// <summary>A linear warm-up, then half a cosine down to zero (Loshchilov and Hutter, 2017).</summary>
    Cosine,

    /// <summary>
    /// One cycle (Smith and Topin, 2018): half a cosine up from 1/25 of the peak and another down to 1/250,000 of it, while beta1 goes
    /// from 0.95 to 0.85 and back.
    /// </summary>
    OneCycle,
}

/// <summary>The learning rate's course.</summary>
public sealed class ScheduleOptions
{
    /// <summary>Gets or sets the course.</summary>
    [EnumDataType(typeof(ScheduleKind))]
    public ScheduleKind Kind { get; set; } = ScheduleKind.OneCycle;

    /// <summary>
    /// Gets or sets over how many epochs from the run's start the course goes; null for those of the run. A run that is begun with more
    /// than it has (20 <see cref="TrainingOptions.Epochs"/> of a course over 40) can be resumed with more, and then equals one that had
    /// them from the start. At least the run's unless the rate is constant.
    /// </summary>
    [Range(1, 100_000)]
    public int? Epochs { get; set; }

    /// <summary>Gets or sets the share of the course's steps in which the rate rises, in [0, 0.9].</summary>
    [Range(0.0, 0.9)]
    public double WarmUpFraction { get; set; } = 0.15;
}
