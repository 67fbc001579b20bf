namespace SsMfar.Metrics;

/// <summary>A score, or a difference of scores, with its confidence interval.</summary>
public readonly struct ScoreInterval
{
    internal ScoreInterval(double value, double low, double high) => (Value, Low, High) = (value, low, high);

    /// <summary>Gets what all rows give.</summary>
    public double Value { get; }

    /// <summary>Gets the interval's lower end.</summary>
    public double Low { get; }

    /// <summary>Gets the interval's upper end.</summary>
    public double High { get; }

    /// <summary>Gets whether 0 lies outside: of a difference, whether it means something at the interval's level.</summary>
    public bool ExcludesZero => Low > 0 || High < 0;

    /// <summary>Returns the score and the interval, such as <c>0.512 [0.48, 0.55]</c>.</summary>
    public override string ToString() => FormattableString.Invariant($"{Value:0.0###} [{Low:0.0###}, {High:0.0###}]");
}
