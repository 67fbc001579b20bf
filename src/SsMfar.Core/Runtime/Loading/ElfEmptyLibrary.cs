using System.Buffers.Binary;
using System.Text;

namespace SsMfar.Runtime;

/// <summary>Makes a shared object of x86-64 Linux that holds nothing but a soname.</summary>
internal static class ElfEmptyLibrary
{
    private const int HeaderSize = 64;
    private const int ProgramHeaderSize = 56;
    private const int ProgramHeaders = 3;
    private const int Dynamic = HeaderSize + (ProgramHeaders * ProgramHeaderSize);
    private const int DynamicSize = 7 * 16;
    private const int Symbols = Dynamic + DynamicSize;
    private const int Hash = Symbols + ElfSharedObject.SymbolSize;
    private const int Strings = Hash + 16;

    /// <summary>Returns the bytes of an empty shared object with the soname <paramref name="soname"/>.</summary>
    public static byte[] Create(string soname)
    {
        var name = Encoding.UTF8.GetBytes(soname);
        var stringsSize = name.Length + 2;
        var image = new byte[Strings + stringsSize];
        ReadOnlySpan<byte> identity = [0x7f, (byte)'E', (byte)'L', (byte)'F', 2, 1, 1];
        identity.CopyTo(image);
        Put16(16, 3);
        Put16(18, 62);
        Put32(20, 1);
        Put64(32, HeaderSize);
        Put16(52, HeaderSize);
        Put16(54, ProgramHeaderSize);
        Put16(56, ProgramHeaders);
        // Writable, because the loader relocates the dynamic section in place; a stack entry, because without one it would make stacks
        // executable.
        PutSegment(0, type: 1, offset: 0, image.Length, alignment: 0x1000);
        PutSegment(1, type: 2, Dynamic, DynamicSize, alignment: 8);
        PutSegment(2, type: 0x6474e551, offset: 0, size: 0, alignment: 16);
        ReadOnlySpan<(int Tag, int Value)> dynamic =
            [(14, 1), (4, Hash), (5, Strings), (6, Symbols), (10, stringsSize), (11, ElfSharedObject.SymbolSize), (0, 0)];
        for (var i = 0; i < dynamic.Length; i++)
        {
            Put64(Dynamic + (i * 16), dynamic[i].Tag);
            Put64(Dynamic + (i * 16) + 8, dynamic[i].Value);
        }

        // One bucket and one symbol, the null one.
        Put32(Hash, 1);
        Put32(Hash + 4, 1);
        name.CopyTo(image, Strings + 1);
        return image;

        void PutSegment(int index, int type, int offset, int size, int alignment)
        {
            var at = HeaderSize + (index * ProgramHeaderSize);
            Put32(at, type);
            Put32(at + 4, 6);
            Put64(at + 8, offset);
            Put64(at + 16, offset);
            Put64(at + 24, offset);
            Put64(at + 32, size);
            Put64(at + 40, size);
            Put64(at + 48, alignment);
        }

        void Put16(int at, short value) => BinaryPrimitives.WriteInt16LittleEndian(image.AsSpan(at), value);
        void Put32(int at, int value) => BinaryPrimitives.WriteInt32LittleEndian(image.AsSpan(at), value);
        void Put64(int at, long value) => BinaryPrimitives.WriteInt64LittleEndian(image.AsSpan(at), value);
    }
}
