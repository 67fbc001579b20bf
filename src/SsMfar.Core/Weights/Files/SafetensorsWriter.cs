using System.Buffers;
using System.Buffers.Binary;
using System.Text.Encodings.Web;
using System.Text.Json;
using SsMfar.Models;
using SsMfar.Runtime;
using SsMfar.Shared;
using TorchSharp;

namespace SsMfar.Weights;

/// <summary>Writes safetensors files (https://github.com/huggingface/safetensors), byte for byte the same for the same content.</summary>
internal static class SafetensorsWriter
{
    private const int Alignment = 8;
    private const long ChunkBytes = 1L << 30;

    /// <summary>
    /// Writes tensors aside in the same folder, flushes them to the disk and renames: whatever happens, the path holds either what it
    /// held before or the whole new file. Tensors may live on any device and have any strides; they are written row-major.
    /// </summary>
    /// <param name="path">The file; replaced when it exists. Its folder must exist.</param>
    /// <param name="tensors">The tensors by name.</param>
    /// <param name="metadata">Text entries, or null.</param>
    /// <exception cref="ArgumentException">A name occurs twice or is reserved, or a tensor's type has no place in the format.</exception>
    /// <exception cref="ModelFileException">The file cannot be written: no such folder, no permission, a full disk, ...</exception>
    public static void Write(
        string path, IEnumerable<KeyValuePair<string, torch.Tensor>> tensors, IReadOnlyDictionary<string, string>? metadata = null) =>
        WriteVerified(path, tensors, metadata, verify: null);

    /// <summary>As <see cref="Write"/>, and the file is looked at before it takes its place.</summary>
    /// <param name="path">The file.</param>
    /// <param name="tensors">The tensors by name.</param>
    /// <param name="metadata">Text entries, or null.</param>
    /// <param name="verify">Given where the whole file is; throws where it cannot be used.</param>
    internal static void WriteVerified(
        string path, IEnumerable<KeyValuePair<string, torch.Tensor>> tensors, IReadOnlyDictionary<string, string>? metadata,
            Action<string>? verify)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(tensors);

        // Wide elements first, so that every tensor is aligned to its own element size.
        var ordered = tensors.Select(pair => new Item(pair.Key, pair.Value))
            .OrderByDescending(item => item.ElementSize).ThenBy(item => item.Name, StringComparer.Ordinal).ToList();
        byte[] header = Header(ordered, metadata);
        long size = header.Length + ordered.Sum(item => item.ByteCount);
        try
        {
            AtomicFile.Write(path, stream =>
            {
                stream.Write(header);
                foreach (var item in ordered)
                {
                    WriteTensor(stream, item.Tensor);
                }
            }, size, verify);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new ModelFileException(
                path, null, $"it cannot be written: {e.Message.TrimEnd('.')}", "Check that the folder exists, is writable and has room; " +
                    "what was there is untouched", e);
        }
    }

    private static byte[] Header(List<Item> items, IReadOnlyDictionary<string, string>? metadata)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            if (metadata is not null)
            {
                json.WriteStartObject(SafetensorsHeader.MetadataKey);
                foreach (var (key, value) in metadata.OrderBy(pair => pair.Key, StringComparer.Ordinal))
                {
                    json.WriteString(key, value);
                }

                json.WriteEndObject();
            }

            var seen = new HashSet<string>([SafetensorsHeader.MetadataKey], StringComparer.Ordinal);
            long offset = 0;
            foreach (var item in items)
            {
                if (!seen.Add(item.Name))
                {
                    throw new ArgumentException($"The tensor name '{item.Name}' occurs twice or is reserved.");
                }

                WriteEntry(json, item, offset);
                offset += item.ByteCount;
            }

            json.WriteEndObject();
        }

        int padded = (buffer.WrittenCount + Alignment - 1) / Alignment * Alignment;
        if (padded > SafetensorsHeader.MaximumBytes)
        {
            throw new ArgumentException(
                $"The header would have {padded} bytes; {SafetensorsHeader.MaximumBytes} are allowed.");
        }

        byte[] header = new byte[SafetensorsHeader.LengthBytes + padded];
        BinaryPrimitives.WriteUInt64LittleEndian(header, (ulong)padded);
        header.AsSpan(SafetensorsHeader.LengthBytes).Fill((byte)' ');
        buffer.WrittenSpan.CopyTo(header.AsSpan(SafetensorsHeader.LengthBytes));
        return header;
    }

    private static void WriteEntry(Utf8JsonWriter json, Item item, long offset)
    {
        json.WriteStartObject(item.Name);
        json.WriteString("dtype", item.TypeName);
        json.WriteStartArray("shape");
        foreach (long dimension in item.Tensor.shape)
        {
            json.WriteNumberValue(dimension);
        }

        json.WriteEndArray();
        json.WriteStartArray("data_offsets");
        json.WriteNumberValue(offset);
        json.WriteNumberValue(offset + item.ByteCount);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteTensor(Stream stream, torch.Tensor tensor)
    {
        using var scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        var flat = Transfers.ToHost(tensor).contiguous().view(-1);
        long chunk = ChunkBytes / flat.ElementSize;
        for (long start = 0; start < flat.shape[0]; start += chunk)
        {
            stream.Write(flat.narrow(0, start, Math.Min(chunk, flat.shape[0] - start)).bytes);
        }
    }

    private sealed class Item
    {
        internal Item(string name, torch.Tensor tensor)
        {
            (TypeName, ElementSize) = SafetensorsHeader.Describe(tensor.dtype)
                ?? throw new ArgumentException(
                    $"Tensor '{name}' is {tensor.dtype}, which a safetensors file cannot hold here.");
            Name = name;
            Tensor = tensor;
            ByteCount = tensor.numel() * ElementSize;
        }

        internal string Name { get; }

        internal torch.Tensor Tensor { get; }

        internal string TypeName { get; }

        internal int ElementSize { get; }

        internal long ByteCount { get; }
    }
}
