using System.Buffers.Binary;
using CsCheck;
using SsMfar.Runtime;

namespace SsMfar.Tests.Runtime;

public sealed class ElfBridgePatcherTests
{
    private static readonly byte[] Bridge = File.ReadAllBytes(Native("libLibTorchSharp.so"));

    [Fact]
    public void The_import_goes_to_getpid_and_the_version_becomes_weak()
    {
        var before = ElfSharedObject.Read(Bridge);
        var import = Import(before);

        var patched = ElfBridgePatcher.Patch(Bridge);

        var after = ElfSharedObject.Read(patched);
        after.Name(import).Should().Be("getpid");
        after.Version(import).Should().Be(1);
        after.NeededVersions().Single(v => after.StringAt(v.NameOffset) == "GLIBCXX_3.4.32").Flags.Should().Be(2);
    }

    [Fact]
    public void Nothing_else_changes()
    {
        var elf = ElfSharedObject.Read(Bridge);
        var import = Import(elf);
        var flags = elf.NeededVersions().Single(v => elf.StringAt(v.NameOffset) == "GLIBCXX_3.4.32").FlagsOffset;
        var allowed = Enumerable.Range(elf.NameOffset(import), "getpid\0".Length)
            .Concat(Enumerable.Range(elf.VersionOffset(import), 2))
            .Concat(Enumerable.Range(flags, 2));

        var patched = ElfBridgePatcher.Patch(Bridge);

        patched.Should().HaveSameCount(Bridge);
        Enumerable.Range(0, Bridge.Length).Where(i => patched[i] != Bridge[i]).Should().BeSubsetOf(allowed).And.NotBeEmpty();
    }

    [Fact]
    public void Patching_twice_is_patching_once_and_the_input_stays()
    {
        var copy = (byte[])Bridge.Clone();

        var once = ElfBridgePatcher.Patch(copy);

        copy.AsSpan().SequenceEqual(Bridge).Should().BeTrue();
        ElfBridgePatcher.Patch(once).AsSpan().SequenceEqual(once).Should().BeTrue();
    }

    [Theory]
    [InlineData(0, 0, "*not an ELF file*")]
    [InlineData(4, 1, "*not a 64-bit little-endian x86-64*")]
    [InlineData(5, 2, "*not a 64-bit little-endian x86-64*")]
    [InlineData(18, 183, "*not a 64-bit little-endian x86-64*")]
    [InlineData(16, 2, "*not a shared object*")]
    public void Other_shapes_are_refused(int offset, byte value, string message)
    {
        var image = (byte[])Bridge.Clone();
        image[offset] = value;

        Refusal(image).Should().Throw<InvalidDataException>().WithMessage(message);
    }

    [Theory]
    [InlineData("libSkiaSharp.so")]
    [InlineData("libc10.so")]
    public void A_library_that_does_not_need_the_version_is_refused(string name) =>
        Refusal(File.ReadAllBytes(Native(name))).Should().Throw<InvalidDataException>()
            .WithMessage("*does not need version GLIBCXX_3.4.32*");

    [Fact]
    public void A_version_that_another_import_needs_too_is_refused()
    {
        var image = (byte[])Bridge.Clone();
        var elf = ElfSharedObject.Read(image);
        var other = Enumerable.Range(1, elf.SymbolCount - 1).First(i => elf.IsImport(i) && elf.Name(i) != ElfBridgePatcher.ImportName);
        BinaryPrimitives.WriteUInt16LittleEndian(image.AsSpan(elf.VersionOffset(other)), elf.Version(Import(elf)));

        Refusal(image).Should().Throw<InvalidDataException>().WithMessage("*not needed for _ZSt21ios_base_library_initv alone*");
    }

    [Fact]
    public void A_name_that_shares_the_bytes_is_refused()
    {
        var image = (byte[])Bridge.Clone();
        var elf = ElfSharedObject.Read(image);
        var import = Import(elf);
        var other = Enumerable.Range(1, elf.SymbolCount - 1).First(i => i != import);
        var name = BinaryPrimitives.ReadUInt32LittleEndian(image.AsSpan(elf.SymbolOffset(import)));
        BinaryPrimitives.WriteUInt32LittleEndian(image.AsSpan(elf.SymbolOffset(other)), name + 3);

        Refusal(image).Should().Throw<InvalidDataException>().WithMessage("*shared with another entry*");
    }

    [Fact]
    public void A_truncated_file_is_refused() =>
        Gen.Int[0, ElfSharedObject.Read(Bridge).NeededVersions()[^1].FlagsOffset].Sample(
            length => Refuses(Bridge[..length]),
            iter: 200,
            threads: 1);

    [Fact]
    public void Damage_is_refused_or_harmless()
    {
        // The header, the program headers and the tables: the bytes the reader follows.
        var elf = ElfSharedObject.Read(Bridge);
        var dynamic = (int)BinaryPrimitives.ReadUInt64LittleEndian(Bridge.AsSpan(64 + (4 * 56) + 8));
        var needs = elf.NeededVersions()[0].FlagsOffset;
        var place = Gen.OneOf(Gen.Int[0, 64 + (10 * 56)], Gen.Int[dynamic, dynamic + 600], Gen.Int[needs - 32, needs + 600]);
        Gen.Select(place, Gen.Byte).Array[1, 4].Sample(
            damage =>
            {
                var image = (byte[])Bridge.Clone();
                foreach (var (offset, value) in damage)
                {
                    image[offset] = value;
                }

                return Refuses(image) || image.Length == Bridge.Length;
            },
            iter: 150,
            threads: 1);
    }

    // Any exception but the one it promises fails the test.
    private static bool Refuses(byte[] image)
    {
        try
        {
            ElfBridgePatcher.Patch(image);
            return false;
        }
        catch (InvalidDataException)
        {
            return true;
        }
    }

    private static Action Refusal(byte[] image) => () => ElfBridgePatcher.Patch(image);

    private static int Import(ElfSharedObject elf) =>
        Enumerable.Range(1, elf.SymbolCount - 1).Single(i => elf.Name(i) == ElfBridgePatcher.ImportName);

    private static string Native(string name) => Path.Combine(AppContext.BaseDirectory, "runtimes", "linux-x64", "native", name);
}
