using SsMfar.Campaigns.Shell;

namespace SsMfar.Campaigns.Fuzzing.Readers;

/// <summary>Every reader of files of others.</summary>
internal static class ReaderList
{
    /// <summary>Gets the names.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        .. LabelReaders.Names, .. DocumentReaders.Names, .. WeightReaders.Names, .. RunReaders.Names, .. PictureReaders.Names,
        .. VideoReaders.Names, .. ConsoleReaders.Names,
    ];

    /// <summary>A reader.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="folder">Where it may put files.</param>
    public static FuzzReader Of(string name, TemporaryFolder folder)
    {
        FileReading file = new(folder);
        return LabelReaders.Of(name, file) ?? DocumentReaders.Of(name, file) ?? WeightReaders.Of(name, file) ?? RunReaders.Of(name, folder)
            ?? PictureReaders.Of(name, file) ?? VideoReaders.Of(name, folder) ?? ConsoleReaders.Of(name, file)
            ?? throw new ArgumentException($"There is no reader '{name}': choose of {string.Join(", ", Names)}.", nameof(name));
    }
}

/// <summary>A file for a reader that takes a path: the same one over and over, in memory where the system has a place for that.</summary>
internal sealed class FileReading(TemporaryFolder folder)
{
    /// <summary>A read that takes a path, of bytes.</summary>
    /// <param name="read">The read.</param>
    /// <param name="name">What the file is called.</param>
    public Action<byte[]> Of(Action<string> read, string name = "file")
    {
        string path = folder[name];
        return bytes =>
        {
            File.WriteAllBytes(path, bytes);
            read(path);
        };
    }
}
