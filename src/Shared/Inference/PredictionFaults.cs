using System.Globalization;
using SsMfar.Data;
using SsMfar.Imaging;

namespace SsMfar.Inference;

/// <summary>
/// What is wrong with the options that all predictors share; each fault names the setting, its value and what is allowed.
/// </summary>
internal static class PredictionFaults
{
    public static IEnumerable<string> Of(PredictionOptions options)
    {
        foreach (string? fault in new[]
        {
            AtLeastOne(nameof(options.BatchSize), options.BatchSize),
            AtLeastOne(nameof(options.ConcurrentBatches), options.ConcurrentBatches),
            AtLeastOne(nameof(options.DecodeThreads), options.DecodeThreads),
            NotNull(nameof(options.Decoder), options.Decoder, $"new {nameof(ImageDecoder)}()"),
        })
        {
            if (fault is not null)
            {
                yield return fault;
            }
        }

        foreach ((ActionUnit unit, float threshold) in options.ActionUnitThresholds)
        {
            if (unit is < (ActionUnit)1 or > (ActionUnit)64 || threshold is not (> 0 and < 1))
            {
                yield return string.Create(
                    CultureInfo.InvariantCulture,
                    $"{nameof(options.ActionUnitThresholds)} gives {unit} the threshold {threshold}; units are those of the model, " +
                        $"such as {string.Join(", ", ActionUnits.Names)}, thresholds between 0 and 1.");
            }
        }
    }

    public static string? AtLeastOne(string name, int? value) =>
        value < 1 ? string.Create(CultureInfo.InvariantCulture, $"{name} is {value}; it must be at least 1.") : null;

    public static string? NotNull(string name, object? value, string standard) =>
        value is null ? $"{name} is null; the default is {standard}." : null;

    /// <exception cref="ArgumentException">There are faults; the message has them all.</exception>
    public static void Require(IEnumerable<string?> faults)
    {
        string all = string.Join(' ', faults.OfType<string>());
        if (all.Length > 0)
        {
            throw new ArgumentException(all);
        }
    }
}
