using System.Collections.Immutable;
using SsMfar.Data;

namespace SsMfar.Predictions;

/// <summary>Predicted action units, in the order of <see cref="ActionUnits.All"/>.</summary>
/// <param name="Probabilities">Twelve probabilities in [0, 1].</param>
/// <param name="Thresholds">Twelve thresholds in (0, 1): a unit is present where its probability is greater.</param>
public sealed record ActionUnitPrediction(ImmutableArray<float> Probabilities, ImmutableArray<float> Thresholds)
{
    /// <summary>Whether a unit is present.</summary>
    /// <param name="unit">One of the twelve units.</param>
    public bool this[ActionUnit unit] => this[ActionUnits.IndexOf(unit)];

    /// <summary>Whether a unit is present.</summary>
    /// <param name="index">0 to 11.</param>
    public bool this[int index] => Probabilities[index] > Thresholds[index];

    /// <summary>The units that are present, in column order.</summary>
    public IEnumerable<ActionUnit> Present => ActionUnits.All.Where(unit => this[unit]);

    /// <summary>The probability of a unit.</summary>
    /// <param name="unit">One of the twelve units.</param>
    public float Probability(ActionUnit unit) => Probabilities[ActionUnits.IndexOf(unit)];
}
