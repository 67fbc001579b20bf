namespace SsMfar.ConsoleApp.Shell;

/// <summary>Files that are there whole or not at all.</summary>
internal static class WholeFile
{
    /// <summary>Writes text in UTF-8.</summary>
    public static void Write(string path, string text) => Write(path, System.Text.Encoding.UTF8.GetBytes(text));

    /// <summary>Writes aside, flushes and renames over the path.</summary>
    public static void Write(string path, ReadOnlySpan<byte> bytes)
    {
        string aside = path + ".tmp";
        using (FileStream stream = File.Create(aside))
        {
            stream.Write(bytes);
            stream.Flush(flushToDisk: true);
        }

        File.Move(aside, path, overwrite: true);
    }
}
