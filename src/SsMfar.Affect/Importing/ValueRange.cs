namespace SsMfar.Importing;

/// <summary>The scale that valence or arousal were annotated on: its ends become -1 and 1.</summary>
/// <param name="Low">What becomes -1.</param>
/// <param name="High">What becomes 1; less than <paramref name="Low"/> where the scale runs the other way.</param>
public readonly record struct ValueRange(double Low, double High)
{
    /// <summary>A value of the scale in [-1, 1]; outside of it for a value that is not of the scale.</summary>
    /// <param name="value">The value as annotated.</param>
    public double Rescale(double value) => 2 * (value - Low) / (High - Low) - 1;

    /// <summary>The scale of a column.</summary>
    internal static ValueRange Of(TableDescription description, string name) =>
        description.Ranges.TryGetValue(name, out ValueRange given) ? given : new(-1, 1);
}
