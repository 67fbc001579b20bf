namespace SsMfar.Randomness;

/// <summary>Numbers with the distribution Beta(alpha, alpha): X / (X + Y) of two numbers with the distribution Gamma(alpha).</summary>
internal static class SymmetricBeta
{
    /// <summary>A number in [0, 1].</summary>
    /// <param name="alpha">Positive.</param>
    /// <param name="random">Where it is drawn from.</param>
    public static double Draw(double alpha, ref RandomSource random)
    {
        double x = LogGamma(alpha, ref random);
        double y = LogGamma(alpha, ref random);
        return 1 / (1 + Math.Exp(y - x));
    }

    // Marsaglia and Tsang, "A Simple Method for Generating Gamma Variables", 2000, for alpha + 1, and their step down to alpha. Its
    // logarithm, since for a small alpha most numbers are too small for a double.
    private static double LogGamma(double alpha, ref RandomSource random)
    {
        double d = alpha + (2.0 / 3);
        double c = 1 / Math.Sqrt(9 * d);
        while (true)
        {
            double normal = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
            double v = Math.Pow(1 + (c * normal), 3);
            double logUniform = Math.Log(1 - random.NextDouble());
            if (v > 0 && logUniform < (normal * normal / 2) + d - (d * v) + (d * Math.Log(v)))
            {
                return Math.Log(d * v) + (Math.Log(1 - random.NextDouble()) / alpha);
            }
        }
    }
}
