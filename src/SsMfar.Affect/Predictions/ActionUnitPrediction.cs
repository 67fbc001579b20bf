using System.Collections.Immutable;
using System.Text.Json.Serialization;
using SsMfar.Data;

namespace SsMfar.Predictions;

/// <summary>Predicted action units, in the order of <see cref="Units"/>.</summary>
[JsonConverter(typeof(PredictionJsonConverter))]
public sealed class ActionUnitPrediction
{
    /// <summary>Makes a prediction.</summary>
    /// <param name="probabilities">A probability in [0, 1] for each unit.</param>
    /// <param name="thresholds">
    /// A threshold in [0, 1] for each unit: it is present where its probability is greater. The default is 0.5 for each.
    /// </param>
    /// <param name="units">The units; the challenge's twelve when null.</param>
    /// <exception cref="ArgumentException">There are not as many of either as units.</exception>
    public ActionUnitPrediction(
        ImmutableArray<float> probabilities, ImmutableArray<float>? thresholds = null, ActionUnitSet? units = null)
    {
        Units = units ?? ActionUnitSet.AffWild2;
        Probabilities = OneEach(probabilities, nameof(probabilities));
        Thresholds = OneEach(thresholds ?? [.. Enumerable.Repeat(0.5f, Units.Count)], nameof(thresholds));
    }

    /// <summary>Gets the units.</summary>
    public ActionUnitSet Units { get; }

    /// <summary>Gets a probability in [0, 1] for each unit.</summary>
    public ImmutableArray<float> Probabilities { get; }

    /// <summary>Gets a threshold for each unit: it is present where its probability is greater.</summary>
    public ImmutableArray<float> Thresholds { get; }

    /// <summary>Gets whether a unit is present.</summary>
    /// <param name="unit">One of <see cref="Units"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">The unit is none of them.</exception>
    public bool this[ActionUnit unit] => this[Units.Require(unit)];

    /// <summary>Gets whether a unit is present.</summary>
    /// <param name="index">The unit's place in <see cref="Units"/>, from 0.</param>
    public bool this[int index] => Probabilities[index] > Thresholds[index];

    /// <summary>Gets the units that are present, in order.</summary>
    public IEnumerable<ActionUnit> Present => Units.Units.Where(unit => this[unit]);

    /// <summary>Returns the probability of a unit.</summary>
    /// <param name="unit">One of <see cref="Units"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">The unit is none of them.</exception>
    public float Probability(ActionUnit unit) => Probabilities[Units.Require(unit)];

    /// <summary>Returns the units that are present, such as <c>AU6 AU12</c>; <c>no AU</c> when none is.</summary>
    public override string ToString() => Present.Any() ? string.Join(' ', Present.Select(ActionUnits.NameOf)) : "no AU";

    private ImmutableArray<float> OneEach(ImmutableArray<float> values, string name) =>
        !values.IsDefault && values.Length == Units.Count
            ? values
            : throw new ArgumentException(
                $"Expected a value for each of {Units.Count} units, got {(values.IsDefault ? 0 : values.Length)}.", name);
}
