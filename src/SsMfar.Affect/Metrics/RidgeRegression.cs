namespace SsMfar.Metrics;

/// <summary>Linear regression with a small penalty of the weights, solved by Cholesky's factors.</summary>
internal sealed class RidgeRegression
{
    private const double Strength = 1;
    private const double BiasStrength = 1e-9;

    private double[] _weights = [];

    /// <summary>Fits the weights.</summary>
    /// <param name="inputs">Of each row as many values.</param>
    /// <param name="labels">Of each row the value to predict.</param>
    public void Fit(IReadOnlyList<float[]> inputs, IReadOnlyList<double> labels)
    {
        int width = inputs[0].Length + 1;
        double[,] squares = new double[width, width];
        double[] right = new double[width];
        for (int row = 0; row < inputs.Count; row++)
        {
            for (int i = 0; i < width; i++)
            {
                double value = At(inputs[row], i);
                right[i] += value * labels[row];
                for (int j = 0; j <= i && value != 0; j++)
                {
                    squares[i, j] += value * At(inputs[row], j);
                }
            }
        }

        for (int i = 0; i < width; i++)
        {
            squares[i, i] += i < width - 1 ? Strength : BiasStrength;
        }

        _weights = Solve(squares, right);
    }

    /// <summary>What is predicted.</summary>
    public double Value(float[] input)
    {
        double sum = 0;
        for (int i = 0; i < _weights.Length; i++)
        {
            sum += _weights[i] * At(input, i);
        }

        return sum;
    }

    // The last input is the bias's.
    private static double At(float[] input, int i) => i < input.Length ? input[i] : 1;

    // Of the matrix its lower half is read, which becomes the factor.
    private static double[] Solve(double[,] matrix, double[] right)
    {
        int width = right.Length;
        for (int i = 0; i < width; i++)
        {
            for (int j = 0; j <= i; j++)
            {
                double sum = matrix[i, j];
                for (int k = 0; k < j; k++)
                {
                    sum -= matrix[i, k] * matrix[j, k];
                }

                matrix[i, j] = i == j ? Math.Sqrt(Math.Max(sum, 1e-12)) : sum / matrix[j, j];
            }
        }

        double[] solved = [.. right];
        for (int i = 0; i < width; i++)
        {
            for (int k = 0; k < i; k++)
            {
                solved[i] -= matrix[i, k] * solved[k];
            }

            solved[i] /= matrix[i, i];
        }

        for (int i = width - 1; i >= 0; i--)
        {
            for (int k = i + 1; k < width; k++)
            {
                solved[i] -= matrix[k, i] * solved[k];
            }

            solved[i] /= matrix[i, i];
        }

        return solved;
    }
}
