using SsMfar.Shared;

namespace SsMfar.Video;

/// <summary>
/// Where the journal of a table lies: beside the table; with temporary files where the table is a pipe or a device, beside which nothing
/// can be kept.
/// </summary>
internal sealed class JournalPlace : IDisposable
{
    private bool _isOwn;

    /// <param name="table">The table's path.</param>
    /// <param name="isKept">Whether one that is left, beside the table, is for a later run to go on with.</param>
    public JournalPlace(string table, bool isKept)
    {
        bool isTemporary = IsTemporary(table);
        IsKept = isKept && !isTemporary;
        if (isTemporary)
        {
            File = PartialFile.Of(Path.Combine(Path.GetTempPath(), $"ssmfar-{Guid.NewGuid():N}"));
            PartialFile.Guard(File, default);
        }
        else
        {
            File = PartialFile.Of(table);
            PartialFile.Guard(table);
        }
    }

    /// <summary>Whether one that is left is for a later run to go on with.</summary>
    public bool IsKept { get; }

    /// <summary>Its path.</summary>
    public string File { get; }

    /// <summary>Opens it, alone; before that it is not this run's to remove.</summary>
    /// <param name="open">Begins it, or goes on with it; null where there is nothing to go on with.</param>
    public VideoJournal? Open(Func<string, VideoJournal?> open)
    {
        VideoJournal? journal = open(File);
        _isOwn |= journal is not null;
        return journal;
    }

    /// <summary>Whether nothing is kept beside a table.</summary>
    public static bool IsTemporary(string table) => AtomicFile.IsDevice(Path.GetFullPath(table));

    /// <summary>Removes a journal that no later run goes on with.</summary>
    public void Dispose()
    {
        if (_isOwn && !IsKept)
        {
            AtomicFile.RemoveIfPossible(File);
        }
    }
}
