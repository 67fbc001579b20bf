using System.Buffers.Binary;
using System.IO.Compression;

namespace SsMfar.Benchmarks.Serving;

/// <summary>
/// Small bodies of large content: pictures of more pixels than are allowed, and of as many; hidden text; compressed bodies.
/// </summary>
internal static class Bombs
{
    public static IReadOnlyList<byte[]> Requests()
    {
        byte[] compressed = Packed(new byte[64 << 20], stream => new GZipStream(stream, CompressionLevel.Optimal));
        return
        [
            WireRequest.Post(Png(65_535, 65_535, rows: 1)),
            WireRequest.Post(Png(9_400, 9_400, rows: 9_400)),
            WireRequest.Post(Png(7_000, 7_000, rows: 7_000)),
            WireRequest.Post(Png(64, 64, rows: 64, hidden: 200 << 20)),
            WireRequest.Post(Png(64, 64, rows: 100_000)),
            WireRequest.Post(compressed, headers: "Content-Encoding: gzip\r\n"),
            WireRequest.Post(compressed, headers: "Content-Encoding: gzip, gzip\r\nContent-Type: image/png\r\n"),
            WireRequest.Post(compressed),
        ];
    }

    /// <summary>A black picture in two colours: a megapixel to some hundred bytes.</summary>
    /// <param name="width">Pixels across, by its header.</param>
    /// <param name="height">Pixels down, by its header.</param>
    /// <param name="rows">Rows that are there.</param>
    /// <param name="hidden">Bytes of a compressed text before the pixels.</param>
    private static byte[] Png(int width, int height, int rows, int hidden = 0)
    {
        using MemoryStream png = new();
        png.Write([0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A]);
        byte[] header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        header[8] = 1;
        Write(png, "IHDR"u8, header);
        if (hidden > 0)
        {
            Write(png, "zTXt"u8, [.. "Comment"u8, 0, 0, .. Packed(new byte[hidden], Zlib)]);
        }

        Write(png, "IDAT"u8, Packed(new byte[rows * (1 + ((width + 7) / 8))], Zlib));
        Write(png, "IEND"u8, []);
        return png.ToArray();

        static Stream Zlib(Stream stream) => new ZLibStream(stream, CompressionLevel.Optimal, leaveOpen: true);
    }

    private static byte[] Packed(byte[] bytes, Func<Stream, Stream> open)
    {
        using MemoryStream packed = new();
        using (Stream packing = open(packed))
        {
            packing.Write(bytes);
        }

        return packed.ToArray();
    }

    private static void Write(MemoryStream png, ReadOnlySpan<byte> type, ReadOnlySpan<byte> content)
    {
        byte[] body = [.. type, .. content];
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, content.Length);
        png.Write(number);
        png.Write(body);
        BinaryPrimitives.WriteUInt32BigEndian(number, Crc(body));
        png.Write(number);
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
}
