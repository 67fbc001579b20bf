namespace SsMfar.RenderedFaces;

/// <summary>
/// What to render. The same options give the same labels and, with one SkiaSharp version, the same pixels on any number of threads.
/// </summary>
public sealed record RenderedFaceOptions
{
    /// <summary>The number of training faces; at least 0.</summary>
    public int TrainingCount { get; init; } = 3500;

    /// <summary>The number of validation faces, of identities unseen in training; at least 0.</summary>
    public int ValidationCount { get; init; } = 700;

    /// <summary>Width and height of each picture in pixels, 32 to 1024.</summary>
    public int Size { get; init; } = 96;

    /// <summary>Every identity, expression, picture and missing label follows from this.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Consecutive pictures that show one person; at least 1.</summary>
    public int ImagesPerIdentity { get; init; } = 5;

    /// <summary>The share of rows without valence and arousal, 0 to 1; s-Aff-Wild2's 27% by default.</summary>
    public double MissingValenceArousal { get; init; } = 0.27;

    /// <summary>The share of rows without any action unit, 0 to 1; s-Aff-Wild2's 27.4% by default.</summary>
    public double MissingActionUnits { get; init; } = 0.274;

    /// <summary>The share of rows without an expression, 0 to 1; s-Aff-Wild2's 36.3% by default.</summary>
    public double MissingExpression { get; init; } = 0.363;

    /// <summary>How many consecutive pictures lose the same labels; at least 1.</summary>
    public int MissingRunLength { get; init; } = 5;

    /// <summary>JPEG quality, 1 to 100.</summary>
    public int JpegQuality { get; init; } = 92;

    /// <summary>The number of pictures in a split.</summary>
    /// <param name="split">The split.</param>
    public int Count(FaceSplit split) => split == FaceSplit.Training ? TrainingCount : ValidationCount;

    internal int IdentityCount(FaceSplit split) => (Count(split) + ImagesPerIdentity - 1) / ImagesPerIdentity;

    /// <summary>Throws when a value is out of its range.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range; the message names it.</exception>
    internal void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfNegative(TrainingCount);
        ArgumentOutOfRangeException.ThrowIfNegative(ValidationCount);
        ArgumentOutOfRangeException.ThrowIfLessThan(Size, 32);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Size, 1024);
        ArgumentOutOfRangeException.ThrowIfLessThan(ImagesPerIdentity, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(MissingRunLength, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(JpegQuality, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(JpegQuality, 100);
        Rate(MissingValenceArousal, nameof(MissingValenceArousal));
        Rate(MissingActionUnits, nameof(MissingActionUnits));
        Rate(MissingExpression, nameof(MissingExpression));

        static void Rate(double value, string name)
        {
            if (value is not (>= 0 and <= 1))
            {
                throw new ArgumentOutOfRangeException(name, value, "A share of rows lies between 0 and 1.");
            }
        }
    }
}
