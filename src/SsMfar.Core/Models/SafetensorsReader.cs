using System.Buffers.Binary;
using System.Collections.Immutable;
using Microsoft.Win32.SafeHandles;
using TorchSharp;

namespace SsMfar.Models;

/// <summary>
/// A safetensors file (https://github.com/huggingface/safetensors), opened for reading. Opening reads and checks the header alone;
/// tensors are read when asked for, straight into their memory. Reading is safe from many threads.
/// </summary>
public sealed class SafetensorsReader : IDisposable
{
    private const long ChunkBytes = 1L << 30;

    private readonly SafeFileHandle _file;
    private readonly SafetensorsHeader _header;
    private readonly long _dataStart;

    private SafetensorsReader(string path, SafeFileHandle file, SafetensorsHeader header, long dataStart)
    {
        Path = path;
        _file = file;
        _header = header;
        _dataStart = dataStart;
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>The tensors' names.</summary>
    public IEnumerable<string> Keys => _header.Entries.Keys;

    /// <summary>The tensors by name.</summary>
    public IReadOnlyDictionary<string, SafetensorsEntry> Entries => _header.Entries;

    /// <summary>The file's text entries; empty when it has none.</summary>
    public ImmutableSortedDictionary<string, string> Metadata => _header.Metadata;

    /// <summary>Opens a file and checks its header. The caller disposes the reader.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="WeightFileException">The file cannot be opened or is no valid safetensors file.</exception>
    public static SafetensorsReader Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        SafeFileHandle? file = null;
        try
        {
            file = File.OpenHandle(path, options: FileOptions.RandomAccess);
            var (header, dataStart) = ReadHeader(file, path);
            var reader = new SafetensorsReader(path, file, header, dataStart);
            file = null;
            return reader;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new WeightFileException(path, null, $"it cannot be opened: {e.Message.TrimEnd('.')}", "Check the path and its permissions", e);
        }
        finally
        {
            file?.Dispose();
        }
    }

    /// <summary>Reads a tensor to the CPU. It belongs to the caller's dispose scope.</summary>
    /// <param name="name">Its name.</param>
    /// <exception cref="WeightFileException">There is no such tensor, or its bytes cannot be read.</exception>
    public torch.Tensor Read(string name)
    {
        var entry = Entry(name);
        var tensor = torch.empty(entry.Shape.AsSpan(), entry.DataType, torch.CPU);
        try
        {
            Fill(entry, tensor);
            return tensor;
        }
        catch
        {
            tensor.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Reads a tensor into one that exists, whatever its device and strides, which stay. Element types may differ where both are
    /// floating point.
    /// </summary>
    /// <param name="name">The tensor's name.</param>
    /// <param name="destination">A tensor of the same shape.</param>
    /// <exception cref="WeightFileException">There is no such tensor, its shape or type does not fit, or it cannot be read.</exception>
    public void ReadInto(string name, torch.Tensor destination)
    {
        var entry = CheckFits(name, destination);
        using var noGradient = torch.no_grad();
        if (entry.DataType == destination.dtype && destination.device_type == DeviceType.CPU && destination.is_contiguous())
        {
            Fill(entry, destination);
            return;
        }

        using var scope = torch.NewDisposeScope();
        destination.copy_(Read(name));
    }

    /// <summary>What <see cref="ReadInto"/> checks, without reading.</summary>
    internal SafetensorsEntry CheckFits(string name, torch.Tensor destination)
    {
        ArgumentNullException.ThrowIfNull(destination);
        var entry = Entry(name);
        if (!entry.Shape.AsSpan().SequenceEqual(destination.shape))
        {
            throw new WeightFileException(
                Path, name, $"its shape is [{string.Join(", ", entry.Shape)}], but [{string.Join(", ", destination.shape)}] is needed",
                "Use weights made for this model");
        }

        if (entry.DataType != destination.dtype && !(IsFloating(entry.DataType) && IsFloating(destination.dtype)))
        {
            throw new WeightFileException(
                Path, name, $"its type is {entry.DataType}, but {destination.dtype} is needed", "Use weights made for this model");
        }

        return entry;
    }

    /// <summary>Closes the file; tensors read from it live on.</summary>
    public void Dispose() => _file.Dispose();

    private static bool IsFloating(torch.ScalarType type) =>
        type is torch.ScalarType.Float16 or torch.ScalarType.BFloat16 or torch.ScalarType.Float32 or torch.ScalarType.Float64;

    private static (SafetensorsHeader Header, long DataStart) ReadHeader(SafeFileHandle file, string path)
    {
        const string remedy = "The file is damaged or no safetensors file; write or download it again";
        long size = RandomAccess.GetLength(file);
        Span<byte> prefix = stackalloc byte[SafetensorsHeader.LengthBytes];
        if (size < prefix.Length || !ReadFully(file, prefix, 0))
        {
            throw new WeightFileException(path, null, $"it has {size} bytes, fewer than the {prefix.Length} that give the header's size", remedy);
        }

        ulong length = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (length > SafetensorsHeader.MaximumBytes || (long)length > size - prefix.Length)
        {
            throw new WeightFileException(
                path, null, $"its header claims {length} bytes, but the file has {size - prefix.Length} more and {SafetensorsHeader.MaximumBytes} are allowed", remedy);
        }

        byte[] json = GC.AllocateUninitializedArray<byte>((int)length);
        if (!ReadFully(file, json, prefix.Length))
        {
            throw new WeightFileException(path, null, "it ended while its header was read", remedy);
        }

        long dataStart = prefix.Length + (long)length;
        return (SafetensorsHeader.Parse(json, size - dataStart, path), dataStart);
    }

    private static bool ReadFully(SafeFileHandle file, Span<byte> buffer, long position)
    {
        while (buffer.Length > 0)
        {
            int read = RandomAccess.Read(file, buffer, position);
            if (read == 0)
            {
                return false;
            }

            buffer = buffer[read..];
            position += read;
        }

        return true;
    }

    private void Fill(SafetensorsEntry entry, torch.Tensor tensor)
    {
        if (entry.ByteCount == 0)
        {
            return;
        }

        using var scope = torch.NewDisposeScope();
        var flat = tensor.detach().view(-1);
        long chunk = ChunkBytes / flat.ElementSize;
        for (long start = 0; start < flat.shape[0]; start += chunk)
        {
            // A span holds 2 GB at most.
            var bytes = flat.narrow(0, start, Math.Min(chunk, flat.shape[0] - start)).bytes;
            ReadBytes(entry, bytes, _dataStart + entry.Offset + (start * flat.ElementSize));
        }
    }

    private void ReadBytes(SafetensorsEntry entry, Span<byte> bytes, long position)
    {
        const string remedy = "Make sure that nothing writes to the file while it is read, or write or download it again";
        try
        {
            if (!ReadFully(_file, bytes, position))
            {
                throw new WeightFileException(Path, entry.Name, "the file ended while it was read", remedy);
            }
        }
        catch (IOException e)
        {
            throw new WeightFileException(Path, entry.Name, $"it cannot be read: {e.Message.TrimEnd('.')}", remedy, e);
        }

        if (entry.DataType == torch.ScalarType.Bool && bytes.ContainsAnyExceptInRange((byte)0, (byte)1))
        {
            bytes.Clear();
            throw new WeightFileException(Path, entry.Name, "it holds truth values other than 0 and 1", "Write or download the file again");
        }
    }

    private SafetensorsEntry Entry(string name) =>
        Entries.TryGetValue(name, out var entry)
            ? entry
            : throw new WeightFileException(Path, name, "the file has no such tensor", "Use a file made for this purpose");
}
