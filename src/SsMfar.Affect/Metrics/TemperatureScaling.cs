using SsMfar.Data;
using SsMfar.Predictions;

namespace SsMfar.Metrics;

/// <summary>
/// Finds the temperature that makes a model's probabilities of expressions as sure as they are right: that of the least negative log
/// likelihood (Guo et al., "On calibration of modern neural networks", ICML 2017). It changes no decision for the most probable class.
/// </summary>
public static class TemperatureScaling
{
    /// <summary>The lowest temperature that is looked for; the highest is its inverse.</summary>
    public const double Lowest = 0.1;

    private const int Digits = 4;
    private const int MostSteps = 100;
    private const double Tolerance = 1e-10;

    /// <summary>Finds the temperature.</summary>
    /// <param name="truth">The labels: N rows; those without an expression count nowhere.</param>
    /// <param name="probabilities">N x K probabilities in [0, 1], row by row: a softmax without temperature, or a mean of such.</param>
    /// <returns>
    /// <see cref="Lowest"/> to 1 / <see cref="Lowest"/>, rounded to 4 digits after the point; 1 without a known expression, and where every
    /// temperature is as good.
    /// </returns>
    /// <exception cref="ArgumentException">There are not N x K probabilities, or one is outside [0, 1].</exception>
    public static double Fit(AnnotationSet truth, ReadOnlySpan<float> probabilities)
    {
        ExpressionRows rows = ExpressionRows.Of(truth, probabilities);
        return Fit(rows, rows.All);
    }

    // The loss is convex in the inverse temperature: its derivative, the mean of how far the expected logarithm lies above that of the true
    // class, rises. Newton's steps, halving the bracket where one leaves it.
    internal static double Fit(ExpressionRows rows, ReadOnlySpan<int> use)
    {
        double[] logarithms = new double[rows.Classes];
        double beta = 1;
        (double slope, double curve) = Slope(rows, use, beta, logarithms);
        if (use.IsEmpty || Math.Abs(slope) <= Tolerance)
        {
            return 1;
        }

        (double low, double high) = slope > 0 ? (Lowest, 1.0) : (1.0, 1 / Lowest);
        double end = slope > 0 ? low : high;
        if (Slope(rows, use, end, logarithms).Slope is var atEnd && (slope > 0 ? atEnd >= 0 : atEnd <= 0))
        {
            return Math.Round(1 / end, Digits);
        }

        for (int step = 0; step < MostSteps && high - low > Tolerance; step++)
        {
            double next = beta - (slope / curve);
            beta = next > low && next < high ? next : (low + high) / 2;
            (slope, curve) = Slope(rows, use, beta, logarithms);
            if (Math.Abs(slope) <= Tolerance)
            {
                break;
            }

            (low, high) = slope > 0 ? (low, beta) : (beta, high);
        }

        return Math.Round(1 / beta, Digits);
    }

    private static (double Slope, double Curve) Slope(ExpressionRows rows, ReadOnlySpan<int> use, double beta, double[] logarithms)
    {
        double slope = 0, curve = 0;
        foreach (int row in use)
        {
            ReadOnlySpan<float> probabilities = rows.Row(row);
            double largest = double.NegativeInfinity;
            for (int i = 0; i < logarithms.Length; i++)
            {
                logarithms[i] = ExpressionDecision.Logarithm(probabilities[i]);
                largest = Math.Max(largest, logarithms[i]);
            }

            double sum = 0, mean = 0, square = 0;
            foreach (double logarithm in logarithms)
            {
                double weight = Math.Exp(beta * (logarithm - largest));
                sum += weight;
                mean += weight * logarithm;
                square += weight * logarithm * logarithm;
            }

            mean /= sum;
            slope += mean - logarithms[rows.Label(row)];
            curve += (square / sum) - (mean * mean);
        }

        return (slope / use.Length, curve / use.Length);
    }
}
