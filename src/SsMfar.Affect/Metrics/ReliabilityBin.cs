namespace SsMfar.Metrics;

/// <summary>The rows whose probability lies between two values: how sure the model was of them, and how often it was right.</summary>
public readonly struct ReliabilityBin
{
    internal ReliabilityBin(double low, double high, long count, double? confidence, double? share) =>
        (Low, High, Count, Confidence, Share) = (low, high, count, confidence, share);

    /// <summary>Gets the lower end, which is outside but for 0.</summary>
    public double Low { get; }

    /// <summary>Gets the upper end, which is inside.</summary>
    public double High { get; }

    /// <summary>Gets the number of rows.</summary>
    public long Count { get; }

    /// <summary>Gets their mean probability; null without a row.</summary>
    public double? Confidence { get; }

    /// <summary>Gets the share of them that were right, or of units that were present; null without a row.</summary>
    public double? Share { get; }
}
