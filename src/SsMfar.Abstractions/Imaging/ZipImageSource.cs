using System.IO.Compression;

namespace SsMfar.Imaging;

/// <summary>
/// Images in a .zip archive, by entry name with forward slashes. Safe for many threads: a few readers of the same file, opened as they
/// are needed, take turns, and each opened image is a copy in memory.
/// </summary>
public sealed class ZipImageSource : IImageSource
{
    // Each reader holds its own directory of entries (some 300 bytes each), so their number stays small.
    private const int MaximumReaders = 4;

    private readonly string _path;
    private readonly Dictionary<string, int> _entries;
    private readonly ZipArchive?[] _readers = new ZipArchive?[Math.Min(MaximumReaders, Environment.ProcessorCount)];
    private readonly Lock[] _locks;
    private readonly ImageStamp[] _stamps;
    private int _turn = -1;
    private volatile bool _disposed;

    /// <summary>Opens an archive.</summary>
    /// <param name="path">A .zip file. It must not change while the source lives.</param>
    /// <exception cref="FileNotFoundException">The file does not exist.</exception>
    /// <exception cref="InvalidDataException">The file is no readable zip archive.</exception>
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
                _entries[ImageSource.Normalize(entry.FullName)] = i;
                _stamps[i] = new ImageStamp(entry.Length, (long)entry.Crc32 << 32 ^ entry.LastWriteTime.Ticks);
            }
        }
        catch (InvalidDataException damaged)
        {
            first.Dispose();
            throw Unreadable(damaged);
        }

        _readers[0] = first;
    }

    /// <inheritdoc/>
    public Stream Open(string name)
    {
        if (!_entries.TryGetValue(ImageSource.Check(name), out int index))
        {
            throw new FileNotFoundException($"There is no image '{name}' in the archive '{_path}'.", Describe(name));
        }

        int turn = (int)((uint)Interlocked.Increment(ref _turn) % (uint)_readers.Length);
        lock (_locks[turn])
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            ZipArchive reader = _readers[turn] ??= OpenReader();
            using Stream packed = reader.Entries[index].Open();
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
        return _entries.ContainsKey(ImageSource.Normalize(name));
    }

    /// <inheritdoc/>
    /// <remarks>The second part holds the entry's time and its checksum.</remarks>
    public ImageStamp? GetStamp(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return _entries.TryGetValue(ImageSource.Normalize(name), out int index) ? _stamps[index] : null;
    }

    /// <inheritdoc/>
    public string Describe(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return $"{_path}:{ImageSource.Normalize(name)}";
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

    private InvalidDataException Unreadable(Exception reason) =>
        new($"'{_path}' is no readable zip archive ({reason.Message}). Copy or pack it again, or unpack it and name the folder.", reason);
}
