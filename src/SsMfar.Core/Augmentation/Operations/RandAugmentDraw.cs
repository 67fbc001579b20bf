using SsMfar.Randomness;

namespace SsMfar.Augmentation;

/// <summary>One operation that was drawn for one image.</summary>
/// <param name="Operation">The operation.</param>
/// <param name="Magnitude">In the unit that <see cref="ImageOperation"/> states.</param>
internal readonly record struct RandAugmentDraw(ImageOperation Operation, float Magnitude)
{
    public static RandAugmentDraw From(ReadOnlySpan<RandAugmentChoice> choices, ref RandomSource random)
    {
        RandAugmentChoice choice = choices[random.NextInt32(choices.Length)];
        return new(choice.Operation, choice.Magnitude.Draw(ref random));
    }

    /// <summary>Where a move reads the image; null for the other operations.</summary>
    public AffineMap? Move(int height, int width) => Operation switch
    {
        ImageOperation.Rotate => AffineMap.Rotate(Magnitude, width, height),
        ImageOperation.ShearX => AffineMap.ShearX(Magnitude),
        ImageOperation.ShearY => AffineMap.ShearY(Magnitude),
        ImageOperation.TranslateX => AffineMap.Translate(Magnitude * (double)width, 0),
        ImageOperation.TranslateY => AffineMap.Translate(0, Magnitude * (double)height),
        _ => null,
    };

    /// <summary>What posterized values are multiples of: two to the power of the bits dropped.</summary>
    public int PosterizeStep => 1 << (8 - (int)Magnitude);
}
