using System.Buffers.Binary;

namespace SsMfar.Models;

/// <summary>Tells what kind of file it is by its first bytes, whatever its name.</summary>
internal static class FileSignature
{
    private const int TarMarkAt = 257;

    // PROTO 2, LONG1 of ten bytes: PyTorch's magic number 0x1950a86a20f9469cfc6c.
    private static ReadOnlySpan<byte> LegacyMark => [0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19];

    /// <exception cref="WeightFileException">The file is of no known format; the message says what it seems to be.</exception>
    internal static WeightFileFormat Recognize(FileBytes file)
    {
        Span<byte> buffer = stackalloc byte[512];
        var start = buffer[..(int)Math.Min(buffer.Length, file.Length)];
        file.Read(start, 0);
        if (start.StartsWith("PK\x03\x04"u8) || start.StartsWith("PK\x05\x06"u8))
        {
            return WeightFileFormat.PyTorchZip;
        }

        if (IsPickle(start) && start[2..].StartsWith(LegacyMark[2..]))
        {
            return WeightFileFormat.PyTorchLegacy;
        }

        // Eight bytes of length, then a JSON object. A length that the file cannot have is for the reader to tell.
        if (start.Length > SafetensorsHeader.LengthBytes && start[SafetensorsHeader.LengthBytes] == (byte)'{' &&
            BinaryPrimitives.ReadUInt64LittleEndian(start) <= SafetensorsHeader.MaximumBytes)
        {
            return WeightFileFormat.Safetensors;
        }

        var (what, remedy) = Describe(start);
        throw new WeightFileException(file.Path, null, what, remedy);
    }

    private static bool IsPickle(ReadOnlySpan<byte> start) => start is [0x80, >= 2 and <= 5, ..];

    private static (string What, string Remedy) Describe(ReadOnlySpan<byte> start)
    {
        const string known = "Give a safetensors file, or one written by torch.save";
        const string convert = "Load it with PyTorch and save it again with torch.save(model.state_dict(), ...)";
        if (start.IsEmpty)
        {
            return ("it is empty", "Write or download it again");
        }

        if (start.Length > TarMarkAt + 5 && start[TarMarkAt..].StartsWith("ustar"u8))
        {
            return ("it is a tar archive, as PyTorch wrote before version 0.1.10; that format is not read", convert);
        }

        if (IsPickle(start))
        {
            return ("it is a Python pickle without PyTorch's magic number", convert);
        }

        if (start.StartsWith("version https://git-lfs"u8))
        {
            return ("it is a Git LFS pointer, which stands for a file that was not downloaded", "Download the file itself, with git lfs pull");
        }

        if (start.StartsWith("<"u8))
        {
            return ("it is a web page, not a weight file", "Download the file itself, not the page that shows it");
        }

        return start is [0x89, (byte)'H', (byte)'D', (byte)'F', ..]
            ? ("it is an HDF5 file (Keras)", known)
            : ("it is neither a safetensors nor a PyTorch file", known);
    }
}
