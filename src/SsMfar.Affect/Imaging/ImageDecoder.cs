namespace SsMfar.Imaging;

/// <summary>
/// Turns encoded images (JPEG, PNG, WebP, BMP, GIF, told by their first bytes, and nothing else) into 8-bit RGB, upright by their EXIF
/// orientation, as Pillow's <c>ImageOps.exif_transpose(image).convert("RGB")</c> does. Grey, palette, CMYK and 16-bit images become RGB;
/// alpha is dropped and the stored colour kept, not blended with a background; of several frames the first is taken. Embedded colour
/// profiles are ignored, as in torchvision. Immutable and safe for many threads.
/// </summary>
public sealed partial class ImageDecoder
{
    /// <summary>
    /// The number of pixels above which an image is refused by default otherwise: Pillow's limit for decompression bombs.
    /// </summary>
    internal const long DefaultMaximumPixels = 89_478_485;

    /// <summary>The pixels and codecs' working memory that a decoder holds at once by default otherwise: 1 GiB.</summary>
    internal const long DefaultMaximumMemory = 1L << 30;

    /// <summary>
    /// The side above which an image is refused: JPEG's limit. One row or column of millions of pixels takes unreasonable memory to resize.
    /// </summary>
    internal const int MaximumSide = 65_535;

    private static readonly DecodeBudget SharedBudget = new(DefaultMaximumMemory);

    /// <summary>Gets a new decoder with default settings, so that whoever changes one leaves the others alone.</summary>
    public static ImageDecoder Default => new();

    /// <summary>Gets or sets the largest number of pixels of an image; a larger one is refused before it takes memory.</summary>
    public long MaximumPixels { get; init; } = DefaultMaximumPixels;

    /// <summary>
    /// Gets bytes of decoded pixels and codecs' working memory (some 4 to 12 a pixel) that this decoder holds at once, over all threads
    /// that use it. A thread whose image finds no room waits until others are done; an image larger than this is decoded alone. The encoded
    /// files and results come on top. Decoders that are not given a number share the default one.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">It is not positive.</exception>
    public long MaximumMemory
    {
        get => Budget.Bytes;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            Budget = new(value);
        }
    }

    /// <summary>
    /// Gets whether a JPEG that is to be made smaller may be decoded at 1/2, 1/4 or 1/8 of its size, as long as that is still at least
    /// twice the size wanted in both directions. Saves most of the time on large photographs; pixels differ a little from decoding in full.
    /// Places stay exact: sample k of an image at 1/8 stands for pixels 8k to 8k + 7. Where the last pixels do not fill a sample, which the
    /// encoder then completes as it likes, that sample is not used, and the fraction is chosen so that what is left out is no more than a
    /// sixteenth of a wanted pixel.
    /// </summary>
    public bool ScaledDecoding { get; init; } = true;

    internal DecodeBudget Budget { get; private init; } = SharedBudget;

    /// <summary>Decodes an image file's bytes.</summary>
    /// <param name="encoded">The whole file.</param>
    /// <param name="name">The image's name for messages.</param>
    /// <exception cref="ImageDecodeException">The bytes are no whole image, or one above <see cref="MaximumPixels"/>.</exception>
    public RgbImage Decode(ReadOnlySpan<byte> encoded, string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        using DecodedPixels decoded = DecodePixels(encoded, name, null, 0, 0);
        return decoded.ToImage();
    }

    /// <summary>Decodes an image from a source.</summary>
    /// <param name="source">Where it is.</param>
    /// <param name="name">Its name there.</param>
    /// <exception cref="ImageDecodeException">The image is missing, no whole image, or above <see cref="MaximumPixels"/>.</exception>
    public RgbImage Decode(IImageSource source, string name)
    {
        ArgumentNullException.ThrowIfNull(source);
        using EncodedBytes encoded = EncodedBytes.Read(source, name);
        return Decode(encoded.Span, source.Describe(name));
    }

    /// <summary>Decodes an image file.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="ImageDecodeException">The file is missing, no whole image, or above <see cref="MaximumPixels"/>.</exception>
    public RgbImage Decode(string path)
    {
        using EncodedBytes encoded = EncodedBytes.Read(path);
        return Decode(encoded.Span, path);
    }

    /// <summary>Decodes an image from a stream, which is read to its end and not closed.</summary>
    /// <param name="stream">The encoded image.</param>
    /// <param name="name">The image's name for messages.</param>
    /// <exception cref="ImageDecodeException">The stream holds no whole image, or one above <see cref="MaximumPixels"/>.</exception>
    public RgbImage Decode(Stream stream, string name)
    {
        ArgumentNullException.ThrowIfNull(stream);
        using EncodedBytes encoded = EncodedBytes.Read(stream, name);
        return Decode(encoded.Span, name);
    }

    /// <summary>
    /// Decodes, crops and resizes in one go, without garbage beyond SkiaSharp's handles: the way into caches and models.
    /// </summary>
    /// <param name="source">Where the image is.</param>
    /// <param name="name">Its name there.</param>
    /// <param name="box">The part to take, in pixels of the upright image; the whole image when null.</param>
    /// <param name="width">Pixels across wanted.</param>
    /// <param name="height">Pixels down wanted.</param>
    /// <param name="destination">Receives height x width x 3 values, R, G, B.</param>
    /// <exception cref="ImageDecodeException">
    /// The image is missing, no whole image, above <see cref="MaximumPixels"/>, or outside the box.
    /// </exception>
    /// <exception cref="ArgumentException">The destination has another length.</exception>
    public void DecodeResized(IImageSource source, string name, FaceBox? box, int width, int height, Span<byte> destination)
    {
        ArgumentNullException.ThrowIfNull(source);
        using EncodedBytes encoded = EncodedBytes.Read(source, name);
        try
        {
            DecodeResized(encoded.Span, name, box, width, height, destination);
        }
        catch (ImageDecodeException bad)
        {
            throw new ImageDecodeException(source.Describe(name), bad.Reason, bad.Remedy, bad.InnerException);
        }
    }

    /// <summary>Decodes an image file's bytes, crops and resizes in one go.</summary>
    /// <param name="encoded">The whole file.</param>
    /// <param name="name">The image's name for messages.</param>
    /// <param name="box">The part to take, in pixels of the upright image; the whole image when null.</param>
    /// <param name="width">Pixels across wanted.</param>
    /// <param name="height">Pixels down wanted.</param>
    /// <param name="destination">Receives height x width x 3 values, R, G, B.</param>
    /// <exception cref="ImageDecodeException">
    /// The bytes are no whole image, one above <see cref="MaximumPixels"/>, or outside the box.
    /// </exception>
    /// <exception cref="ArgumentException">The destination has another length.</exception>
    public unsafe void DecodeResized(ReadOnlySpan<byte> encoded, string name, FaceBox? box, int width, int height, Span<byte> destination)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (width < 1 || height < 1 || destination.Length != 3L * width * height)
        {
            throw new ArgumentException(
                FormattableString.Invariant(
                    $"{width}x{height} pixels must be at least 1x1 and take 3 bytes each; there is room for {destination.Length} bytes."),
                nameof(destination));
        }

        using DecodedPixels decoded = DecodePixels(encoded, name, box, width, height);
        fixed (byte* target = destination)
        {
            decoded.Resize(target, width, height);
        }
    }
}
