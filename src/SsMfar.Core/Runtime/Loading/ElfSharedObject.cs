using System.Buffers.Binary;
using System.Text;

namespace SsMfar.Runtime;

/// <summary>
/// The dynamic section of a 64-bit little-endian x86-64 shared object, read from bytes that nobody vouches for: every offset is checked,
/// and whatever does not fit is an <see cref="InvalidDataException"/>.
/// </summary>
internal sealed class ElfSharedObject
{
    public const int SymbolSize = 24;
    private const int HeaderSize = 64;
    private const int ProgramHeaderSize = 56;
    private const int MaximumCount = 1 << 20;
    private const int MaximumVersions = 4096;

    private const long StringTable = 5;
    private const long SymbolTable = 6;
    private const long StringTableSize = 10;
    private const long SymbolEntrySize = 11;
    private const long VersionSymbols = 0x6ffffff0;
    private const long VersionNeeds = 0x6ffffffe;
    private const long VersionNeedsCount = 0x6fffffff;

    private readonly byte[] _bytes;
    private readonly List<(ulong Address, ulong Size, ulong Offset)> _segments = [];
    private readonly List<(long Tag, ulong Value)> _dynamic = [];
    private readonly int _strings;
    private readonly int _stringsSize;
    private readonly int _symbols;
    private readonly int _versions;

    private ElfSharedObject(byte[] bytes)
    {
        _bytes = bytes;
        CheckHeader();
        ReadProgramHeaders();
        _stringsSize = Count(Required(StringTableSize, "string table size"));
        _strings = FileOffset(Required(StringTable, "string table"), (ulong)_stringsSize);
        if (Required(SymbolEntrySize, "symbol entry size") != SymbolSize)
        {
            throw new InvalidDataException("its symbol entries are not those of a 64-bit object");
        }

        var symbolsAddress = Required(SymbolTable, "symbol table");
        _symbols = FileOffset(symbolsAddress, SymbolSize);
        var versionsAddress = Required(VersionSymbols, "version table");
        _versions = FileOffset(versionsAddress, 2);
        SymbolCount = CountSymbols(symbolsAddress);
        FileOffset(symbolsAddress, (ulong)SymbolCount * SymbolSize);
        FileOffset(versionsAddress, (ulong)SymbolCount * 2);
    }

    public int SymbolCount { get; }

    public static ElfSharedObject Read(byte[] bytes) => new(bytes);

    /// <summary>The offset in the file of symbol <paramref name="index"/>.</summary>
    public int SymbolOffset(int index) => _symbols + (index * SymbolSize);

    /// <summary>The offset in the file of the name of symbol <paramref name="index"/>.</summary>
    public int NameOffset(int index) => StringOffset(UInt32(SymbolOffset(index)));

    public string Name(int index) => StringAt(NameOffset(index));

    public bool IsImport(int index) => UInt16(SymbolOffset(index) + 6) == 0 && index != 0;

    public bool IsWeak(int index) => _bytes[SymbolOffset(index) + 4] >> 4 == 2;

    public int VersionOffset(int index) => _versions + (index * 2);

    public ushort Version(int index) => UInt16(VersionOffset(index));

    /// <summary>The strings that dynamic entries (needed libraries, soname, run path) refer to, as offsets in the file.</summary>
    public IEnumerable<int> DynamicStringOffsets() =>
        _dynamic.Where(entry => entry.Tag is 1 or 14 or 15 or 29).Select(entry => StringOffset(entry.Value));

    /// <summary>The needed versions, one per library and version.</summary>
    public List<NeededVersion> NeededVersions()
    {
        var found = new List<NeededVersion>();
        var libraries = Count(Required(VersionNeedsCount, "count of needed versions"));
        var library = FileOffset(Required(VersionNeeds, "needed versions"), 16);
        for (var i = 0; i < libraries; i++)
        {
            Range(library, 16);
            var entries = UInt16(library + 2);
            var file = StringOffset(UInt32(library + 4));
            var entry = Advance(library, UInt32(library + 8));
            for (var j = 0; j < entries; j++)
            {
                Range(entry, 16);
                if (found.Count == MaximumVersions)
                {
                    throw new InvalidDataException("it needs unreasonably many versions");
                }

                found.Add(new NeededVersion(entry + 4, UInt16(entry + 4), UInt16(entry + 6), file, StringOffset(UInt32(entry + 8))));
                entry = Advance(entry, UInt32(entry + 12));
            }

            library = Advance(library, UInt32(library + 12));
        }

        return found;
    }

    public string StringAt(int offset)
    {
        var rest = _bytes.AsSpan(offset, _strings + _stringsSize - offset);
        var end = rest.IndexOf((byte)0);
        return end < 0 ? throw new InvalidDataException("a name runs past its string table") : Encoding.ASCII.GetString(rest[..end]);
    }

    private void CheckHeader()
    {
        if (_bytes.Length < HeaderSize || !_bytes.AsSpan(0, 4).SequenceEqual("\u007fELF"u8))
        {
            throw new InvalidDataException("it is not an ELF file");
        }

        if (_bytes[4] != 2 || _bytes[5] != 1 || UInt16(18) != 62)
        {
            throw new InvalidDataException("it is not a 64-bit little-endian x86-64 object");
        }

        if (UInt16(16) != 3)
        {
            throw new InvalidDataException("it is not a shared object");
        }
    }

    private void ReadProgramHeaders()
    {
        var start = UInt64(32);
        var count = UInt16(56);
        if (UInt16(54) != ProgramHeaderSize || start > int.MaxValue)
        {
            throw new InvalidDataException("its program headers are malformed");
        }

        (ulong Offset, ulong Size)? dynamic = null;
        Range((int)start, count * ProgramHeaderSize);
        for (var i = 0; i < count; i++)
        {
            var header = (int)start + (i * ProgramHeaderSize);
            var (offset, address, size) = (UInt64(header + 8), UInt64(header + 16), UInt64(header + 32));
            switch (UInt32(header))
            {
                case 1: _segments.Add((address, size, offset)); break;
                case 2: dynamic = (offset, size); break;
            }
        }

        var (dynamicOffset, dynamicSize) = dynamic ?? throw new InvalidDataException("it has no dynamic section");
        if (dynamicOffset > int.MaxValue || dynamicSize > int.MaxValue)
        {
            throw new InvalidDataException("its dynamic section is malformed");
        }

        Range((int)dynamicOffset, (int)dynamicSize);
        for (var at = (int)dynamicOffset; at + 16 <= (int)(dynamicOffset + dynamicSize) && UInt64(at) != 0; at += 16)
        {
            _dynamic.Add(((long)UInt64(at), UInt64(at + 8)));
        }
    }

    // No dynamic entry holds the number of symbols. The version table has one entry a symbol and is followed by the needed versions;
    // the string table follows the symbols. The nearer of the two bounds is taken.
    private int CountSymbols(ulong symbolsAddress)
    {
        var strings = Required(StringTable, "string table");
        var versions = Required(VersionSymbols, "version table");
        var needs = Required(VersionNeeds, "needed versions");
        if (strings <= symbolsAddress || needs <= versions)
        {
            throw new InvalidDataException("its symbol tables are not laid out as expected");
        }

        var count = Count(Math.Min((strings - symbolsAddress) / SymbolSize, (needs - versions) / 2));
        return count > 0 ? count : throw new InvalidDataException("its symbol table is empty");
    }

    private ulong Required(long tag, string what)
    {
        foreach (var entry in _dynamic)
        {
            if (entry.Tag == tag)
            {
                return entry.Value;
            }
        }

        throw new InvalidDataException($"its dynamic section has no {what}");
    }

    private int FileOffset(ulong address, ulong size)
    {
        foreach (var segment in _segments)
        {
            if (address >= segment.Address && address - segment.Address <= segment.Size &&
                size <= segment.Size - (address - segment.Address))
            {
                var offset = segment.Offset + (address - segment.Address);
                if (offset <= int.MaxValue && size <= int.MaxValue)
                {
                    Range((int)offset, (int)size);
                    return (int)offset;
                }
            }
        }

        throw new InvalidDataException("a table lies outside its segments");
    }

    private int StringOffset(ulong index) =>
        index < (ulong)_stringsSize ? _strings + (int)index : throw new InvalidDataException("a name lies outside the string table");

    private int Advance(int offset, uint step)
    {
        var next = offset + (long)step;
        return next <= _bytes.Length ? (int)next : throw new InvalidDataException("a needed version lies outside the file");
    }

    private void Range(int offset, int size)
    {
        if (offset < 0 || size < 0 || (long)offset + size > _bytes.Length)
        {
            throw new InvalidDataException("it is truncated");
        }
    }

    private static int Count(ulong value) =>
        value <= MaximumCount ? (int)value : throw new InvalidDataException("a table is unreasonably large");

    private ushort UInt16(int offset) => BinaryPrimitives.ReadUInt16LittleEndian(_bytes.AsSpan(offset));

    private uint UInt32(int offset) => BinaryPrimitives.ReadUInt32LittleEndian(_bytes.AsSpan(offset));

    private ulong UInt64(int offset) => BinaryPrimitives.ReadUInt64LittleEndian(_bytes.AsSpan(offset));

    /// <summary>A version a library must have: offset of its flags in the file, flags, index in the version table, and its names.</summary>
    public readonly record struct NeededVersion(int FlagsOffset, ushort Flags, ushort Index, int FileNameOffset, int NameOffset);
}
