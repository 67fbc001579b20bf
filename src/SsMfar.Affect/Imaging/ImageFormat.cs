namespace SsMfar.Imaging;

/// <summary>The formats that are decoded. The codecs know more (WBMP, ICO), of which random bytes too easily look like one.</summary>
internal enum ImageFormat
{
    Jpeg,
    Png,
    WebP,
    Bmp,
    Gif,
}

/// <summary>Tells formats by their first bytes.</summary>
internal static class ImageFormats
{
    public const string Names = "JPEG, PNG, WebP, BMP, GIF";

    /// <summary>What to do about a damaged or foreign file.</summary>
    public const string Remedy = "Give a complete JPEG, PNG, WebP, BMP or GIF image instead.";

    /// <summary>With so many first bytes, or the whole file, a format is told.</summary>
    public const int SignatureLength = 16;

    /// <summary>A format as people write it.</summary>
    public static string NameOf(ImageFormat format) => format == ImageFormat.WebP ? "WebP" : format.ToString().ToUpperInvariant();

    /// <summary>The format whose signature the bytes start with; null where there is none.</summary>
    public static ImageFormat? Recognize(ReadOnlySpan<byte> encoded) => encoded switch
    {
        [0xFF, 0xD8, 0xFF, ..] => ImageFormat.Jpeg,
        [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A, ..] => ImageFormat.Png,
        [(byte)'R', (byte)'I', (byte)'F', (byte)'F', _, _, _, _, (byte)'W', (byte)'E', (byte)'B', (byte)'P', ..] => ImageFormat.WebP,
        [(byte)'B', (byte)'M', ..] => ImageFormat.Bmp,
        [(byte)'G', (byte)'I', (byte)'F', (byte)'8', (byte)'7' or (byte)'9', (byte)'a', ..] => ImageFormat.Gif,
        _ => null,
    };

    /// <summary>Recognises a format, or says that there is none, and which other kind of image it is where that is plain.</summary>
    /// <exception cref="ImageDecodeException">The bytes start as no known format does.</exception>
    public static ImageFormat Require(ReadOnlySpan<byte> encoded, string name) =>
        Recognize(encoded) ?? throw new ImageDecodeException(
            name,
            Other(encoded) is { } other ? $"it is {other}, and only {Names} are read" : $"it is not an image of a known format ({Names})",
            Remedy);

    private static string? Other(ReadOnlySpan<byte> encoded) => encoded switch
    {
        [0, 0, 1, 0, _, 0, ..] or [0, 0, 2, 0, _, 0, ..] => "an icon or cursor (ICO, CUR)",
        [(byte)'I', (byte)'I', 42, 0, ..] or [(byte)'M', (byte)'M', 0, 42, ..] => "a TIFF or camera raw image",
        [_, _, _, _, (byte)'f', (byte)'t', (byte)'y', (byte)'p', (byte)'a', (byte)'v', (byte)'i', ..] => "an AVIF image",
        [_, _, _, _, (byte)'f', (byte)'t', (byte)'y', (byte)'p', (byte)'h' or (byte)'m', (byte)'e' or (byte)'i', ..]
            => "a HEIF image (HEIC)",
        [_, _, _, _, (byte)'f', (byte)'t', (byte)'y', (byte)'p', ..] => "a video",
        [(byte)'%', (byte)'P', (byte)'D', (byte)'F', ..] => "a PDF document",
        _ => null,
    };
}
