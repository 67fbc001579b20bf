using SkiaSharp;

namespace SsMfar.Imaging;

public sealed partial class ImageDecoder
{
    /// <summary>Decodes at full size, or smaller where a wanted size (not 0) allows it.</summary>
    private unsafe DecodedPixels DecodePixels(ReadOnlySpan<byte> encoded, string name, FaceBox? box, int width, int height)
    {
        if (encoded.IsEmpty)
        {
            throw new ImageDecodeException(name, "it is empty", ImageFormats.Remedy);
        }

        ImageFormat format = ImageFormats.Require(encoded, name);
        (byte, byte, byte) open = default;
        int switches = -1;
        if (format == ImageFormat.Gif)
        {
            open = GifPalette.FirstFrame(encoded, out switches);
        }

        ReadOnlySpan<byte> opaque = switches < 0 ? encoded : GifPalette.Opaque(encoded, switches);
        fixed (byte* bytes = opaque)
        {
            using SKData data = SKData.Create((nint)bytes, opaque.Length);
            using SKCodec? codec = SKCodec.Create(data);
            if (codec is null || FormatOf(codec) != format)
            {
                throw new ImageDecodeException(
                    name,
                    EncodedStructure.EndsEarly(format, encoded)
                        ? "it is truncated"
                        : $"it starts as a {ImageFormats.NameOf(format)} file, and its header is damaged",
                    ImageFormats.Remedy);
            }

            SKImageInfo full = codec.Info;
            CheckSize(full, name, isWhole: width == 0);
            ImageOrientation orientation = ExifReader.Orientation(format, encoded);
            (int uprightWidth, int uprightHeight) = orientation.Upright(full.Width, full.Height);
            FaceBox crop = FaceBox.Within(uprightWidth, uprightHeight, box, name);
            SKSizeI upright = new(uprightWidth, uprightHeight);
            int divisor = ScaledDecoding && width > 0 && format == ImageFormat.Jpeg
                ? Divisor(codec, full.Size, upright, crop, (double)crop.Width / width, (double)crop.Height / height)
                : 1;
            DecodedPixels pixels = DecodedPixels.Allocate(
                full.Size, divisor, orientation, crop, Budget, EncodedStructure.CodecBytesPerPixel(format, encoded));
            SKImageInfo info = new(pixels.Size.Width, pixels.Size.Height, SKColorType.Rgba8888, SKAlphaType.Unpremul);
            SKCodecResult result = codec.GetPixels(info, (nint)pixels.Start);

            // A WebP's pixels may be whole where its EXIF, which comes last, is missing.
            if (result != SKCodecResult.Success || (format == ImageFormat.WebP && EncodedStructure.EndsEarly(format, encoded)))
            {
                pixels.Dispose();
                throw new ImageDecodeException(name, Reason(result, format, encoded), ImageFormats.Remedy);
            }

            if (format == ImageFormat.Gif)
            {
                GifPalette.Fill(pixels.Start, (long)full.Width * full.Height, open);
            }

            return pixels;
        }
    }

    private void CheckSize(SKImageInfo full, string name, bool isWhole)
    {
        if ((long)full.Width * full.Height > MaximumPixels)
        {
            throw new ImageDecodeException(
                name,
                FormattableString.Invariant($"it has {full.Width}x{full.Height} pixels, more than the {MaximumPixels} allowed"),
                "Make it smaller, or raise ImageDecoder.MaximumPixels if you trust it.");
        }

        if (isWhole && 3L * full.Width * full.Height > Array.MaxLength)
        {
            throw new ImageDecodeException(
                name,
                FormattableString.Invariant($"it has {full.Width}x{full.Height} pixels, more than fit into one array"),
                "Make it smaller, or decode it at the size that is needed.");
        }

        if (full.Width > MaximumSide || full.Height > MaximumSide)
        {
            throw new ImageDecodeException(
                name,
                FormattableString.Invariant($"it has {full.Width}x{full.Height} pixels; a side has at most {MaximumSide}"),
                "Make it smaller.");
        }
    }

    private static ImageFormat? FormatOf(SKCodec codec) => codec.EncodedFormat switch
    {
        SKEncodedImageFormat.Jpeg => ImageFormat.Jpeg,
        SKEncodedImageFormat.Png => ImageFormat.Png,
        SKEncodedImageFormat.Webp => ImageFormat.WebP,
        SKEncodedImageFormat.Bmp => ImageFormat.Bmp,
        SKEncodedImageFormat.Gif => ImageFormat.Gif,
        _ => null,
    };

    /// <summary>The fraction to decode at: halves, quarters and eighths only, which have fast inverse transforms.</summary>
    /// <param name="codec">The JPEG.</param>
    /// <param name="full">Its size as stored.</param>
    /// <param name="upright">Its size upright.</param>
    /// <param name="crop">The part wanted, upright.</param>
    /// <param name="across">Image pixels of one wanted pixel, across.</param>
    /// <param name="down">The same, down.</param>
    private static int Divisor(SKCodec codec, SKSizeI full, SKSizeI upright, FaceBox crop, double across, double down)
    {
        // The result stays at least twice the wanted size.
        double shrink = Math.Min(across, down);
        int divisor = shrink >= 16 ? 8 : shrink >= 8 ? 4 : shrink >= 4 ? 2 : 1;
        while (divisor > 1
            && (MissesEdge(upright.Width, crop.X, crop.Width, across, divisor)
                || MissesEdge(upright.Height, crop.Y, crop.Height, down, divisor)))
        {
            divisor /= 2;
        }

        return codec.GetScaledDimensions(1f / divisor) == DecodedPixels.SizeAt(full, divisor) ? divisor : 1;
    }

    // Whether the pixels that do not fill a last sample, and so are left out, would be seen: more than a sixteenth of a wanted pixel at the
    // wanted part's edge.
    private static bool MissesEdge(int side, int start, int length, double step, int divisor) =>
        (start < step || start + length > side - step) && side % divisor > step / 16;

    private static string Reason(SKCodecResult result, ImageFormat format, ReadOnlySpan<byte> encoded) => result switch
    {
        SKCodecResult.IncompleteInput => "it is truncated",
        _ when EncodedStructure.EndsEarly(format, encoded) => "it is truncated",
        SKCodecResult.ErrorInInput or SKCodecResult.InvalidInput => "its data are damaged",
        _ => $"it is a kind of {ImageFormats.NameOf(format)} that cannot be decoded ({result})",
    };
}
