namespace SsMfar.Augmentation;

/// <summary>The operations RandAugment chooses from, each as PIL does it on 8-bit pixels; beside each, what its magnitude means.</summary>
internal enum ImageOperation
{
    /// <summary>Leaves the image as it is; no magnitude.</summary>
    Identity,

    /// <summary><c>ImageOps.autocontrast</c>: stretches each channel to 0..255; no magnitude.</summary>
    AutoContrast,

    /// <summary><c>ImageOps.equalize</c>: flattens each channel's histogram; no magnitude.</summary>
    Equalize,

    /// <summary><c>ImageEnhance.Brightness</c>: blend with black; magnitude is the factor (0 black, 1 the image).</summary>
    Brightness,

    /// <summary><c>ImageEnhance.Color</c>: blend with the grey image; magnitude is the factor (0 grey, 1 the image).</summary>
    Color,

    /// <summary><c>ImageEnhance.Contrast</c>: blend with the mean grey; magnitude is the factor (0 flat, 1 the image).</summary>
    Contrast,

    /// <summary><c>ImageEnhance.Sharpness</c>: blend with the smoothed image; magnitude is the factor (0 smooth, 1 the image).</summary>
    Sharpness,

    /// <summary><c>ImageOps.posterize</c>: keeps the top bits; magnitude is the number of bits, rounded down, 1 to 8.</summary>
    Posterize,

    /// <summary><c>ImageOps.solarize</c>: inverts values at or above the threshold; magnitude is the threshold, 0 to 256.</summary>
    Solarize,

    /// <summary><c>Image.rotate</c>, nearest pixel, black corners; magnitude in degrees, counter-clockwise.</summary>
    Rotate,

    /// <summary><c>Image.transform</c> by x' = x + magnitude y, nearest pixel, black beyond the edge.</summary>
    ShearX,

    /// <summary><c>Image.transform</c> by y' = y + magnitude x, nearest pixel, black beyond the edge.</summary>
    ShearY,

    /// <summary>Moves the image left by magnitude x width, nearest pixel, black beyond the edge.</summary>
    TranslateX,

    /// <summary>Moves the image up by magnitude x height, nearest pixel, black beyond the edge.</summary>
    TranslateY,
}
