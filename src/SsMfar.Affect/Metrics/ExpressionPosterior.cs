namespace SsMfar.Metrics;

/// <summary>
/// How probable each class truly is, given a model's probabilities: these times a factor for each class, brought back to a sum of 1, by
/// which a model that was trained on other shares of the classes is corrected. With a temperature it is the bias-corrected temperature
/// scaling of Alexandari, Kundaje and Shrikumar (ICML 2020).
/// </summary>
internal static class ExpressionPosterior
{
    private const int MostSteps = 200;
    private const double LeastStep = 1e-9;

    // Simultaneous steps of all classes, each Newton's for its own: half of it cannot overshoot, since the curvature that the classes have
    // together is at most twice that of each.
    private const double StepShare = 0.5;
    private const double LongestStep = 1;

    /// <summary>
    /// The factors of the greatest likelihood, their logarithms held to 0 by a normal distribution of deviation 1, which a class of few
    /// rows is not to leave far.
    /// </summary>
    public static double[] Factors(ExpressionRows rows, ReadOnlySpan<int> use)
    {
        double[] biases = new double[rows.Classes], factors = new double[rows.Classes], posterior = new double[rows.Classes];
        double[] slopes = new double[rows.Classes], curves = new double[rows.Classes];
        Array.Fill(factors, 1);
        for (int step = 0; step < MostSteps; step++)
        {
            Array.Copy(biases, slopes, biases.Length);
            Array.Fill(curves, 1);
            foreach (int row in use)
            {
                Apply(rows.Row(row), factors, posterior);
                for (int i = 0; i < posterior.Length; i++)
                {
                    slopes[i] += posterior[i];
                    curves[i] += posterior[i] * (1 - posterior[i]);
                }

                slopes[rows.Label(row)]--;
            }

            double longest = 0;
            for (int i = 0; i < biases.Length; i++)
            {
                double move = Math.Clamp(StepShare * slopes[i] / curves[i], -LongestStep, LongestStep);
                biases[i] -= move;
                factors[i] = Math.Exp(biases[i]);
                longest = Math.Max(longest, Math.Abs(move));
            }

            if (longest < LeastStep)
            {
                break;
            }
        }

        return factors;
    }

    /// <summary>The posterior of one row.</summary>
    public static void Apply(ReadOnlySpan<float> probabilities, double[] factors, Span<double> posterior)
    {
        double sum = 0;
        for (int i = 0; i < probabilities.Length; i++)
        {
            posterior[i] = probabilities[i] * factors[i];
            sum += posterior[i];
        }

        for (int i = 0; i < probabilities.Length; i++)
        {
            posterior[i] = sum > 0 ? posterior[i] / sum : 1.0 / probabilities.Length;
        }
    }
}
