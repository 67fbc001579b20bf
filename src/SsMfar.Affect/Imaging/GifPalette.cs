using System.Buffers.Binary;

namespace SsMfar.Imaging;

/// <summary>
/// The stored colours of a GIF's first frame. The codec writes nothing where a pixel is transparent or the frame leaves the canvas open;
/// Pillow's <c>convert("RGB")</c> gives the colour that the palette has there.
/// </summary>
internal static class GifPalette
{
    public const byte Trailer = 0x3B;

    private const byte Extension = 0x21;
    private const byte GraphicControl = 0xF9;
    private const byte Image = 0x2C;
    private const byte HasPalette = 0x80;
    private const byte HasTransparency = 1;

    /// <summary>Where the first frame's transparency is switched on, and the colour of pixels that it leaves open.</summary>
    /// <param name="encoded">A GIF file.</param>
    /// <param name="switches">The offset of the byte with the flag, or -1 where no pixel of the frame is transparent.</param>
    /// <returns>R, G and B of the transparent palette entry, or of entry 0 where none is; black where the file ends early.</returns>
    public static (byte R, byte G, byte B) FirstFrame(ReadOnlySpan<byte> encoded, out int switches)
    {
        switches = -1;
        if (encoded.Length < 13)
        {
            return default;
        }

        int transparent = 0;
        ReadOnlySpan<byte> palette = Palette(encoded, 13, encoded[10]);
        int offset = 13 + palette.Length;
        while (offset + 10 <= encoded.Length)
        {
            if (encoded[offset] == Image)
            {
                ReadOnlySpan<byte> local = Palette(encoded, offset + 10, encoded[offset + 9]);
                return Colour(local.IsEmpty ? palette : local, transparent);
            }

            if (encoded[offset] != Extension)
            {
                // The codec skips such bytes too.
                offset++;
                continue;
            }

            if (encoded[offset + 1] == GraphicControl && encoded[offset + 2] == 4)
            {
                bool on = (encoded[offset + 3] & HasTransparency) != 0;
                switches = on ? offset + 3 : -1;
                transparent = on ? encoded[offset + 6] : 0;
            }

            offset += 2;
            while (offset < encoded.Length && encoded[offset] != 0)
            {
                offset += 1 + encoded[offset];
            }

            offset++;
        }

        return default;
    }

    /// <summary>The file with the transparency of one frame switched off.</summary>
    public static byte[] Opaque(ReadOnlySpan<byte> encoded, int switches)
    {
        byte[] opaque = encoded.ToArray();
        opaque[switches] &= unchecked((byte)~HasTransparency);
        return opaque;
    }

    /// <summary>Gives pixels without opacity a colour.</summary>
    public static unsafe void Fill(byte* rgba, long pixels, (byte R, byte G, byte B) colour)
    {
        uint fill = BinaryPrimitives.ReadUInt32LittleEndian([colour.R, colour.G, colour.B, 255]);
        for (byte* end = rgba + 4 * pixels; rgba < end; rgba += 4)
        {
            if (rgba[3] == 0)
            {
                BinaryPrimitives.WriteUInt32LittleEndian(new Span<byte>(rgba, 4), fill);
            }
        }
    }

    private static ReadOnlySpan<byte> Palette(ReadOnlySpan<byte> encoded, int offset, byte flags)
    {
        int length = (flags & HasPalette) == 0 ? 0 : 3 * (2 << (flags & 7));
        return offset + length <= encoded.Length ? encoded.Slice(offset, length) : default;
    }

    private static (byte R, byte G, byte B) Colour(ReadOnlySpan<byte> palette, int index) =>
        3 * index + 3 <= palette.Length ? (palette[3 * index], palette[3 * index + 1], palette[3 * index + 2]) : default;
}
