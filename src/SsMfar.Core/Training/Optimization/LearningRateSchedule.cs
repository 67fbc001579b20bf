namespace SsMfar.Training;

/// <summary>The learning rate's course as a function of the step alone, so that a resumed run follows the same one.</summary>
internal sealed class LearningRateSchedule(ScheduleOptions options, double beta1, long totalSteps)
{
    // The constants of PyTorch's OneCycleLR.
    private const double OneCycleStart = 1.0 / 25;
    private const double OneCycleEnd = OneCycleStart / 1e4;
    private const double OneCycleHighBeta = 0.95;
    private const double OneCycleLowBeta = 0.85;

    /// <summary>The factor on the peak learning rate, and beta1.</summary>
    /// <param name="step">From 0 to the total - 1.</param>
    public (double Factor, double Beta1) At(long step) => options.Kind switch
    {
        ScheduleKind.Constant => (WarmUp(step), beta1),
        ScheduleKind.Cosine => (WarmUp(step) * HalfCosine(1, 0, AfterWarmUp(step)), beta1),
        ScheduleKind.OneCycle => OneCycle(step),
        _ => throw new InvalidOperationException($"Unknown schedule {options.Kind}."),
    };

    private static double HalfCosine(double from, double to, double fraction) =>
        to + ((from - to) / 2 * (1 + Math.Cos(Math.PI * Math.Clamp(fraction, 0, 1))));

    private double WarmUp(long step)
    {
        double steps = options.WarmUpFraction * totalSteps;
        return steps <= 1 ? 1 : Math.Min(1, (step + 1) / steps);
    }

    private double AfterWarmUp(long step)
    {
        double steps = options.WarmUpFraction * totalSteps;
        return step <= steps ? 0 : (step - steps) / Math.Max(1, totalSteps - steps);
    }

    private (double Factor, double Beta1) OneCycle(long step)
    {
        // Before the first step where there is no warm-up: as PyTorch's, the fall has then begun.
        double peak = (options.WarmUpFraction * totalSteps) - 1;
        if (peak > 0 && step <= peak)
        {
            double rise = step / peak;
            return (HalfCosine(OneCycleStart, 1, rise), HalfCosine(OneCycleHighBeta, OneCycleLowBeta, rise));
        }

        double fall = (step - peak) / Math.Max(1e-9, totalSteps - 1 - peak);
        return (HalfCosine(1, OneCycleEnd, fall), HalfCosine(OneCycleLowBeta, OneCycleHighBeta, fall));
    }
}
