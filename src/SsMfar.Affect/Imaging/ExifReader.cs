using System.Buffers.Binary;
using System.Globalization;
using System.IO.Compression;
using System.Text;

namespace SsMfar.Imaging;

/// <summary>
/// Finds the orientation that an encoded file states, where Pillow's <c>ImageOps.exif_transpose</c> looks for it: the first EXIF segment of
/// a JPEG; a PNG's eXIf chunk, ImageMagick's text of a raw EXIF profile, or XMP; a WebP's EXIF chunk. Codecs know some of these. What
/// cannot be read counts as not there.
/// </summary>
internal static class ExifReader
{
    private const ushort OrientationTag = 0x0112;
    private const int MaximumText = 1 << 20;

    /// <summary>The orientation, 1 (upright) to 8; 1 where none is stated.</summary>
    public static ImageOrientation Orientation(ImageFormat format, ReadOnlySpan<byte> encoded) => new(format switch
    {
        ImageFormat.Jpeg => OfJpeg(encoded),
        ImageFormat.Png => OfPng(encoded),
        ImageFormat.WebP => OfWebP(encoded),
        _ => null,
    }
    is { } stated and >= 1 and <= 8 ? stated : 1);

    private static int? OfJpeg(ReadOnlySpan<byte> encoded)
    {
        int offset = 2;
        while (EncodedStructure.NextJpegSegment(encoded, ref offset, out byte marker, out ReadOnlySpan<byte> content))
        {
            if (marker == 0xE1 && content.StartsWith("Exif\0"u8))
            {
                return OfExif(content);
            }
        }

        return null;
    }

    private static int? OfWebP(ReadOnlySpan<byte> encoded)
    {
        EncodedChunks chunks = new(encoded, riff: true);
        return chunks.Contains("EXIF"u8) ? OfExif(chunks.Content) : null;
    }

    private static int? OfPng(ReadOnlySpan<byte> encoded)
    {
        EncodedChunks chunks = new(encoded);
        ReadOnlySpan<byte> exif = default;
        int? profile = null, xmp = null;
        bool hasExif = false, hasProfile = false;
        while (chunks.MoveNext())
        {
            if (chunks.Type.SequenceEqual("eXIf"u8))
            {
                exif = chunks.Content;
                hasExif = true;
            }
            else if (Text(chunks.Type, chunks.Content, "Raw profile type exif"u8) is { } hexadecimal)
            {
                profile = OfExif(RawProfile(hexadecimal));
                hasProfile = true;
            }
            else if (Text(chunks.Type, chunks.Content, "XML:com.adobe.xmp"u8) is { } xml)
            {
                xmp = OfXmp(xml);
            }
        }

        return (hasExif ? OfExif(exif) : hasProfile ? profile : null) ?? xmp;
    }

    /// <summary>The tag in the first directory of a TIFF structure, with or without "Exif" in front.</summary>
    private static int? OfExif(ReadOnlySpan<byte> exif)
    {
        if (exif.StartsWith("Exif\0\0"u8))
        {
            exif = exif[6..];
        }

        bool little = exif.StartsWith("II*\0"u8);
        if ((!little && !exif.StartsWith("MM\0*"u8)) || exif.Length < 8)
        {
            return null;
        }

        uint directory = UInt32(exif[4..], little);
        if (directory > exif.Length - 2)
        {
            return null;
        }

        int count = UInt16(exif[(int)directory..], little);
        int? found = null;
        for (long at = directory + 2L; count > 0 && at + 12 <= exif.Length; at += 12, count--)
        {
            ReadOnlySpan<byte> entry = exif.Slice((int)at, 12);
            if (UInt16(entry, little) == OrientationTag)
            {
                found = Value(exif, entry, little) ?? found;
            }
        }

        return found;
    }

    // SHORT is what EXIF prescribes; LONG and the signed types are written too.
    private static int? Value(ReadOnlySpan<byte> exif, ReadOnlySpan<byte> entry, bool little)
    {
        int size = UInt16(entry[2..], little) switch { 3 or 8 => 2, 4 or 9 => 4, 6 => 1, _ => 0 };
        long bytes = size * (long)UInt32(entry[4..], little);
        ReadOnlySpan<byte> value = entry[8..];
        if (bytes > 4)
        {
            uint offset = UInt32(value, little);
            if (offset + bytes > exif.Length)
            {
                return null;
            }

            value = exif[(int)offset..];
        }

        return (bytes, size) switch
        {
            (0, _) => null,
            (_, 1) => value[0],
            (_, 2) => UInt16(value, little),
            _ => (int)Math.Min(UInt32(value, little), int.MaxValue),
        };
    }

    private static ushort UInt16(ReadOnlySpan<byte> bytes, bool little) =>
        little ? BinaryPrimitives.ReadUInt16LittleEndian(bytes) : BinaryPrimitives.ReadUInt16BigEndian(bytes);

    private static uint UInt32(ReadOnlySpan<byte> bytes, bool little) =>
        little ? BinaryPrimitives.ReadUInt32LittleEndian(bytes) : BinaryPrimitives.ReadUInt32BigEndian(bytes);

    /// <summary>A PNG's text of a keyword, out of any of the three kinds of text chunks; null where the chunk is another.</summary>
    private static string? Text(ReadOnlySpan<byte> type, ReadOnlySpan<byte> content, ReadOnlySpan<byte> keyword)
    {
        int end = keyword.Length;
        if (content.Length < end + 2 || !content.StartsWith(keyword) || content[end] != 0)
        {
            return null;
        }

        ReadOnlySpan<byte> rest = content[(end + 1)..];
        if (type.SequenceEqual("tEXt"u8))
        {
            return Encoding.Latin1.GetString(rest);
        }

        if (type.SequenceEqual("zTXt"u8))
        {
            return Inflate(rest[1..]);
        }

        if (!type.SequenceEqual("iTXt"u8) || rest.Length < 2)
        {
            return null;
        }

        // Whether and how it is compressed, then a language and a translated keyword, each ended by a zero.
        bool compressed = rest[0] != 0;
        rest = rest[2..];
        for (int i = 0; i < 2; i++)
        {
            int zero = rest.IndexOf((byte)0);
            if (zero < 0)
            {
                return null;
            }

            rest = rest[(zero + 1)..];
        }

        return compressed ? Inflate(rest) : Encoding.Latin1.GetString(rest);
    }

    private static string? Inflate(ReadOnlySpan<byte> packed)
    {
        byte[] text = new byte[MaximumText];
        try
        {
            using ZLibStream stream = new(new MemoryStream(packed.ToArray()), CompressionMode.Decompress);
            return Encoding.Latin1.GetString(text, 0, stream.ReadAtLeast(text, text.Length, throwOnEndOfStream: false));
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }

    // A blank line, the profile's name, its length, then hexadecimal digits in lines.
    private static byte[] RawProfile(string text)
    {
        string[] lines = text.Split('\n');
        try
        {
            return Convert.FromHexString(string.Concat(lines.Skip(3).Select(line => line.Trim())));
        }
        catch (FormatException)
        {
            return [];
        }
    }

    private static int? OfXmp(string xml)
    {
        const string name = "tiff:Orientation";
        for (int at = xml.IndexOf(name, StringComparison.Ordinal); at >= 0; at = xml.IndexOf(name, at + 1, StringComparison.Ordinal))
        {
            ReadOnlySpan<char> value = xml.AsSpan(at + name.Length);
            int skip = value.StartsWith("=\"") ? 2 : value.StartsWith(">") ? 1 : 0;
            if (skip > 0 && value.Length > skip && char.IsAsciiDigit(value[skip]))
            {
                return int.Parse(value.Slice(skip, 1), CultureInfo.InvariantCulture);
            }
        }

        return null;
    }
}
