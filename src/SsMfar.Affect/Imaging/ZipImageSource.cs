using System.IO.Compression;
using System.Text;
using SsMfar.Shared;

namespace SsMfar.Imaging;

/// <summary>
/// Images in a .zip archive, by entry name; entries written with backslashes are found with forward slashes too, and names that are not
/// said to be UTF-8 are so where they can be, else of code page 437. Safe for many threads:
/// a few readers of the same file, opened as they are needed, take turns, and each opened image is a copy in memory. An entry of more than
/// 1 GiB by the archive's directory is refused before it is unpacked, one that unpacks to another size than the directory says as it is
/// found out.
/// </summary>
internal sealed class ZipImageSource : IImageSource, ISimilarNames
{
    // Each reader holds its own directory of entries (some 300 bytes each), so their number stays small.
    private const int MaximumReaders = 4;
    private const int FirstPiece = 1 << 20;

    private readonly string _path;
    private readonly Dictionary<string, int> _entries;
    private readonly ZipArchive?[] _readers = new ZipArchive?[Math.Min(MaximumReaders, Environment.ProcessorCount)];
    private readonly Lock[] _locks;
    private readonly ImageStamp[] _stamps;

    // Names beyond ASCII by their decomposed form, to find names that look the same.
    private readonly Lazy<Dictionary<string, string>> _decomposed;
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

                _stamps[i] = new ImageStamp(entry.Length, entry.Crc32);
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

        _decomposed = new(() => _entries.Keys.Where(key => !Ascii.IsValid(key))
            .DistinctBy(key => UnicodeForms.Decompose(key)).ToDictionary(key => UnicodeForms.Decompose(key)));
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

            return Unpack(entry);
        }
    }

    /// <inheritdoc/>
    public bool Exists(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return _entries.ContainsKey(ImageName.Normalize(name));
    }

    /// <inheritdoc/>
    /// <remarks>By the checksum that the archive has of the whole content, so that nothing is unpacked.</remarks>
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

    /// <summary>An entry's content. What the directory says of its size is a limit, never the size of what is taken at once.</summary>
    private static MemoryStream Unpack(ZipArchiveEntry entry)
    {
        if (entry.Length > EncodedBytes.MaximumLength)
        {
            throw new InvalidDataException(
                FormattableString.Invariant(
                    $"it unpacks to {entry.Length} bytes by the archive's directory, and {EncodedBytes.MaximumLength} are allowed"));
        }

        byte[] content = new byte[Math.Clamp(entry.Length + 1, 1, FirstPiece)];
        int length = 0;
        using Stream packed = entry.Open();
        while (packed.Read(content, length, content.Length - length) is > 0 and var read)
        {
            length += read;
            if (length > entry.Length)
            {
                break;
            }

            if (length == content.Length)
            {
                Array.Resize(ref content, (int)Math.Min(2L * length, entry.Length + 1));
            }
        }

        return length == entry.Length
            ? new MemoryStream(content, 0, length, writable: false, publiclyVisible: true)
            : throw new InvalidDataException(FormattableString.Invariant(
                $"it unpacks to {(length > entry.Length ? "more" : "fewer")} than the {entry.Length} bytes of the archive's directory"));
    }

    private ZipArchive OpenReader()
    {
        try
        {
            RegularFile.Require(_path);
        }
        catch (IOException other)
        {
            throw Unreadable(other);
        }

        FileStream file = new(_path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1 << 16);
        try
        {
            return new ZipArchive(file, ZipArchiveMode.Read, leaveOpen: false, ZipNameEncoding.Instance);
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
                    $"it has two different files of the name '{ImageName.Printable(name)}', the entries " +
                    $"'{ImageName.Printable(one.FullName)}' and '{ImageName.Printable(other.FullName)}'");
            }
        }
    }

    string? ISimilarNames.Similar(string name)
    {
        string normal = ImageName.Normalize(name);
        string? found = Ascii.IsValid(normal) ? null : _decomposed.Value.GetValueOrDefault(UnicodeForms.Decompose(normal));
        return found == normal ? null : found;
    }

    private InvalidDataException Encrypted(string what) =>
        new(
            $"'{_path}' cannot be read: {what} encrypted, and passwords are not supported. Unpack it with its password and name the " +
                "folder.");

    private InvalidDataException Unreadable(Exception reason) =>
        new($"'{_path}' is no readable zip archive ({reason.Message}). Copy or pack it again, or unpack it and name the folder.", reason);
}
