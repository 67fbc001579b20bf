using System.Text;
using System.Text.Json;

namespace SsMfar.Reports;

/// <summary>Opens JSON files, also as editors save them.</summary>
internal static class JsonFile
{
    /// <summary>The document in a file, after a byte order mark where it has one.</summary>
    /// <exception cref="JsonException">It is no JSON.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static JsonDocument Open(string path)
    {
        byte[] bytes = File.ReadAllBytes(path);
        return JsonDocument.Parse(bytes.AsMemory(bytes.AsSpan().StartsWith(Encoding.UTF8.Preamble) ? Encoding.UTF8.Preamble.Length : 0));
    }
}
