namespace SsMfar.ConsoleApp.Shell;

/// <summary>Text files that are there whole or not at all.</summary>
internal static class WholeFile
{
    /// <summary>Writes aside, flushes and renames over the path.</summary>
    public static void Write(string path, string text)
    {
        string aside = path + ".tmp";
        using (FileStream stream = File.Create(aside))
        {
            using (StreamWriter writer = new(stream, leaveOpen: true))
            {
                writer.Write(text);
            }

            stream.Flush(flushToDisk: true);
        }

        File.Move(aside, path, overwrite: true);
    }
}
