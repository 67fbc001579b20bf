namespace SsMfar.Shared;

/// <summary>
/// Folders that get several files, whose names their user did not write. A mark in such a folder says that an earlier run of the kind wrote
/// it; without one, what is there is somebody else's.
/// </summary>
internal static class WrittenFolder
{
    /// <summary>The kind of a folder of pictures in which faces are marked.</summary>
    public const string MarkedFaces = "marked";

    private static readonly EnumerationOptions Everywhere = new() { RecurseSubdirectories = true, IgnoreInaccessible = true };

    /// <summary>The name of a kind's mark.</summary>
    public static string MarkOf(string kind) => $"ssmfar-{kind}.txt";

    /// <summary>Whether an earlier run of a kind wrote the folder.</summary>
    public static bool IsMarked(string folder, string kind) => File.Exists(Path.Combine(folder, MarkOf(kind)));

    /// <summary>What could be lost in a folder that no earlier run of a kind wrote: a file of one of some names, or any picture.</summary>
    /// <param name="folder">The folder, which need not be there.</param>
    /// <param name="kind">The kind of what is written.</param>
    /// <param name="pictures">Whether pictures are written too, of any names.</param>
    /// <param name="names">Files that are written.</param>
    /// <returns>Its name, relative to the folder; null where there is none, or the folder has the mark.</returns>
    public static string? Foreign(string folder, string kind, bool pictures, params IEnumerable<string> names)
    {
        if (!Directory.Exists(folder) || IsMarked(folder, kind))
        {
            return null;
        }

        string? there = names.FirstOrDefault(name => Path.Exists(Path.Combine(folder, name)));
        return there is null && pictures
            && Directory.EnumerateFiles(folder, "*", Everywhere).FirstOrDefault(PictureName.IsPicture) is { } picture
            ? Path.GetRelativePath(folder, picture) : there;
    }

    /// <summary>Makes the folder where it is missing, and marks it.</summary>
    public static void Mark(string folder, string kind)
    {
        Directory.CreateDirectory(folder);
        if (!IsMarked(folder, kind))
        {
            AtomicFile.WriteText(
                Path.Combine(folder, MarkOf(kind)),
                writer => writer.WriteLine("SsMfar wrote into this folder, and another run of the same kind may replace what it wrote."));
        }
    }
}
