using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json.Serialization;
using SsMfar.Data;

namespace SsMfar.Predictions;

/// <summary>Predicted intensities of action units, each from 0 (absent) to 5, in the order of <see cref="Units"/>.</summary>
[JsonConverter(typeof(PredictionJsonConverter))]
public sealed class ActionUnitIntensityPrediction
{
    /// <summary>Makes a prediction.</summary>
    /// <param name="values">An intensity for each unit; raised to 0 or lowered to 5 where it is outside.</param>
    /// <param name="units">The units.</param>
    /// <exception cref="ArgumentException">There are not as many intensities as units, or one is NaN.</exception>
    public ActionUnitIntensityPrediction(ImmutableArray<float> values, ActionUnitSet units)
    {
        ArgumentNullException.ThrowIfNull(units);
        if (values.IsDefault || values.Length != units.Count || values.Any(float.IsNaN))
        {
            throw new ArgumentException(
                $"Expected a number for each of {units.Count} units, got {(values.IsDefault ? 0 : values.Count(v => !float.IsNaN(v)))}.",
                nameof(values));
        }

        Units = units;
        Values = [.. values.Select(value => Math.Clamp(value, 0, ActionUnitIntensities.Highest))];
    }

    /// <summary>Gets the units.</summary>
    public ActionUnitSet Units { get; }

    /// <summary>Gets an intensity in [0, 5] for each unit.</summary>
    public ImmutableArray<float> Values { get; }

    /// <summary>Gets the intensity of a unit.</summary>
    /// <param name="unit">One of <see cref="Units"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">The unit is none of them.</exception>
    public float this[ActionUnit unit] => Values[Units.Require(unit)];

    /// <summary>
    /// Returns the units of an intensity of 1 or more with it, such as <c>AU6:2.1 AU12:3.4</c>; <c>no intensity</c> where there is none.
    /// </summary>
    public override string ToString()
    {
        string[] parts =
        [
            .. Units.Names.Zip(Values).Where(unit => unit.Second >= 1)
                .Select(unit => string.Create(CultureInfo.InvariantCulture, $"{unit.First}:{unit.Second:0.0}")),
        ];
        return parts.Length > 0 ? string.Join(' ', parts) : "no intensity";
    }
}
