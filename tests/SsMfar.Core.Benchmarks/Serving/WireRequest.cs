using System.Text;

namespace SsMfar.Benchmarks.Serving;

/// <summary>Requests as bytes.</summary>
internal static class WireRequest
{
    /// <summary>A picture posted as the body.</summary>
    public static byte[] Post(byte[] picture, string path = "/predict", string headers = "") =>
        [.. Head(path, picture.Length, headers), .. picture];

    /// <summary>The head of a post whose body follows.</summary>
    public static byte[] Head(string path, long length, string headers = "") =>
        Encoding.ASCII.GetBytes($"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {length}\r\n{headers}\r\n");

    public static byte[] Get(string path) => Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n");
}
