using System.IO.Compression;
using SsMfar.Tests;

namespace SsMfar.Benchmarks.Serving;

/// <summary>
/// Small bodies of large content: pictures of more pixels than are allowed, and of as many; hidden text; compressed bodies.
/// </summary>
internal static class Bombs
{
    public static IReadOnlyList<byte[]> Requests()
    {
        byte[] compressed = Gzip(new byte[64 << 20]);
        return
        [
            WireRequest.Post(TestImages.EmptyPng(65_535, 65_535, rows: 1)),
            WireRequest.Post(TestImages.EmptyPng(9_400, 9_400, rows: 9_400)),
            WireRequest.Post(TestImages.EmptyPng(7_000, 7_000, rows: 7_000)),
            WireRequest.Post(TestImages.EmptyPng(64, 64, rows: 64, hidden: 200 << 20)),
            WireRequest.Post(TestImages.EmptyPng(64, 64, rows: 100_000)),
            WireRequest.Post(compressed, headers: "Content-Encoding: gzip\r\n"),
            WireRequest.Post(compressed, headers: "Content-Encoding: gzip, gzip\r\nContent-Type: image/png\r\n"),
            WireRequest.Post(compressed),
        ];
    }

    private static byte[] Gzip(byte[] bytes)
    {
        using MemoryStream packed = new();
        using (GZipStream packing = new(packed, CompressionLevel.Optimal))
        {
            packing.Write(bytes);
        }

        return packed.ToArray();
    }
}
