using System.Buffers.Binary;

namespace SsMfar.Imaging;

/// <summary>What an encoded file's outline says, without decoding it. Reads no further than the bytes go, whatever they claim.</summary>
internal static class EncodedStructure
{
    private const byte StartOfScan = 0xDA;
    private const byte EndOfImage = 0xD9;
    private const byte ProgressiveFrame = 0xC2;

    /// <summary>Whether the file stops before the end that its format marks or its header promises.</summary>
    public static bool EndsEarly(ImageFormat format, ReadOnlySpan<byte> encoded) => format switch
    {
        ImageFormat.Jpeg => !HasJpegMarker(encoded, EndOfImage),
        ImageFormat.Png => !new EncodedChunks(encoded).Contains("IEND"u8),

        // The byte that pads the last chunk is not missed.
        ImageFormat.WebP => encoded.Length < 7 + (long)BinaryPrimitives.ReadUInt32LittleEndian(encoded[4..]),
        ImageFormat.Bmp => encoded.Length < 6 || encoded.Length < BinaryPrimitives.ReadUInt32LittleEndian(encoded[2..]),
        _ => encoded[^1] != GifPalette.Trailer,
    };

    /// <summary>Bytes a pixel of the full image that a codec takes besides those of the decoded image.</summary>
    public static int CodecBytesPerPixel(ImageFormat format, ReadOnlySpan<byte> encoded) => format switch
    {
        // Coefficients of all scans: three components of 16 bits.
        ImageFormat.Jpeg => HasJpegMarker(encoded, ProgressiveFrame) ? 6 : 0,

        // All passes of an interlaced image, up to four channels of 16 bits.
        ImageFormat.Png => encoded.Length > 28 && encoded[28] != 0 ? 8 : 0,
        ImageFormat.Bmp => 0,
        _ => 4,
    };

    /// <summary>The next segment of a JPEG's header: those before the first scan.</summary>
    /// <param name="encoded">The file.</param>
    /// <param name="offset">Where the search starts: 2 at first; moved behind the segment.</param>
    /// <param name="marker">The segment's marker.</param>
    /// <param name="content">Its content.</param>
    /// <returns>False at the first scan or the file's end.</returns>
    public static bool NextJpegSegment(ReadOnlySpan<byte> encoded, ref int offset, out byte marker, out ReadOnlySpan<byte> content)
    {
        marker = 0;
        content = default;
        while (offset + 1 < encoded.Length && (encoded[offset] != 0xFF || encoded[offset + 1] is 0xFF or 0 or (>= 0xD0 and <= 0xD8)))
        {
            offset++;
        }

        if (offset + 4 > encoded.Length)
        {
            return false;
        }

        marker = encoded[offset + 1];
        int length = BinaryPrimitives.ReadUInt16BigEndian(encoded[(offset + 2)..]);
        if (marker is StartOfScan or EndOfImage || length < 2 || offset + 2 + length > encoded.Length)
        {
            return false;
        }

        content = encoded.Slice(offset + 4, length - 2);
        offset += 2 + length;
        return true;
    }

    // Whether a marker comes in its place: as a segment, not in a segment's content, such as that of a thumbnail.
    private static bool HasJpegMarker(ReadOnlySpan<byte> encoded, byte wanted)
    {
        int offset = 2;
        while (offset + 1 < encoded.Length)
        {
            if (encoded[offset] != 0xFF || encoded[offset + 1] is 0xFF or 0 or (>= 0xD0 and <= 0xD8))
            {
                // Entropy-coded data, fill bytes, restart markers.
                int next = encoded[(offset + 1)..].IndexOf((byte)0xFF);
                offset = next < 0 ? encoded.Length : offset + 1 + next;
                continue;
            }

            byte marker = encoded[offset + 1];
            if (marker == wanted)
            {
                return true;
            }

            if (marker == EndOfImage || offset + 4 > encoded.Length)
            {
                return false;
            }

            offset += 2 + Math.Max((int)BinaryPrimitives.ReadUInt16BigEndian(encoded[(offset + 2)..]), 2);
        }

        return false;
    }
}
