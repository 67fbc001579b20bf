namespace SsMfar.Augmentation;

/// <summary>One operation RandAugment may choose, and how its magnitude is drawn.</summary>
/// <param name="Operation">The operation.</param>
/// <param name="Magnitude">Its magnitude, in the unit that <see cref="ImageOperation"/> states.</param>
internal sealed record RandAugmentChoice(ImageOperation Operation, Magnitude Magnitude)
{
    private static readonly RandAugmentChoice[] Published =
    [
        new(ImageOperation.AutoContrast, Magnitude.None),
        new(ImageOperation.Brightness, Magnitude.Uniform(0.05f, 0.95f)),
        new(ImageOperation.Color, Magnitude.Uniform(0.05f, 0.95f)),
        new(ImageOperation.Contrast, Magnitude.Uniform(0.05f, 0.95f)),
        new(ImageOperation.Equalize, Magnitude.None),
        new(ImageOperation.Identity, Magnitude.None),
        new(ImageOperation.Posterize, Magnitude.Uniform(4, 8)),
        new(ImageOperation.Rotate, Magnitude.Uniform(-30, 30)),
        new(ImageOperation.Sharpness, Magnitude.Uniform(0.05f, 0.95f)),
        new(ImageOperation.ShearX, Magnitude.Uniform(-0.3f, 0.3f)),
        new(ImageOperation.ShearY, Magnitude.Uniform(-0.3f, 0.3f)),
        new(ImageOperation.Solarize, Magnitude.Uniform(0, 256)),
        new(ImageOperation.TranslateX, Magnitude.Uniform(-0.3f, 0.3f)),
        new(ImageOperation.TranslateY, Magnitude.Uniform(-0.3f, 0.3f)),
    ];

    // RandAugment(3, 9): bin 9 of 0 to 30.
    private static readonly RandAugmentChoice[] Torchvision =
    [
        new(ImageOperation.Identity, Magnitude.None),
        new(ImageOperation.ShearX, Magnitude.PlusOrMinus(0.3f * 9 / 30)),
        new(ImageOperation.ShearY, Magnitude.PlusOrMinus(0.3f * 9 / 30)),
        new(ImageOperation.TranslateX, Magnitude.PlusOrMinus(150f / 331 * 9 / 30)),
        new(ImageOperation.TranslateY, Magnitude.PlusOrMinus(150f / 331 * 9 / 30)),
        new(ImageOperation.Rotate, Magnitude.PlusOrMinus(30f * 9 / 30)),
        new(ImageOperation.Brightness, Magnitude.PlusOrMinus(0.9f * 9 / 30, 1)),
        new(ImageOperation.Color, Magnitude.PlusOrMinus(0.9f * 9 / 30, 1)),
        new(ImageOperation.Contrast, Magnitude.PlusOrMinus(0.9f * 9 / 30, 1)),
        new(ImageOperation.Sharpness, Magnitude.PlusOrMinus(0.9f * 9 / 30, 1)),
        new(ImageOperation.Posterize, Magnitude.Constant(7)),
        new(ImageOperation.Solarize, Magnitude.Constant(255 - (255f * 9 / 30))),
        new(ImageOperation.AutoContrast, Magnitude.None),
        new(ImageOperation.Equalize, Magnitude.None),
    ];

    /// <summary>The choices of a space.</summary>
    public static IReadOnlyList<RandAugmentChoice> Of(RandAugmentSpace space) =>
        space == RandAugmentSpace.Torchvision ? Torchvision : Published;
}
