using System.IO.Compression;
using System.Text;

namespace SsMfar.Imaging;

/// <summary>
/// Images in a .zip archive, by entry name; entries written with backslashes are found with forward slashes too. Safe for many threads: a few readers of the same file, opened as they
/// are needed, take turns, and each opened image is a copy in memory.
/// </summary>
public sealed class ZipImageSource : IImageSource, ISimilarNames
{
    // Each reader holds its own directory of entries (some 300 bytes each), so their number stays small.
    private const int MaximumReaders = 4;

    private readonly string _path;
    private readonly Dictionary<string, int> _entries;
    private readonly ZipArchive?[] _readers = new ZipArchive?[Math.Min(MaximumReaders, Environment.ProcessorCount)];
    private readonly Lock[] _locks;
    private readonly ImageStamp[] _stamps;
    private readonly Lazy<Dictionary<string, string>> _composed; // names beyond ASCII by their composed form, to find names that look the same
    private int _turn = -1;
    private volatile bool _disposed;

    /// <summary>Opens an archive.</summary>
    /// <param name="path">A .zip file. It must not change while the source lives.</param>
    /// <exception cref="FileNotFoundException">The file does not exist.</exception>
    /// <exception cref="InvalidDataException">
    /// The file is no readable zip archive, all its files are encrypted, or it has two different files under spellings of one name.
    /// </exception>
    public ZipImageSource(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        _path = Path.GetFullPath(path);
        _locks = [.. _readers.Select(_ => new Lock())];
        ZipArchive first = OpenReader();
        try
        {
            _entries = new Dictionary<string, int>(first.Entries.Count, StringComparer.Ordinal);
            _stamps = new ImageStamp[first.Entries.Count];
            for (int i = 0; i < _stamps.Length; i++)
            {
                ZipArchiveEntry entry = first.Entries[i];
                if (entry.FullName.AsSpan().TrimEnd("/\\").Length == entry.FullName.Length)
                {
                    Enter(ImageName.Normalize(entry.FullName), i, first);
                }

                _stamps[i] = new ImageStamp(entry.Length, (long)entry.Crc32 << 32 ^ entry.LastWriteTime.Ticks);
            }
        }
        catch (InvalidDataException damaged)
        {
            first.Dispose();
            throw Unreadable(damaged);
        }

        if (_entries.Count > 0 && _entries.Values.All(index => first.Entries[index].IsEncrypted))
        {
            first.Dispose();
            throw Encrypted("its files are");
        }

        _composed = new(() => _entries.Keys.Where(key => !Ascii.IsValid(key))
            .DistinctBy(key => ImageName.InForm(key, NormalizationForm.FormC)).ToDictionary(key => ImageName.InForm(key, NormalizationForm.FormC)));
        _readers[0] = first;
    }

    /// <inheritdoc/>
    public Stream Open(string name)
    {
        if (!_entries.TryGetValue(ImageName.Check(name), out int index))
        {
            throw new FileNotFoundException($"There is no image '{name}' in the archive '{_path}'.", Describe(name));
        }

        int turn = (int)((uint)Interlocked.Increment(ref _turn) % (uint)_readers.Length);
        lock (_locks[turn])
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            ZipArchive reader = _readers[turn] ??= OpenReader();
            ZipArchiveEntry entry = reader.Entries[index];
            if (entry.IsEncrypted)
            {
                throw Encrypted($"'{ImageName.Printable(name)}' in it is");
            }

            using Stream packed = entry.Open();
            MemoryStream copy = new((int)Math.Min(_stamps[index].Length, 1 << 20));
            packed.CopyTo(copy);
            copy.Position = 0;
            return copy;
        }
    }

    /// <inheritdoc/>
    public bool Exists(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return _entries.ContainsKey(ImageName.Normalize(name));
    }

    /// <inheritdoc/>
    /// <remarks>The second part holds the entry's time and its checksum.</remarks>
    public ImageStamp? GetStamp(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return _entries.TryGetValue(ImageName.Normalize(name), out int index) ? _stamps[index] : null;
    }

    /// <inheritdoc/>
    public string Describe(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return $"{_path}:{ImageName.Normalize(name)}";
    }

    /// <summary>Closes the archive. Streams opened before stay valid; opening more throws.</summary>
    public void Dispose()
    {
        _disposed = true;
        for (int i = 0; i < _readers.Length; i++)
        {
            lock (_locks[i])
            {
                _readers[i]?.Dispose();
                _readers[i] = null;
            }
        }
    }

    private ZipArchive OpenReader()
    {
        FileStream file = new(_path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1 << 16);
        try
        {
            return new ZipArchive(file, ZipArchiveMode.Read);
        }
        catch (InvalidDataException damaged)
        {
            file.Dispose();
            throw Unreadable(damaged);
        }
    }

    // Two spellings of one name are one image; with different contents, which of them is meant cannot be known.
    private void Enter(string name, int index, ZipArchive archive)
    {
        if (!_entries.TryAdd(name, index))
        {
            ZipArchiveEntry one = archive.Entries[_entries[name]];
            ZipArchiveEntry other = archive.Entries[index];
            if (one.Crc32 != other.Crc32 || one.Length != other.Length)
            {
                throw new InvalidDataException(
                    $"it has two different files of the name '{ImageName.Printable(name)}', the entries '{ImageName.Printable(one.FullName)}' and '{ImageName.Printable(other.FullName)}'");
            }
        }
    }

    string? ISimilarNames.Similar(string name)
    {
        string normal = ImageName.Normalize(name);
        return !Ascii.IsValid(normal) && _composed.Value.GetValueOrDefault(ImageName.InForm(normal, NormalizationForm.FormC)) is { } found && found != normal ? found : null;
    }

    private InvalidDataException Encrypted(string what) =>
        new($"'{_path}' cannot be read: {what} encrypted, and passwords are not supported. Unpack it with its password and name the folder.");

    private InvalidDataException Unreadable(Exception reason) =>
        new($"'{_path}' is no readable zip archive ({reason.Message}). Copy or pack it again, or unpack it and name the folder.", reason);
}
