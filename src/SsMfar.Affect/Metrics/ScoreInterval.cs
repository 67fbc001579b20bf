namespace SsMfar.Metrics;

/// <summary>A score, or a difference of scores, with its confidence interval.</summary>
/// <param name="Value">What all rows give.</param>
/// <param name="Low">The interval's lower end.</param>
/// <param name="High">The interval's upper end.</param>
public readonly record struct ScoreInterval(double Value, double Low, double High)
{
    /// <summary>Whether 0 lies outside: of a difference, whether it means something at the interval's level.</summary>
    public bool ExcludesZero => Low > 0 || High < 0;
}
