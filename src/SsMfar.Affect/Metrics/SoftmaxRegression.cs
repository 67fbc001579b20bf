namespace SsMfar.Metrics;

/// <summary>
/// Multinomial logistic regression with a normal prior around given weights, fitted by L-BFGS (Nocedal, 1980): the same result for the same
/// rows on every machine but for the last digits.
/// </summary>
/// <param name="width">How many inputs a row has.</param>
/// <param name="classes">How many classes there are.</param>
internal sealed class SoftmaxRegression(int width, int classes)
{
    // As sure of the prior as of some rows' labels, whatever their number: few rows leave the weights nearly as they were.
    private const double Strength = 10;
    private const double BiasStrength = 0.1;
    private const int Steps = 100;
    private const double Enough = 1e-3;

    private readonly double[] _weights = new double[(width + 1) * classes];

    /// <summary>Fits the weights, beginning with the prior's.</summary>
    /// <param name="inputs">Of each row <c>width</c> values.</param>
    /// <param name="labels">Of each row a class.</param>
    /// <param name="prior">The weight of each input for each class: <c>width</c> x <c>classes</c> values; the biases' are 0.</param>
    public void Fit(IReadOnlyList<float[]> inputs, IReadOnlyList<int> labels, double[] prior)
    {
        prior.CopyTo(_weights, 0);
        Array.Clear(_weights, prior.Length, classes);
        double[] center = [.. _weights];
        new QuasiNewton(Steps, Enough).Minimize(_weights, (weights, gradient) => Loss(weights, gradient, center, inputs, labels));
    }

    /// <summary>The probability of each class.</summary>
    public double[] Probabilities(float[] input)
    {
        double[] scores = new double[classes];
        Score(_weights, input, scores);
        return scores;
    }

    private double Loss(
        double[] weights, double[] gradient, double[] center, IReadOnlyList<float[]> inputs, IReadOnlyList<int> labels)
    {
        double loss = 0;
        for (int i = 0; i < weights.Length; i++)
        {
            double strength = i < width * classes ? Strength : BiasStrength;
            double off = weights[i] - center[i];
            loss += strength * off * off / 2;
            gradient[i] = strength * off;
        }

        double[] scores = new double[classes];
        for (int row = 0; row < inputs.Count; row++)
        {
            float[] input = inputs[row];
            Score(weights, input, scores);
            loss -= Math.Log(Math.Max(scores[labels[row]], 1e-300));
            scores[labels[row]] -= 1;
            for (int i = 0; i <= width; i++)
            {
                double value = i < width ? input[i] : 1;
                if (value == 0)
                {
                    continue;
                }

                Span<double> place = gradient.AsSpan(i * classes, classes);
                for (int k = 0; k < classes; k++)
                {
                    place[k] += value * scores[k];
                }
            }
        }

        return loss;
    }

    // Softmax of the linear scores.
    private void Score(double[] weights, float[] input, double[] scores)
    {
        weights.AsSpan(width * classes, classes).CopyTo(scores);
        for (int i = 0; i < width; i++)
        {
            double value = input[i];
            if (value == 0)
            {
                continue;
            }

            ReadOnlySpan<double> place = weights.AsSpan(i * classes, classes);
            for (int k = 0; k < classes; k++)
            {
                scores[k] += value * place[k];
            }
        }

        double most = scores.Max(), sum = 0;
        for (int k = 0; k < classes; k++)
        {
            scores[k] = Math.Exp(scores[k] - most);
            sum += scores[k];
        }

        for (int k = 0; k < classes; k++)
        {
            scores[k] /= sum;
        }
    }
}
