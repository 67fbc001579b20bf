namespace SsMfar.Tests.ConsoleApp;

/// <summary>Folders compared file by file.</summary>
internal static class FolderFiles
{
    /// <summary>The files of a folder with their contents, by names relative to it.</summary>
    public static SortedDictionary<string, string> Of(string folder) => new(
        Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).ToDictionary(
            file => Path.GetRelativePath(folder, file), file => Convert.ToHexString(File.ReadAllBytes(file))),
        StringComparer.Ordinal);
}
