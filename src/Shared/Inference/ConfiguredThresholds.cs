using System.Globalization;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;
using SsMfar.Data;

namespace SsMfar.Inference;

/// <summary>
/// Refuses thresholds of units in configuration that cannot be read: the binder leaves out the entries of a dictionary that it cannot
/// convert, and a service would start with the model's own.
/// </summary>
/// <typeparam name="TOptions">The predictor's options.</typeparam>
/// <param name="configuration">The section of the options.</param>
internal sealed class ConfiguredThresholds<TOptions>(IConfiguration configuration) : IValidateOptions<TOptions>
    where TOptions : PredictionOptions
{
    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, TOptions options)
    {
        string[] faults =
        [
            .. configuration.GetSection(nameof(options.ActionUnitThresholds)).GetChildren()
                .Where(entry => !Enum.TryParse<ActionUnit>(entry.Key, ignoreCase: true, out _)
                    || !float.TryParse(entry.Value, NumberStyles.Float, CultureInfo.InvariantCulture, out _))
                .Select(entry => $"{entry.Path} is '{entry.Value}'; a threshold is named by its unit, such as {ActionUnit.AU4}, and is a " +
                    "number between 0 and 1 with a point, such as 0.35."),
        ];
        return faults.Length == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }
}
