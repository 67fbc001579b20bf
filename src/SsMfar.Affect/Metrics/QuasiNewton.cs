namespace SsMfar.Metrics;

/// <summary>Minimizes a smooth convex function by L-BFGS with a backtracking line search.</summary>
/// <param name="steps">The most steps.</param>
/// <param name="enough">It is done where the gradient's norm is below this times that of the beginning.</param>
internal sealed class QuasiNewton(int steps, double enough)
{
    private const int Memory = 8;
    private const int Halvings = 30;
    private const double SufficientDecrease = 1e-4;

    private readonly List<(double[] Step, double[] Change, double Curvature)> _history = [];

    /// <summary>Gives the value at a place, and writes the gradient.</summary>
    public delegate double Function(double[] place, double[] gradient);

    /// <summary>Moves a place to the minimum.</summary>
    public void Minimize(double[] place, Function function)
    {
        double[] gradient = new double[place.Length];
        double value = function(place, gradient);
        double target = enough * Math.Sqrt(Dot(gradient, gradient));
        for (int step = 0; step < steps && Math.Sqrt(Dot(gradient, gradient)) > target; step++)
        {
            double[] direction = Direction(gradient);
            double slope = Dot(direction, gradient);
            double[] next = new double[place.Length], nextGradient = new double[place.Length];
            double length = _history.Count == 0 ? 1 / Math.Max(1, Math.Sqrt(Dot(gradient, gradient))) : 1;
            double reached = Try();
            for (int i = 0; i < Halvings && !(reached <= value + (SufficientDecrease * length * slope)); i++)
            {
                length /= 2;
                reached = Try();
            }

            if (!(reached < value))
            {
                return; // nothing is left to gain in these digits
            }

            Remember(place, next, gradient, nextGradient);
            next.CopyTo(place, 0);
            (value, gradient) = (reached, nextGradient);

            double Try()
            {
                for (int i = 0; i < next.Length; i++)
                {
                    next[i] = place[i] + (length * direction[i]);
                }

                return function(next, nextGradient);
            }
        }
    }

    private void Remember(double[] place, double[] next, double[] gradient, double[] nextGradient)
    {
        double[] step = [.. next.Zip(place, (after, before) => after - before)];
        double[] change = [.. nextGradient.Zip(gradient, (after, before) => after - before)];
        double curvature = Dot(step, change);
        if (curvature <= 0)
        {
            return;
        }

        _history.Add((step, change, curvature));
        if (_history.Count > Memory)
        {
            _history.RemoveAt(0);
        }
    }

    // The two loops of Nocedal (1980).
    private double[] Direction(double[] gradient)
    {
        double[] direction = [.. gradient.Select(value => -value)];
        double[] shares = new double[_history.Count];
        for (int i = _history.Count - 1; i >= 0; i--)
        {
            (double[] step, double[] change, double curvature) = _history[i];
            shares[i] = Dot(step, direction) / curvature;
            Add(direction, change, -shares[i]);
        }

        if (_history.Count > 0)
        {
            (_, double[] change, double curvature) = _history[^1];
            double scale = curvature / Dot(change, change);
            for (int i = 0; i < direction.Length; i++)
            {
                direction[i] *= scale;
            }
        }

        for (int i = 0; i < _history.Count; i++)
        {
            (double[] step, double[] change, double curvature) = _history[i];
            Add(direction, step, shares[i] - (Dot(change, direction) / curvature));
        }

        return direction;
    }

    private static void Add(double[] sum, double[] values, double factor)
    {
        for (int i = 0; i < sum.Length; i++)
        {
            sum[i] += factor * values[i];
        }
    }

    private static double Dot(double[] one, double[] other)
    {
        double sum = 0;
        for (int i = 0; i < one.Length; i++)
        {
            sum += one[i] * other[i];
        }

        return sum;
    }
}
