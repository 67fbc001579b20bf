using System.Text;

namespace SsMfar.Benchmarks.Serving;

/// <summary>What is no request, no picture, or half of one.</summary>
internal static class WrongContent
{
    private const string Start = "POST /predict HTTP/1.1\r\n";

    public static IReadOnlyList<byte[]> Requests(byte[] picture)
    {
        Random random = new(7);
        byte[] noise = new byte[20_000];
        random.NextBytes(noise);
        List<byte[]> requests =
        [
            WireRequest.Post([]),
            WireRequest.Post(noise),
            WireRequest.Post([.. picture[..20], .. noise]),
            WireRequest.Post(picture[..(picture.Length / 2)]),
            WireRequest.Post(picture, headers: "Content-Type: application/json\r\n"),
            WireRequest.Post(picture, headers: "Content-Type: \u007f;;=\r\n"),
            WireRequest.Post(picture, "/predict?x=1e308&y=-1e308&width=NaN&height=0"),
            WireRequest.Post(picture, "/predict?x=900&y=900&width=5&height=5"),
            WireRequest.Post(picture, "/" + new string('a', 10_000)),
            WireRequest.Post(picture, "/../../etc/passwd"),
            WireRequest.Post(picture, headers: $"X-Large: {new string('a', 40_000)}\r\n"),
            WireRequest.Post(picture, headers: string.Concat(Enumerable.Range(0, 500).Select(i => $"X-{i}: a\r\n"))),
            WireRequest.Post(picture, headers: "Content-Length: 5\r\n"),
            WireRequest.Post(picture, headers: "Transfer-Encoding: gzip\r\n"),
            WireRequest.Post("--line"u8.ToArray(), headers: "Content-Type: multipart/form-data; boundary=line\r\n"),
            WireRequest.Post(picture, headers: "Content-Type: multipart/form-data\r\n"),
            WireRequest.Post(Parts(5_000), headers: "Content-Type: multipart/form-data; boundary=line\r\n"),
            Text(Start + "Host: localhost\r\nContent-Length: -1\r\n\r\n"),
            Text(Start + "Host: localhost\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n"),
            Text(Start + "Host: localhost\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n"),
            Text(Start + "Host: a\r\nHost: b\r\n\r\n"),
            Text("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
            [.. noise.Where(value => value != '\n').Take(5_000), (byte)'\n'],
            [0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xFC, 0x03, 0x03, (byte)'\n', (byte)'\n'],
        ];

        // Pictures with some bytes changed, most of which still begin as pictures.
        requests.AddRange(Enumerable.Range(0, 40).Select(_ =>
        {
            byte[] changed = [.. picture];
            for (int i = 0; i < 8; i++)
            {
                changed[random.Next(4, changed.Length)] = (byte)random.Next(256);
            }

            return WireRequest.Post(changed);
        }));
        return requests;
    }

    private static byte[] Text(string text) => Encoding.Latin1.GetBytes(text);

    private static byte[] Parts(int count) => Text(string.Concat(Enumerable.Range(0, count)
        .Select(i => $"--line\r\nContent-Disposition: form-data; name=\"{i}\"\r\n\r\na\r\n")) + "--line--\r\n");
}
