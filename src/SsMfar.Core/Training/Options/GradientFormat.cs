namespace SsMfar.Training;

/// <summary>In what number format ranks exchange gradients.</summary>
public enum GradientFormat
{
    /// <summary>As they are: float32.</summary>
    Full,

    /// <summary>
    /// Half the bytes: each rank's gradients are rounded to bfloat16, added up in float32, and the sum is rounded once more; on arrival
    /// they
    /// are float32 again. A sum is off by at most 0.79% of the sum of its addends' magnitudes, whatever the number of ranks, and is the
    /// same
    /// bits on all of them. What is rounded off is not carried into the next step. Gradients of other types, which custom parts may have,
    /// go as they are.
    /// </summary>
    BFloat16,
}
