using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using SsMfar.Runtime;

namespace SsMfar.Tests.Runtime;

/// <summary>Symbols that a shared object does not export, of files written here and of libtorch's.</summary>
public sealed class ElfSymbolTableTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Symbols_are_found_by_their_whole_names_alone()
    {
        string file = Write(Elf(
            ("alphabet", 0x10, 8, true), ("alpha", 0x20, 16, true), ("beta", 0x30, 24, false), ("bet", 0x40, 32, true)));

        ElfSymbolTable.Find(file, "alpha", "bet", "beta", "lpha", "gamma").Should().BeEquivalentTo(
            new Dictionary<string, ElfSymbolTable.Symbol> { ["alpha"] = new(0x20, 16), ["bet"] = new(0x40, 32) },
            "beta is of another file, and no symbol is called lpha or gamma");
    }

    [Fact]
    public void A_file_without_such_a_table_has_none()
    {
        byte[] stripped = Elf(("alpha", 0x20, 16, true));
        BinaryPrimitives.WriteUInt32LittleEndian(stripped.AsSpan(SectionStart(stripped) + 64 + 4), 1);

        ElfSymbolTable.Find(Write(stripped), "alpha").Should().BeEmpty();
    }

    [Fact]
    public void What_is_no_such_file_or_cut_off_is_refused()
    {
        byte[] whole = Elf(("alpha", 0x20, 16, true), ("beta", 0x30, 24, true));
        for (int length = 0; length < whole.Length; length++)
        {
            ShouldBeRefused(whole[..length]);
        }

        ShouldBeRefused(With(4, 1));
        ShouldBeRefused(With(58, 40));
        ShouldBeRefused(With(SectionStart(whole) + 64 + 40, 200));
        ShouldBeRefused(With(SectionStart(whole) + 64 + 24 + 7, 0x7f));

        byte[] With(int at, byte value)
        {
            byte[] changed = [.. whole];
            changed[at] = value;
            return changed;
        }

        void ShouldBeRefused(byte[] content)
        {
            string file = Write(content);
            Action find = () => ElfSymbolTable.Find(file, "alpha");
            find.Should().Throw<InvalidDataException>();
        }
    }

    [LinuxFact]
    public void In_libtorch_symbols_lie_as_far_apart_as_in_the_process()
    {
        TorchRuntime.Initialize();
        string[] names = [LibTorchContext.Name, "_ZN2at7Context20setUserEnabledMkldnnEb"];
        NativeLibrary.TryLoad("libtorch_cpu.so", out nint library).Should().BeTrue();
        string file = File.ReadLines("/proc/self/maps").First(line => line.EndsWith("/libtorch_cpu.so", StringComparison.Ordinal));

        var symbols = ElfSymbolTable.Find(file[file.IndexOf('/', StringComparison.Ordinal)..], names);

        (symbols[names[0]].Address - symbols[names[1]].Address).Should().Be(
            (ulong)(NativeLibrary.GetExport(library, names[0]) - NativeLibrary.GetExport(library, names[1])));
    }

    private static int SectionStart(byte[] file) => (int)BinaryPrimitives.ReadUInt64LittleEndian(file.AsSpan(40));

    private string Write(byte[] content)
    {
        string file = _folder.File("library.so");
        File.WriteAllBytes(file, content);
        return file;
    }

    // A header, names, symbols, and the sections: none, symbols, names.
    private static byte[] Elf(params (string Name, ulong Address, ulong Size, bool IsDefined)[] symbols)
    {
        var names = new List<byte> { 0 };
        var table = new List<byte>(new byte[24]);
        foreach ((string name, ulong address, ulong size, bool isDefined) in symbols)
        {
            table.AddRange(Word((uint)names.Count));
            table.AddRange([0x12, 0, isDefined ? (byte)1 : (byte)0, 0, .. Long(address), .. Long(size)]);
            names.AddRange([.. Encoding.ASCII.GetBytes(name), 0]);
        }

        ulong strings = 64, start = strings + (ulong)names.Count, sections = start + (ulong)table.Count;
        byte[] header = new byte[64];
        new byte[] { 0x7f, (byte)'E', (byte)'L', (byte)'F', 2, 1 }.CopyTo(header, 0);
        Long(sections).CopyTo(header, 40);
        header[58] = 64;
        header[60] = 3;
        return
        [
            .. header, .. names, .. table, .. new byte[64], .. Section(2, start, (ulong)table.Count, 2),
            .. Section(3, strings, (ulong)names.Count, 0),
        ];
    }

    private static byte[] Section(uint type, ulong offset, ulong size, uint link) =>
        [.. new byte[4], .. Word(type), .. new byte[16], .. Long(offset), .. Long(size), .. Word(link), .. new byte[20]];

    private static byte[] Word(uint value)
    {
        byte[] bytes = new byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        return bytes;
    }

    private static byte[] Long(ulong value)
    {
        byte[] bytes = new byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        return bytes;
    }
}
