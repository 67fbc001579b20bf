using System.Collections.Immutable;
using System.Text.Json.Serialization;
using SsMfar.Data;

namespace SsMfar.Predictions;

/// <summary>
/// A predicted expression. It is the one that <see cref="Decision"/> takes, which for a model with tuned weights of the classes need not be
/// the most probable.
/// </summary>
[JsonConverter(typeof(PredictionJsonConverter))]
public sealed class ExpressionPrediction
{
    /// <summary>Makes a prediction.</summary>
    /// <param name="classes">The classes, in the order of the probabilities.</param>
    /// <param name="probabilities">One probability a class, in [0, 1], summing to 1; the decision's temperature is in them already.</param>
    /// <param name="decision">How one of the classes is decided; for the most probable when null.</param>
    /// <exception cref="ArgumentException">There are not as many probabilities, or weights, as classes.</exception>
    public ExpressionPrediction(
        ExpressionClassSet classes, ImmutableArray<float> probabilities, ExpressionDecision? decision = null)
    {
        ArgumentNullException.ThrowIfNull(classes);
        if (probabilities.IsDefault || probabilities.Length != classes.Count)
        {
            throw new ArgumentException(
                $"Expected a probability for each of {classes.Count} classes, got " +
                    $"{(probabilities.IsDefault ? 0 : probabilities.Length)}.", nameof(probabilities));
        }

        Decision = decision ?? ExpressionDecision.MostProbable;
        if (!Decision.Weights.IsEmpty && Decision.Weights.Length != classes.Count)
        {
            throw new ArgumentException(
                $"Expected a weight for each of {classes.Count} classes, got {Decision.Weights.Length}.", nameof(decision));
        }

        (Classes, Probabilities) = (classes, probabilities);
        Index = ExpressionDecision.Choose(probabilities.AsSpan(), Decision.Weights.AsSpan());
    }

    /// <summary>Gets the classes, in the order of the probabilities.</summary>
    public ExpressionClassSet Classes { get; }

    /// <summary>Gets one probability a class, in [0, 1], summing to 1: after the temperature, before the weights.</summary>
    public ImmutableArray<float> Probabilities { get; }

    /// <summary>Gets the temperature that is in the probabilities and the weights that decide.</summary>
    public ExpressionDecision Decision { get; }

    /// <summary>
    /// Gets the index of the class that was decided: of the highest product of weight and probability, the first of equals. Without weights
    /// it is the most probable.
    /// </summary>
    public int Index { get; }

    /// <summary>Gets the name of the class that was decided.</summary>
    public string Name => Classes[Index];

    /// <summary>
    /// Gets the probability of the class that was decided, which with weights need not be the highest of <see cref="Probabilities"/>.
    /// </summary>
    public float Confidence => Probabilities[Index];

    /// <summary>Returns <see cref="Name"/>.</summary>
    public override string ToString() => Name;

    /// <summary>The probabilities as they were before the temperature, as which several are averaged.</summary>
    internal float[] Uncalibrated()
    {
        float[] probabilities = [.. Probabilities];
        ExpressionDecision.Raise(probabilities, Decision.Temperature);
        return probabilities;
    }
}
