using System.Buffers.Binary;

namespace SsMfar.Runtime;

/// <summary>
/// Frees TorchSharp's bridge of the one import that ties it to the C++ runtime of GCC 13: <c>std::ios_base_library_init()</c> of version
/// GLIBCXX_3.4.32, by which newer headers have the library initialise its streams. An older libstdc++ initialises them itself when it is
/// loaded, so the call may do nothing: it goes to <c>getpid</c>, and the needed version becomes weak.
/// </summary>
internal static class ElfBridgePatcher
{
    public const string ImportName = "_ZSt21ios_base_library_initv";
    public const string VersionName = "GLIBCXX_3.4.32";
    private const ushort WeakFlag = 2;
    private const ushort GlobalVersion = 1;
    private const ushort VersionMask = 0x7fff;

    private static ReadOnlySpan<byte> Replacement => "getpid\0"u8;

    /// <summary>Returns an adapted copy of <paramref name="image"/>; an image that is already adapted comes back equal.</summary>
    /// <exception cref="InvalidDataException">
    /// The image is of another shape than the one this is made for; the message says how.
    /// </exception>
    public static byte[] Patch(byte[] image)
    {
        var copy = (byte[])image.Clone();
        var elf = ElfSharedObject.Read(copy);
        var needed = elf.NeededVersions().Where(version => elf.StringAt(version.NameOffset) == VersionName).ToList();
        if (needed is not [var version])
        {
            throw new InvalidDataException($"it does not need version {VersionName} of exactly one library");
        }

        var users = Enumerable.Range(1, elf.SymbolCount - 1).Where(i => (elf.Version(i) & VersionMask) == version.Index).ToList();
        if (users.Count == 0 && (version.Flags & WeakFlag) != 0)
        {
            return copy;
        }

        if (users is not [var import] || !elf.IsImport(import) || elf.Name(import) != ImportName)
        {
            throw new InvalidDataException($"{VersionName} is not needed for {ImportName} alone");
        }

        var name = elf.NameOffset(import);
        if (NameOffsets(elf, import).Any(offset => offset >= name && offset < name + Replacement.Length))
        {
            throw new InvalidDataException($"the name {ImportName} is shared with another entry");
        }

        Replacement.CopyTo(copy.AsSpan(name));
        BinaryPrimitives.WriteUInt16LittleEndian(copy.AsSpan(elf.VersionOffset(import)), GlobalVersion);
        BinaryPrimitives.WriteUInt16LittleEndian(copy.AsSpan(version.FlagsOffset), (ushort)(version.Flags | WeakFlag));
        return copy;
    }

    // Linkers share the tails of names, so a name that starts inside the bytes to be overwritten would change along with them.
    private static IEnumerable<int> NameOffsets(ElfSharedObject elf, int except)
    {
        var symbols = Enumerable.Range(1, elf.SymbolCount - 1).Where(i => i != except).Select(elf.NameOffset);
        var versions = elf.NeededVersions().SelectMany(version => new[] { version.NameOffset, version.FileNameOffset });
        return symbols.Concat(versions).Concat(elf.DynamicStringOffsets());
    }
}
