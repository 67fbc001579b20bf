using System.Text.Json;

namespace SsMfar.Tests.ConsoleApp;

/// <summary>
/// A folder that the console fills once for all tests, and that goes away with their process. Whoever uses it gets a copy, so that tests
/// may change files, and classes of tests may run beside each other.
/// </summary>
internal sealed class FilledOnce
{
    private readonly Lazy<Task<(string Folder, JsonElement Printed)>> _filled;

    /// <param name="fill">Fills the folder that it is given; what the console printed.</param>
    public FilledOnce(Func<string, Task<JsonElement>> fill) => _filled = new(async () =>
    {
        TemporaryFolder folder = new();
        AppDomain.CurrentDomain.ProcessExit += (_, _) => folder.Dispose();
        return (folder.Path, await fill(folder.Path));
    });

    /// <summary>Copies into a folder.</summary>
    /// <returns>What the console printed when it filled the original, with the copy's paths.</returns>
    public async Task<JsonElement> CopyToAsync(string destination)
    {
        (string folder, JsonElement printed) = await _filled.Value;
        foreach (string file in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories))
        {
            string copy = Path.Combine(destination, Path.GetRelativePath(folder, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }

        string text = printed.GetRawText().Replace(Escaped(folder), Escaped(destination), StringComparison.Ordinal);
        return JsonDocument.Parse(text).RootElement;

        static string Escaped(string path) => JsonEncodedText.Encode(path).ToString();
    }
}
