using System.Collections.Immutable;
using SsMfar.Data;

namespace SsMfar.Predictions;

/// <summary>
/// What comes after a model's softmax: a temperature, which makes probabilities as sure as they are right (Guo et al., "On calibration of
/// modern neural networks", 2017), and a weight for each class, by which one is decided. The order is the same everywhere: probabilities
/// are averaged first, over views of a face and over models, then the temperature is applied, then the weights decide. Immutable; two are
/// equal when all values are.
/// </summary>
public sealed class ExpressionDecision : IEquatable<ExpressionDecision>
{
    // The logarithm of a probability of 0 in single precision: finite, so that another temperature can bring the class back.
    private const double Smallest = float.Epsilon;

    /// <summary>Makes a decision.</summary>
    /// <param name="weights">
    /// A weight for each class, positive and finite: the class of the highest product of weight and probability is decided. Null: none, and
    /// the most probable class is decided.
    /// </param>
    /// <param name="temperature">What logits are divided by, positive and finite; above 1 for a model that is too sure.</param>
    /// <exception cref="ArgumentException">A weight or the temperature is not a positive, finite number.</exception>
    public ExpressionDecision(IEnumerable<float>? weights = null, double temperature = 1)
    {
        Weights = [.. weights ?? []];
        Temperature = temperature;
        if (Weights.Any(weight => !(weight > 0 && float.IsFinite(weight))))
        {
            throw new ArgumentException($"Expected weights that are positive numbers, got {string.Join(" ", Weights)}.", nameof(weights));
        }

        if (!(temperature > 0 && double.IsFinite(temperature)))
        {
            throw new ArgumentException(
                FormattableString.Invariant($"The temperature {temperature} is not a positive number."), nameof(temperature));
        }
    }

    /// <summary>Gets the decision for the most probable class, with probabilities as they are.</summary>
    public static ExpressionDecision MostProbable { get; } = new();

    /// <summary>Gets a weight for each class; empty for a decision without any, which is the same as 1 each.</summary>
    public ImmutableArray<float> Weights { get; }

    /// <summary>Gets what logits are divided by; 1 leaves probabilities as they are.</summary>
    public double Temperature { get; }

    /// <summary>Gets whether it does nothing: no temperature, and no weight that differs from another.</summary>
    public bool IsMostProbable => Temperature == 1 && (Weights.IsEmpty || Weights.All(weight => weight == Weights[0]));

    /// <summary>Applies temperature and weights to what a model gives for one face.</summary>
    /// <param name="classes">The classes.</param>
    /// <param name="probabilities">
    /// A probability for each class, before any temperature: a softmax, or the mean of several. The result has
    /// softmax(ln(probabilities) / temperature), which for a single softmax is that of the logits over the temperature.
    /// </param>
    /// <exception cref="ArgumentException">There are not as many probabilities, or weights, as classes.</exception>
    public ExpressionPrediction Decide(ExpressionClassSet classes, ReadOnlySpan<float> probabilities)
    {
        float[] calibrated = probabilities.ToArray();
        Raise(calibrated, 1 / Temperature);
        return new(classes, ImmutableArray.Create(calibrated), this);
    }

    /// <inheritdoc/>
    public bool Equals(ExpressionDecision? other) =>
        other is not null && Temperature.Equals(other.Temperature) && Weights.AsSpan().SequenceEqual(other.Weights.AsSpan());

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as ExpressionDecision);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Temperature, Weights.Length, Weights.IsEmpty ? 0 : Weights[0]);

    /// <summary>Returns temperature and weights, such as <c>temperature 1.4, weights 1 0.8 2.1</c>.</summary>
    public override string ToString() => FormattableString.Invariant($"temperature {Temperature}") +
        (Weights.IsEmpty ? "" : $", weights {string.Join(' ', Weights.Select(weight => FormattableString.Invariant($"{weight}")))}");

    /// <summary>
    /// The geometric means of temperatures and weights: of offsets to logits, the mean. Bit for bit the decision itself where all are the
    /// same.
    /// </summary>
    internal static ExpressionDecision Mean(IReadOnlyList<ExpressionDecision> decisions)
    {
        if (decisions.All(decisions[0].Equals))
        {
            return decisions[0];
        }

        int classes = decisions.Max(decision => decision.Weights.Length);
        return new(
            Enumerable.Range(0, classes).Select(i =>
                (float)Math.Exp(decisions.Average(decision => decision.Weights.IsEmpty ? 0 : Math.Log(decision.Weights[i])))),
            Math.Exp(decisions.Average(decision => Math.Log(decision.Temperature))));
    }

    /// <summary>Probabilities to a power, brought back to a sum of 1, in place: the softmax of their logarithms times it.</summary>
    internal static void Raise(Span<float> probabilities, double power)
    {
        if (power == 1 || probabilities.IsEmpty)
        {
            return;
        }

        double largest = double.NegativeInfinity;
        foreach (float probability in probabilities)
        {
            largest = Math.Max(largest, Logarithm(probability));
        }

        double sum = 0;
        foreach (float probability in probabilities)
        {
            sum += Math.Exp(power * (Logarithm(probability) - largest));
        }

        foreach (ref float probability in probabilities)
        {
            probability = (float)(Math.Exp(power * (Logarithm(probability) - largest)) / sum);
        }
    }

    /// <summary>The natural logarithm of a probability; of 0, that of the smallest number above it.</summary>
    internal static double Logarithm(float probability) => Math.Log(Math.Max(probability, Smallest));

    /// <summary>The class of the highest product of weight and probability, the first of equals. Products are exact.</summary>
    internal static int Choose(ReadOnlySpan<float> probabilities, ReadOnlySpan<float> weights)
    {
        int chosen = 0;
        for (int i = 1; i < probabilities.Length; i++)
        {
            chosen = Weighted(probabilities, weights, i) > Weighted(probabilities, weights, chosen) ? i : chosen;
        }

        return chosen;
    }

    /// <summary>A decision that takes a class whose probability is not the highest, as what was read without its weights did.</summary>
    /// <exception cref="ArgumentException">Its probability is 0, of which no weight makes anything.</exception>
    internal static ExpressionDecision Agreeing(ImmutableArray<float> probabilities, int index)
    {
        if (Choose(probabilities.AsSpan(), []) == index)
        {
            return MostProbable;
        }

        float[] weights = [.. Enumerable.Repeat(1f, probabilities.Length)];
        weights[index] = MathF.BitIncrement(probabilities.Max() / probabilities[index]);
        return float.IsFinite(weights[index]) && Choose(probabilities.AsSpan(), weights) == index
            ? new(weights)
            : throw new ArgumentException(FormattableString.Invariant(
                $"The expression that is named has the probability {probabilities[index]}, by which it cannot have been decided."));
    }

    private static double Weighted(ReadOnlySpan<float> probabilities, ReadOnlySpan<float> weights, int i) =>
        weights.IsEmpty ? probabilities[i] : (double)probabilities[i] * weights[i];
}
