using SsMfar.Shared;

namespace SsMfar.Video;

/// <summary>
/// Where the journal of a table lies: beside the table; with temporary files where the table is a pipe or a device, beside which nothing
/// can be kept.
/// </summary>
internal sealed class JournalPlace : IDisposable
{
    private const string Ending = ".partial";

    private readonly bool _isTemporary;

    public JournalPlace(string table)
    {
        _isTemporary = IsTemporary(table);
        File = _isTemporary ? Path.Combine(Path.GetTempPath(), $"ssmfar-{Guid.NewGuid():N}{Ending}") : table + Ending;
    }

    /// <summary>Its path.</summary>
    public string File { get; }

    /// <summary>Whether a table's journal is gone when its run ends, however that ends.</summary>
    public static bool IsTemporary(string table) => AtomicFile.IsDevice(Path.GetFullPath(table));

    /// <summary>Removes a journal that no later run could find.</summary>
    public void Dispose()
    {
        if (_isTemporary)
        {
            AtomicFile.RemoveIfPossible(File);
        }
    }
}
