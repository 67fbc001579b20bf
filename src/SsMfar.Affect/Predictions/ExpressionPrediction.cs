using System.Collections.Immutable;
using SsMfar.Data;

namespace SsMfar.Predictions;

/// <summary>A predicted expression.</summary>
/// <param name="Classes">The classes, in the order of the probabilities.</param>
/// <param name="Probabilities">One probability a class, in [0, 1], summing to 1.</param>
public sealed record ExpressionPrediction(ExpressionClassSet Classes, ImmutableArray<float> Probabilities)
{
    /// <summary>The index of the most probable class; the first of equals.</summary>
    public int Index
    {
        get
        {
            int best = 0;
            for (int i = 1; i < Probabilities.Length; i++)
            {
                best = Probabilities[i] > Probabilities[best] ? i : best;
            }

            return best;
        }
    }

    /// <summary>The name of the most probable class.</summary>
    public string Name => Classes[Index];

    /// <summary>The probability of the most probable class.</summary>
    public float Confidence => Probabilities[Index];

    /// <inheritdoc/>
    public override string ToString() => Name;
}
