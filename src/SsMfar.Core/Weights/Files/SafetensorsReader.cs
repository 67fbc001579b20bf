using System.Buffers.Binary;
using System.Collections.Immutable;
using SsMfar.Models;
using TorchSharp;

namespace SsMfar.Weights;

/// <summary>
/// A safetensors file (https://github.com/huggingface/safetensors), opened for reading. Opening reads and checks the header alone;
/// tensors are read when asked for, straight into their memory. Reading is safe from many threads.
/// </summary>
internal sealed class SafetensorsReader : WeightFile
{
    private readonly FileBytes _file;
    private readonly SafetensorsHeader _header;
    private readonly long _dataStart;

    private SafetensorsReader(FileBytes file, SafetensorsHeader header, long dataStart)
        : base(file.Path, WeightFileFormat.Safetensors)
    {
        _file = file;
        _header = header;
        _dataStart = dataStart;
    }

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, WeightEntry> Entries => _header.Entries;

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, string> Unsupported => _header.Unsupported;

    /// <summary>The file's text entries; empty when it has none.</summary>
    public override ImmutableSortedDictionary<string, string> Metadata => _header.Metadata;

    /// <summary>Opens a file and checks its header. The caller disposes the reader.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="ModelFileException">The file cannot be opened or is no valid safetensors file.</exception>
    public static SafetensorsReader Open(string path)
    {
        var file = FileBytes.Open(path);
        try
        {
            return Open(file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Reads the header; the reader owns the file from then on.</summary>
    internal static SafetensorsReader Open(FileBytes file)
    {
        const string remedy = "The file is damaged or no safetensors file; write or download it again";
        FileSignature.RequireSafetensors(file);
        Span<byte> prefix = stackalloc byte[SafetensorsHeader.LengthBytes];
        if (file.Length < prefix.Length)
        {
            throw new ModelFileException(
                file.Path, null, $"it has {file.Length} bytes, fewer than the {prefix.Length} that give the header's size", remedy);
        }

        file.Read(prefix, 0);
        ulong length = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        long rest = file.Length - prefix.Length;
        if (length > SafetensorsHeader.MaximumBytes || (long)length > rest)
        {
            throw new ModelFileException(
                file.Path, null, $"its header claims {length} bytes, but the file has {rest} more and {SafetensorsHeader.MaximumBytes} " +
                    "are allowed", remedy);
        }

        byte[] json = GC.AllocateUninitializedArray<byte>((int)length);
        file.Read(json, prefix.Length);
        return new SafetensorsReader(file, SafetensorsHeader.Parse(json, rest - json.Length, file.Path), prefix.Length + json.Length);
    }

    private protected override void Fill(WeightEntry entry, torch.Tensor tensor) =>
        _file.ReadInto(tensor, _dataStart + _header.Offset(entry.Name), entry.Name);

    private protected override void Dispose(bool disposing) => _file.Dispose();
}
