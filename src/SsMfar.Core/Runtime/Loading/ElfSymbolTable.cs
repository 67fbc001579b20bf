using System.Buffers.Binary;
using System.IO.MemoryMappedFiles;
using System.Text;

namespace SsMfar.Runtime;

/// <summary>
/// Where the functions and objects of a 64-bit little-endian shared object lie that it does not export, as far as its file names them: in
/// the symbol table of the linker, which <c>strip</c> takes away.
/// </summary>
internal static class ElfSymbolTable
{
    private const int HeaderSize = 64;
    private const int SectionSize = 64;
    private const int SymbolSize = 24;
    private const int SymbolSection = 2;

    /// <summary>The symbols of some names; those that the file does not define are missing.</summary>
    /// <param name="path">The file.</param>
    /// <param name="names">The names, in ASCII.</param>
    /// <exception cref="InvalidDataException">It is no such file, or cut off.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static IReadOnlyDictionary<string, Symbol> Find(string path, params ReadOnlySpan<string> names)
    {
        using FileStream file = File.OpenRead(path);
        Dictionary<string, Symbol> found = [];
        if (Tables(file) is not var (symbols, strings))
        {
            return found;
        }

        // The tables of libtorch are a hundred megabytes, of which a few pages are needed twice.
        using var mapped = MemoryMappedFile.CreateFromFile(
            file, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: true);
        using var symbolView = new View(mapped, symbols);
        using var stringView = new View(mapped, strings);
        foreach (string name in names)
        {
            if (Find(symbolView.Bytes, stringView.Bytes, name) is { } symbol)
            {
                found[name] = symbol;
            }
        }

        return found;
    }

    private static Symbol? Find(ReadOnlySpan<byte> symbols, ReadOnlySpan<byte> strings, string name)
    {
        // The text may also be the end of a longer name; then it counts if a symbol points there, as where a linker kept but one text.
        byte[] text = Encoding.ASCII.GetBytes(name + '\0');
        for (int start = 0, at; (at = strings[start..].IndexOf(text)) >= 0; start += at + 1)
        {
            uint offset = (uint)(start + at);
            for (ReadOnlySpan<byte> rest = symbols; rest.Length >= SymbolSize; rest = rest[SymbolSize..])
            {
                bool isDefined = BinaryPrimitives.ReadUInt16LittleEndian(rest[6..]) != 0;
                if (BinaryPrimitives.ReadUInt32LittleEndian(rest) == offset && isDefined)
                {
                    return new(BinaryPrimitives.ReadUInt64LittleEndian(rest[8..]), BinaryPrimitives.ReadUInt64LittleEndian(rest[16..]));
                }
            }
        }

        return null;
    }

    private static (Section Symbols, Section Strings)? Tables(FileStream file)
    {
        Span<byte> header = stackalloc byte[HeaderSize];
        if (file.ReadAtLeast(header, HeaderSize, throwOnEndOfStream: false) < HeaderSize
            || !header[..6].SequenceEqual("\u007fELF\u0002\u0001"u8)
            || BinaryPrimitives.ReadUInt16LittleEndian(header[58..]) != SectionSize)
        {
            throw new InvalidDataException("it is not a 64-bit little-endian ELF file with sections");
        }

        byte[] sections = new byte[BinaryPrimitives.ReadUInt16LittleEndian(header[60..]) * SectionSize];
        ulong start = BinaryPrimitives.ReadUInt64LittleEndian(header[40..]);
        if (start > (ulong)file.Length || RandomAccess.Read(file.SafeFileHandle, sections, (long)start) < sections.Length)
        {
            throw new InvalidDataException("it is truncated");
        }

        for (int at = 0; at < sections.Length; at += SectionSize)
        {
            ReadOnlySpan<byte> section = sections.AsSpan(at, SectionSize);
            if (BinaryPrimitives.ReadUInt32LittleEndian(section[4..]) == SymbolSection)
            {
                long strings = (long)BinaryPrimitives.ReadUInt32LittleEndian(section[40..]) * SectionSize;
                return strings < sections.Length
                    ? (Checked(section, file.Length), Checked(sections.AsSpan((int)strings, SectionSize), file.Length))
                    : throw new InvalidDataException("its symbols have no names");
            }
        }

        return null;
    }

    private static Section Checked(ReadOnlySpan<byte> section, long length)
    {
        ulong offset = BinaryPrimitives.ReadUInt64LittleEndian(section[24..]);
        ulong size = BinaryPrimitives.ReadUInt64LittleEndian(section[32..]);
        return offset <= (ulong)length && size <= (ulong)length - offset && size is > 0 and <= int.MaxValue
            ? new((long)offset, (int)size) : throw new InvalidDataException("a table lies outside the file");
    }

    /// <summary>A symbol: its address, from where the object is loaded, and its bytes.</summary>
    public readonly record struct Symbol(ulong Address, ulong Size);

    private readonly record struct Section(long Offset, int Size);

    private sealed unsafe class View : IDisposable
    {
        private readonly MemoryMappedViewAccessor _accessor;
        private readonly byte* _start;
        private readonly int _size;

        public View(MemoryMappedFile file, Section section)
        {
            _accessor = file.CreateViewAccessor(section.Offset, section.Size, MemoryMappedFileAccess.Read);
            _accessor.SafeMemoryMappedViewHandle.AcquirePointer(ref _start);
            _start += _accessor.PointerOffset;
            _size = section.Size;
        }

        public ReadOnlySpan<byte> Bytes => new(_start, _size);

        public void Dispose()
        {
            _accessor.SafeMemoryMappedViewHandle.ReleasePointer();
            _accessor.Dispose();
        }
    }
}
