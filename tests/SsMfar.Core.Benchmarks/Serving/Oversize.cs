using System.Text;

namespace SsMfar.Benchmarks.Serving;

/// <summary>Bodies above the server's limit: told, not told, and not told in a form.</summary>
internal static class Oversize
{
    private const int Length = 11 << 20;

    public static IReadOnlyList<byte[]> Requests(byte[] picture)
    {
        // Each starts as a picture.
        byte[] body = new byte[Length];
        picture.CopyTo(body, 0);
        byte[] form =
        [
            .. "--line\r\nContent-Disposition: form-data; name=\"picture\"; filename=\"a.jpg\"\r\nContent-Type: image/jpeg\r\n\r\n"u8,
            .. body, .. "\r\n--line--\r\n"u8,
        ];
        return
        [
            WireRequest.Post(body), Chunked(body, ""), Chunked(form, "Content-Type: multipart/form-data; boundary=line\r\n"),
            WireRequest.Head("/predict", long.MaxValue),
        ];
    }

    private static byte[] Chunked(byte[] body, string headers) =>
    [
        .. Encoding.ASCII.GetBytes(
            $"POST /predict HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n{headers}\r\n{body.Length:x}\r\n"),
        .. body, .. "\r\n0\r\n\r\n"u8,
    ];
}
