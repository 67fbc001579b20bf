using System.Collections.Immutable;
using System.Text.Json.Serialization;
using SsMfar.Data;

namespace SsMfar.Predictions;

/// <summary>A predicted expression.</summary>
[JsonConverter(typeof(PredictionJsonConverter))]
public sealed class ExpressionPrediction
{
    /// <summary>Makes a prediction.</summary>
    /// <param name="classes">The classes, in the order of the probabilities.</param>
    /// <param name="probabilities">One probability a class, in [0, 1], summing to 1.</param>
    /// <exception cref="ArgumentException">There are not as many probabilities as classes.</exception>
    public ExpressionPrediction(ExpressionClassSet classes, ImmutableArray<float> probabilities)
    {
        ArgumentNullException.ThrowIfNull(classes);
        if (probabilities.IsDefault || probabilities.Length != classes.Count)
        {
            throw new ArgumentException(
                $"Expected a probability for each of {classes.Count} classes, got " +
                    $"{(probabilities.IsDefault ? 0 : probabilities.Length)}.", nameof(probabilities));
        }

        (Classes, Probabilities) = (classes, probabilities);
        for (int i = 1; i < probabilities.Length; i++)
        {
            Index = probabilities[i] > probabilities[Index] ? i : Index;
        }
    }

    /// <summary>Gets the classes, in the order of the probabilities.</summary>
    public ExpressionClassSet Classes { get; }

    /// <summary>Gets one probability a class, in [0, 1], summing to 1.</summary>
    public ImmutableArray<float> Probabilities { get; }

    /// <summary>Gets the index of the most probable class; the first of equals.</summary>
    public int Index { get; }

    /// <summary>Gets the name of the most probable class.</summary>
    public string Name => Classes[Index];

    /// <summary>Gets the probability of the most probable class.</summary>
    public float Confidence => Probabilities[Index];

    /// <summary>Returns <see cref="Name"/>.</summary>
    public override string ToString() => Name;
}
