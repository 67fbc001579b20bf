using System.Buffers.Binary;
using System.IO.Compression;
using SkiaSharp;
using SsMfar.Imaging;

namespace SsMfar.Tests;

/// <summary>Encoded images for tests, drawn or embedded.</summary>
internal static class TestImages
{
    /// <summary>The pixels that the Pillow values of the resize tests were computed from.</summary>
    public static byte[] Pattern(int width, int height)
    {
        byte[] pixels = new byte[width * height * 3];
        for (int i = 0; i < pixels.Length; i++)
        {
            pixels[i] = (byte)(((uint)i * 2654435761u >> 24) ^ (uint)(i / (3 * width) * 7));
        }

        return pixels;
    }

    /// <summary>A bitmap whose four quarters are red, green, blue and white, so that every orientation looks different.</summary>
    public static SKBitmap Quarters(int width, int height)
    {
        SKBitmap bitmap = new(new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Unpremul));
        for (int y = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++)
            {
                bitmap.SetPixel(x, y, (x < width / 2, y < height / 2) switch
                {
                    (true, true) => new SKColor(255, 0, 0),
                    (false, true) => new SKColor(0, 255, 0),
                    (true, false) => new SKColor(0, 0, 255),
                    _ => new SKColor(255, 255, 255),
                });
            }
        }

        return bitmap;
    }

    public static byte[] Encode(SKBitmap bitmap, SKEncodedImageFormat format = SKEncodedImageFormat.Png, int quality = 95)
    {
        using SKData data = bitmap.Encode(format, quality);
        return data.ToArray();
    }

    /// <summary>A smooth JPEG that differs with the seed.</summary>
    public static byte[] Jpeg(int width, int height, int seed = 0)
    {
        using SKBitmap bitmap = new(new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Unpremul));
        for (int y = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++)
            {
                bitmap.SetPixel(x, y, new SKColor((byte)(x * 255 / width), (byte)(y * 255 / height), (byte)(seed * 37)));
            }
        }

        return Encode(bitmap, SKEncodedImageFormat.Jpeg);
    }

    /// <summary>Puts an EXIF segment that holds nothing but an orientation behind a JPEG's start marker.</summary>
    public static byte[] WithOrientation(byte[] jpeg, int orientation)
    {
        byte[] exif =
        [
            0xFF, 0xE1, 0, 34, (byte)'E', (byte)'x', (byte)'i', (byte)'f', 0, 0,
            (byte)'M', (byte)'M', 0, 42, 0, 0, 0, 8, // big-endian TIFF, directory at 8
            0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, (byte)orientation, 0, 0, // one entry: orientation, SHORT, 1 value
            0, 0, 0, 0,
        ];
        return [.. jpeg[..2], .. exif, .. jpeg[2..]];
    }

    /// <summary>A black image in two colours: a megapixel to some hundred bytes.</summary>
    /// <param name="width">Pixels across, by its header.</param>
    /// <param name="height">Pixels down, by its header.</param>
    /// <param name="rows">Rows that are there; as many as the header says when null.</param>
    /// <param name="hidden">Bytes of a compressed text before the pixels.</param>
    public static byte[] EmptyPng(int width, int height, int? rows = null, int hidden = 0)
    {
        using var png = new MemoryStream();
        png.Write([0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A]);
        byte[] header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        header[8] = 1;
        Chunk("IHDR"u8, header);
        if (hidden > 0)
        {
            Chunk("zTXt"u8, [.. "Comment"u8, 0, 0, .. Packed(hidden)]);
        }

        Chunk("IDAT"u8, Packed((rows ?? height) * (1 + ((width + 7) / 8))));
        Chunk("IEND"u8, []);
        return png.ToArray();

        static byte[] Packed(int zeros)
        {
            using MemoryStream bytes = new();
            using (ZLibStream packed = new(bytes, CompressionLevel.SmallestSize, leaveOpen: true))
            {
                packed.Write(new byte[zeros]);
            }

            return bytes.ToArray();
        }

        void Chunk(ReadOnlySpan<byte> type, ReadOnlySpan<byte> content)
        {
            byte[] body = [.. type, .. content];
            byte[] number = new byte[4];
            BinaryPrimitives.WriteInt32BigEndian(number, content.Length);
            png.Write(number);
            png.Write(body);
            BinaryPrimitives.WriteUInt32BigEndian(number, Crc(body));
            png.Write(number);
        }
    }

    private static uint Crc(ReadOnlySpan<byte> bytes)
    {
        uint crc = uint.MaxValue;
        foreach (byte value in bytes)
        {
            crc ^= value;
            for (int bit = 0; bit < 8; bit++)
            {
                crc = (crc & 1) != 0 ? (crc >> 1) ^ 0xEDB88320 : crc >> 1;
            }
        }

        return ~crc;
    }

    public static (byte R, byte G, byte B) At(this RgbImage image, int x, int y)
    {
        ReadOnlySpan<byte> pixel = image.Pixels.Slice(3 * (y * image.Width + x), 3);
        return (pixel[0], pixel[1], pixel[2]);
    }
}
