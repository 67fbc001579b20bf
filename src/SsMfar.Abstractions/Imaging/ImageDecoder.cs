using System.Buffers;
using SkiaSharp;

namespace SsMfar.Imaging;

/// <summary>
/// Turns encoded images (JPEG, PNG, WebP, BMP, GIF: what SkiaSharp reads) into 8-bit RGB, upright by their EXIF orientation. Grey, palette,
/// CMYK and 16-bit images become RGB; alpha is dropped and the stored colour kept, as Pillow's <c>convert("RGB")</c> does, not
/// blended with a background. Embedded colour profiles are ignored, as in torchvision. Immutable and safe for many threads.
/// </summary>
public sealed class ImageDecoder
{
    /// <summary>The number of pixels above which an image is refused unless told otherwise: Pillow's limit for decompression bombs.</summary>
    public const long DefaultMaximumPixels = 89_478_485;

    private const string Remedy = "Replace or remove it, or have bad images skipped.";

    /// <summary>A decoder with default settings.</summary>
    public static ImageDecoder Default { get; } = new();

    /// <summary>Images with more pixels than this are refused before they take memory.</summary>
    public long MaximumPixels { get; init; } = DefaultMaximumPixels;

    /// <summary>
    /// Whether a JPEG that is to be made smaller may be decoded at 1/2, 1/4 or 1/8 of its size, as long as that is still at least twice
    /// the size wanted in both directions. Saves most of the time on large photographs; pixels differ a little from decoding in full.
    /// </summary>
    public bool ScaledDecoding { get; init; } = true;

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

    /// <summary>Copies a SkiaSharp bitmap's colours; alpha is dropped, its colour space ignored.</summary>
    /// <param name="bitmap">A bitmap with pixels; it stays the caller's.</param>
    /// <exception cref="ArgumentException">The bitmap is empty or its pixels cannot be converted.</exception>
    public static unsafe RgbImage FromBitmap(SKBitmap bitmap)
    {
        ArgumentNullException.ThrowIfNull(bitmap);
        SKImageInfo info = new(bitmap.Width, bitmap.Height, SKColorType.Rgba8888, SKAlphaType.Unpremul, bitmap.ColorSpace);
        using SKPixmap? pixels = bitmap.PeekPixels();
        byte[] rgba = ArrayPool<byte>.Shared.Rent(checked(Math.Max(bitmap.Width * bitmap.Height * 4, 1)));
        try
        {
            fixed (byte* start = rgba)
            {
                if (pixels is null || !pixels.ReadPixels(info, (nint)start, info.RowBytes))
                {
                    throw new ArgumentException(
                        FormattableString.Invariant($"The bitmap ({bitmap.Width}x{bitmap.Height}, {bitmap.ColorType}) has no pixels that can be read."), nameof(bitmap));
                }

                byte[] rgb = new byte[checked(bitmap.Width * bitmap.Height * 3)];
                fixed (byte* target = rgb)
                {
                    ResizeKernels.Pack(start, 4, target, (long)bitmap.Width * bitmap.Height);
                }

                return new RgbImage(bitmap.Width, bitmap.Height, rgb);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rgba);
        }
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
    /// <exception cref="ImageDecodeException">The image is missing, no whole image, above <see cref="MaximumPixels"/>, or outside the box.</exception>
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
    /// <exception cref="ImageDecodeException">The bytes are no whole image, one above <see cref="MaximumPixels"/>, or outside the box.</exception>
    /// <exception cref="ArgumentException">The destination has another length.</exception>
    public unsafe void DecodeResized(ReadOnlySpan<byte> encoded, string name, FaceBox? box, int width, int height, Span<byte> destination)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (width < 1 || height < 1 || destination.Length != 3L * width * height)
        {
            throw new ArgumentException(
                FormattableString.Invariant($"{width}x{height} pixels must be at least 1x1 and take 3 bytes each; there is room for {destination.Length} bytes."),
                nameof(destination));
        }

        using DecodedPixels decoded = DecodePixels(encoded, name, box, width, height);
        fixed (byte* target = destination)
        {
            decoded.Resize(target, width, height);
        }
    }

    /// <summary>Decodes at full size, or smaller where a wanted size (not 0) allows it.</summary>
    private unsafe DecodedPixels DecodePixels(ReadOnlySpan<byte> encoded, string name, FaceBox? box, int width, int height)
    {
        if (encoded.IsEmpty)
        {
            throw new ImageDecodeException(name, "it is empty", Remedy);
        }

        fixed (byte* bytes = encoded)
        {
            using SKData data = SKData.Create((nint)bytes, encoded.Length);
            using SKCodec codec = SKCodec.Create(data)
                ?? throw new ImageDecodeException(name, "it is not an image of a known format (JPEG, PNG, WebP, BMP, GIF)", Remedy);
            SKImageInfo full = codec.Info;
            long pixels = (long)full.Width * full.Height;
            if (pixels > MaximumPixels)
            {
                throw new ImageDecodeException(
                    name,
                    FormattableString.Invariant($"it has {full.Width}x{full.Height} pixels, more than the {MaximumPixels} allowed"),
                    "Make it smaller, or raise ImageDecoder.MaximumPixels if you trust it.");
            }

            ImageOrientation orientation = new((int)codec.EncodedOrigin);
            (int uprightWidth, int uprightHeight) = orientation.Upright(full.Width, full.Height);
            FaceBox crop = FaceBox.Within(uprightWidth, uprightHeight, box, name);
            SKSizeI size = ScaledDecoding && width > 0 && codec.EncodedFormat == SKEncodedImageFormat.Jpeg
                ? ScaledSize(codec, full, Math.Min((double)crop.Width / width, (double)crop.Height / height))
                : full.Size;
            return Read(codec, size, name, orientation, crop, full.Size);
        }
    }

    private static SKSizeI ScaledSize(SKCodec codec, SKImageInfo full, double shrink)
    {
        // Halves, quarters and eighths only: these have fast inverse transforms. The result stays at least twice the wanted size.
        float scale = shrink >= 16 ? 0.125f : shrink >= 8 ? 0.25f : shrink >= 4 ? 0.5f : 1f;
        return scale == 1f ? full.Size : codec.GetScaledDimensions(scale);
    }

    private static unsafe DecodedPixels Read(
        SKCodec codec, SKSizeI size, string name, ImageOrientation orientation, FaceBox crop, SKSizeI fullSize)
    {
        SKImageInfo info = new(size.Width, size.Height, SKColorType.Rgba8888, SKAlphaType.Unpremul);
        byte[] rgba = ArrayPool<byte>.Shared.Rent(checked(size.Width * size.Height * 4));
        SKCodecResult result;
        fixed (byte* start = rgba)
        {
            result = codec.GetPixels(info, (nint)start);
        }

        if (result != SKCodecResult.Success)
        {
            ArrayPool<byte>.Shared.Return(rgba);
            throw new ImageDecodeException(
                name,
                result switch
                {
                    SKCodecResult.IncompleteInput => "it is truncated",
                    SKCodecResult.ErrorInInput => "its data are damaged",
                    _ => $"the decoder reports {result}",
                },
                Remedy);
        }

        (int width, int height) = orientation.Upright(size.Width, size.Height);
        (int fullWidth, int fullHeight) = orientation.Upright(fullSize.Width, fullSize.Height);
        ResizeBox box = (width, height) == (fullWidth, fullHeight)
            ? ResizeBox.From(crop)
            : ResizeBox.From(crop, (double)width / fullWidth, (double)height / fullHeight);
        return new DecodedPixels(rgba, size.Width, size.Height, orientation, box);
    }
}
