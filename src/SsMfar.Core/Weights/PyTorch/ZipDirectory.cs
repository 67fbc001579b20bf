using System.Buffers.Binary;
using System.Text;
using SsMfar.Models;

namespace SsMfar.Weights;

/// <summary>
/// The entries of a zip archive whose entries are stored as they are, which is how <c>torch.save</c> writes them, so that a tensor is read
/// straight from the file. Everything that the archive says is checked against the file: sizes, positions, overlaps, the two copies of each
/// entry's name.
/// </summary>
internal sealed class ZipDirectory
{
    private const uint EndMark = 0x06054b50;
    private const uint End64Mark = 0x06064b50;
    private const uint Locator64Mark = 0x07064b50;
    private const uint EntryMark = 0x02014b50;
    private const uint LocalMark = 0x04034b50;
    private const int EndBytes = 22;
    private const int End64Bytes = 56;
    private const int Locator64Bytes = 20;
    private const int EntryBytes = 46;
    private const int LocalBytes = 30;
    private const int MaximumCommentBytes = ushort.MaxValue;
    private const int MaximumDirectoryBytes = 1 << 28;
    private const string Remedy = "The file is damaged, incomplete or not what torch.save writes; write or download it again";

    private static readonly UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);

    private readonly FileBytes _file;
    private readonly Dictionary<string, ZipEntry> _entries = new(StringComparer.Ordinal);

    private ModelFileException? _notStored;
    private long _start;

    private ZipDirectory(FileBytes file) => _file = file;

    /// <summary>The entries by name, folders left out. Where they are is known after <see cref="Locate"/>.</summary>
    public IReadOnlyDictionary<string, ZipEntry> Entries => _entries;

    /// <summary>Reads the names, which tell other archives from those of <c>torch.save</c>.</summary>
    /// <exception cref="ModelFileException">The file is no zip archive, or its directory contradicts itself.</exception>
    public static ZipDirectory Read(FileBytes file)
    {
        var directory = new ZipDirectory(file);
        (directory._start, long size, long count) = directory.FindDirectory();
        directory.ReadEntries(directory._start, size, count);
        return directory;
    }

    /// <summary>Finds and checks the entries' bytes.</summary>
    /// <exception cref="ModelFileException">An entry is compressed or encrypted, or is not where the directory says.</exception>
    public void Locate()
    {
        if (_notStored is not null)
        {
            throw _notStored;
        }

        CheckPlaces(_start);
    }

    private (long Start, long Size, long Count) FindDirectory()
    {
        byte[] tail = new byte[Math.Min(_file.Length, EndBytes + MaximumCommentBytes)];
        long tailStart = _file.Length - tail.Length;
        _file.Read(tail, tailStart);
        for (int at = tail.Length - EndBytes; at >= 0; at--)
        {
            ReadOnlySpan<byte> end = tail.AsSpan(at);
            if (UInt32(end, 0) == EndMark && UInt16(end, 20) == end.Length - EndBytes)
            {
                return ReadEnd(end, tailStart + at);
            }
        }

        throw Fault(null, "it is a zip archive without its directory, which stands at the end");
    }

    private (long Start, long Size, long Count) ReadEnd(ReadOnlySpan<byte> end, long endStart)
    {
        long count = UInt16(end, 10);
        long size = UInt32(end, 12);
        long start = UInt32(end, 16);
        long limit = endStart;
        if (count == ushort.MaxValue || size == uint.MaxValue || start == uint.MaxValue)
        {
            (start, size, count, limit) = ReadEnd64(endStart);
        }
        else if (UInt16(end, 4) != 0 || UInt16(end, 6) != 0 || UInt16(end, 8) != count)
        {
            throw Fault(null, "its zip directory speaks of several disks");
        }

        if (size > MaximumDirectoryBytes || start > limit || size > limit - start || count > size / EntryBytes)
        {
            throw Fault(
                null,
                $"its zip directory claims {count} entries in {size} bytes from byte {start} on, but the file has {_file.Length} bytes");
        }

        return (start, size, count);
    }

    private (long Start, long Size, long Count, long Limit) ReadEnd64(long endStart)
    {
        long locatorStart = endStart - Locator64Bytes;
        if (locatorStart >= 0)
        {
            Span<byte> locator = stackalloc byte[Locator64Bytes];
            _file.Read(locator, locatorStart);
            ulong end64Start = BinaryPrimitives.ReadUInt64LittleEndian(locator[8..]);
            if (UInt32(locator, 0) == Locator64Mark && end64Start <= long.MaxValue && (long)end64Start <= locatorStart - End64Bytes)
            {
                Span<byte> end = stackalloc byte[End64Bytes];
                _file.Read(end, (long)end64Start);
                if (UInt32(end, 0) == End64Mark)
                {
                    if (Int64(end, 24) != Int64(end, 32))
                    {
                        throw Fault(null, "its zip64 directory speaks of several disks");
                    }

                    return (Int64(end, 48), Int64(end, 40), Int64(end, 32), (long)end64Start);
                }
            }
        }

        throw Fault(null, "its zip64 directory is not where it should be");
    }

    private void ReadEntries(long start, long size, long count)
    {
        byte[] bytes = GC.AllocateUninitializedArray<byte>((int)size);
        _file.Read(bytes, start);
        ReadOnlySpan<byte> rest = bytes;
        for (long i = 0; i < count; i++)
        {
            if (rest.Length < EntryBytes || UInt32(rest, 0) != EntryMark)
            {
                throw Fault(null, $"entry {i} of its zip directory is none");
            }

            int nameBytes = UInt16(rest, 28);
            int extraBytes = UInt16(rest, 30);
            int entryBytes = EntryBytes + nameBytes + extraBytes + UInt16(rest, 32);
            if (entryBytes > rest.Length)
            {
                throw Fault(null, $"entry {i} of its zip directory runs over the directory's end");
            }

            string name = Name(rest.Slice(EntryBytes, nameBytes), i);
            var entry = ReadEntry(name, rest, rest.Slice(EntryBytes + nameBytes, extraBytes), nameBytes);
            rest = rest[entryBytes..];
            if (name is not [.., '/'] && !_entries.TryAdd(name, entry))
            {
                throw Fault(name, "it occurs twice");
            }
        }
    }

    private string Name(ReadOnlySpan<byte> bytes, long index)
    {
        try
        {
            return StrictUtf8.GetString(bytes);
        }
        catch (DecoderFallbackException e)
        {
            throw Fault(null, $"the name of entry {index} of its zip directory is not valid UTF-8", e);
        }
    }

    private ZipEntry ReadEntry(string name, ReadOnlySpan<byte> header, ReadOnlySpan<byte> extra, int nameBytes)
    {
        const int encrypted = 1;
        const int describedAfter = 8;
        int flags = UInt16(header, 8);
        int method = UInt16(header, 10);
        long packed = UInt32(header, 20);
        long size = UInt32(header, 24);
        long local = UInt32(header, 42);
        ReadZip64(name, extra, ref size, ref packed, ref local);
        if ((flags & encrypted) != 0 || method != 0)
        {
            _notStored ??= Fault(name, (flags & encrypted) != 0
                ? "it is encrypted" : $"it is compressed (method {method}), which torch.save never does");
        }
        else if (packed != size)
        {
            throw Fault(name, $"it is said to have {size} bytes in {packed} stored bytes");
        }

        return new ZipEntry(name, local, nameBytes, size, SizeInLocalHeader: (flags & describedAfter) == 0);
    }

    // Extra field 1 holds, in this order, those of the numbers that did not fit into 32 bits.
    private void ReadZip64(string name, ReadOnlySpan<byte> extra, ref long size, ref long packed, ref long local)
    {
        ReadOnlySpan<byte> wide = [];
        while (extra.Length >= 4)
        {
            int length = UInt16(extra, 2);
            if (length > extra.Length - 4)
            {
                throw Fault(name, "its extra field runs over its end");
            }

            if (UInt16(extra, 0) == 1)
            {
                wide = extra.Slice(4, length);
            }

            extra = extra[(4 + length)..];
        }

        size = Take(size, ref wide);
        packed = Take(packed, ref wide);
        local = Take(local, ref wide);

        long Take(long value, ref ReadOnlySpan<byte> from)
        {
            if (value != uint.MaxValue)
            {
                return value;
            }

            if (from.Length < sizeof(long))
            {
                throw Fault(name, "its zip64 sizes are missing");
            }

            value = Int64(from, 0);
            from = from[sizeof(long)..];
            return value;
        }
    }

    private void CheckPlaces(long directoryStart)
    {
        long free = 0;
        Span<byte> header = stackalloc byte[LocalBytes];
        foreach (var entry in _entries.Values.OrderBy(entry => entry.HeaderStart).ToList())
        {
            if (entry.HeaderStart < free || entry.HeaderStart > directoryStart - LocalBytes - entry.NameBytes)
            {
                throw Fault(entry.Name, $"it starts at byte {entry.HeaderStart}, inside another entry or outside the archive's " +
                    $"{directoryStart} bytes of entries");
            }

            _file.Read(header, entry.HeaderStart, entry.Name);
            byte[] name = new byte[entry.NameBytes];
            _file.Read(name, entry.HeaderStart + LocalBytes, entry.Name);
            if (UInt32(header, 0) != LocalMark || UInt16(header, 26) != name.Length ||
                !name.AsSpan().SequenceEqual(StrictUtf8.GetBytes(entry.Name)))
            {
                throw Fault(entry.Name, "the archive's directory leads to something else");
            }

            long claimed = UInt32(header, 22);
            if (entry.SizeInLocalHeader && claimed != uint.MaxValue && claimed != entry.Size)
            {
                throw Fault(entry.Name, $"it is said to have {entry.Size} bytes in one place and {claimed} in another");
            }

            entry.Start = entry.HeaderStart + LocalBytes + name.Length + UInt16(header, 28);
            if (entry.Size > directoryStart - entry.Start)
            {
                throw Fault(entry.Name, $"it is said to have {entry.Size} bytes from byte {entry.Start} on, but the archive's entries " +
                    $"end at byte {directoryStart}");
            }

            free = entry.Start + entry.Size;
        }
    }

    private static ushort UInt16(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt16LittleEndian(bytes[at..]);

    private static uint UInt32(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes[at..]);

    // What no file can have is as wrong as what this one cannot.
    private static long Int64(ReadOnlySpan<byte> bytes, int at) =>
        (long)Math.Min(BinaryPrimitives.ReadUInt64LittleEndian(bytes[at..]), long.MaxValue);

    private ModelFileException Fault(string? entry, string problem, Exception? inner = null) =>
        new(_file.Path, entry, problem, Remedy, inner);
}

/// <summary>One stored entry of a zip archive.</summary>
/// <param name="Name">Its name.</param>
/// <param name="HeaderStart">Where its own header starts in the file.</param>
/// <param name="NameBytes">How many bytes its name has.</param>
/// <param name="Size">How many bytes it has.</param>
/// <param name="SizeInLocalHeader">Whether its own header says the size too.</param>
internal sealed record ZipEntry(string Name, long HeaderStart, int NameBytes, long Size, bool SizeInLocalHeader)
{
    /// <summary>Where its bytes start in the file.</summary>
    public long Start { get; set; }
}
