using System.Globalization;
using SsMfar.Reports.Pages;

namespace SsMfar.Reports.Ablation;

/// <summary>A value over seeds.</summary>
/// <param name="Mean">Null where a run lacks the value, or there is none.</param>
/// <param name="Deviation">The sample's standard deviation; null with fewer than two runs.</param>
internal readonly record struct Spread(double? Mean, double? Deviation)
{
    public static Spread Of(IEnumerable<double?> values)
    {
        double?[] all = [.. values];
        if (all.Length == 0 || all.Any(value => value is null))
        {
            return default;
        }

        double mean = all.Average()!.Value;
        return new(
            mean,
            all.Length < 2 ? null : Math.Sqrt(all.Sum(value => (value!.Value - mean) * (value.Value - mean)) / (all.Length - 1)));
    }

    /// <summary>Mean and deviation with three decimals; a dash where undefined.</summary>
    public override string ToString() =>
        Deviation is { } deviation ? string.Create(CultureInfo.InvariantCulture, $"{Mean:F3} ± {deviation:F3}") : PageNumbers.Text(Mean);
}
