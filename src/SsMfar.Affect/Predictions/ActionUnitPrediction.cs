using System.Collections.Immutable;
using System.Text.Json.Serialization;
using SsMfar.Data;

namespace SsMfar.Predictions;

/// <summary>Predicted action units, in the order of <see cref="ActionUnits.All"/>.</summary>
[JsonConverter(typeof(PredictionJsonConverter))]
public sealed class ActionUnitPrediction
{
    /// <summary>Makes a prediction.</summary>
    /// <param name="probabilities">Twelve probabilities in [0, 1].</param>
    /// <param name="thresholds">
    /// Twelve thresholds in [0, 1]: a unit is present where its probability is greater. The default is 0.5 for each.
    /// </param>
    /// <exception cref="ArgumentException">There are not twelve of either.</exception>
    public ActionUnitPrediction(ImmutableArray<float> probabilities, ImmutableArray<float>? thresholds = null)
    {
        Probabilities = Twelve(probabilities, nameof(probabilities));
        Thresholds = Twelve(thresholds ?? [.. Enumerable.Repeat(0.5f, ActionUnits.Count)], nameof(thresholds));
    }

    /// <summary>Gets twelve probabilities in [0, 1].</summary>
    public ImmutableArray<float> Probabilities { get; }

    /// <summary>Gets twelve thresholds: a unit is present where its probability is greater.</summary>
    public ImmutableArray<float> Thresholds { get; }

    /// <summary>Gets whether a unit is present.</summary>
    /// <param name="unit">One of the twelve units.</param>
    public bool this[ActionUnit unit] => this[ActionUnits.IndexOf(unit)];

    /// <summary>Gets whether a unit is present.</summary>
    /// <param name="index">0 to 11.</param>
    public bool this[int index] => Probabilities[index] > Thresholds[index];

    /// <summary>Gets the units that are present, in column order.</summary>
    public IEnumerable<ActionUnit> Present => ActionUnits.All.Where(unit => this[unit]);

    /// <summary>Returns the probability of a unit.</summary>
    /// <param name="unit">One of the twelve units.</param>
    public float Probability(ActionUnit unit) => Probabilities[ActionUnits.IndexOf(unit)];

    /// <summary>Returns the units that are present, such as <c>AU6 AU12</c>; <c>no AU</c> when none is.</summary>
    public override string ToString() => Present.Any() ? string.Join(' ', Present) : "no AU";

    private static ImmutableArray<float> Twelve(ImmutableArray<float> values, string name) =>
        !values.IsDefault && values.Length == ActionUnits.Count
            ? values
            : throw new ArgumentException(
                $"Expected a value for each of {ActionUnits.Count} units, got {(values.IsDefault ? 0 : values.Length)}.", name);
}
