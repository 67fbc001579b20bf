using SsMfar.Runtime;
using TorchSharp;

namespace SsMfar.Weights;

/// <summary>
/// Writes safetensors files that are read back before they take their place: a file that nobody could read is found while there is still
/// something to save, and what the path held before stays.
/// </summary>
internal static class ProvenFile
{
    private const long ChunkBytes = 1L << 28;

    /// <summary>Writes a file and compares it with what it was written from, text for text and bit for bit.</summary>
    /// <param name="path">The file; replaced when it exists.</param>
    /// <param name="tensors">The tensors by name.</param>
    /// <param name="texts">The text entries.</param>
    /// <param name="read">What else reading it must be able to do.</param>
    /// <exception cref="ModelFileException">The file cannot be written, or reads back otherwise.</exception>
    public static void Write(
        string path, IReadOnlyCollection<KeyValuePair<string, torch.Tensor>> tensors, IReadOnlyDictionary<string, string> texts,
            Action<SafetensorsReader> read) =>
        SafetensorsWriter.WriteVerified(path, tensors, texts, aside =>
        {
            try
            {
                using SafetensorsReader reader = SafetensorsReader.Open(aside);
                Compare(reader, tensors, texts);
                read(reader);
            }
            catch (ModelFileException fault)
            {
                throw new ModelFileException(
                    path, fault.Key, $"it was written, but not read back: " +
                        $"{fault.Message.Replace(aside + ": ", "", StringComparison.Ordinal).TrimEnd('.')}",
                    "What was there is untouched; check the disk, and write it again", fault);
            }
        });

    private static void Compare(
        SafetensorsReader reader, IReadOnlyCollection<KeyValuePair<string, torch.Tensor>> tensors, IReadOnlyDictionary<string,
            string> texts)
    {
        const string remedy = "Make sure that nothing else writes to the file";
        if (reader.Metadata.Count != texts.Count || texts.Any(text => reader.Metadata.GetValueOrDefault(text.Key) != text.Value))
        {
            throw new ModelFileException(reader.Path, null, "its text entries are not those that were written", remedy);
        }

        if (reader.Entries.Count != tensors.Count)
        {
            throw new ModelFileException(reader.Path, null, $"it has {reader.Entries.Count} tensors, and {tensors.Count} were written",
                remedy);
        }

        foreach (var (name, tensor) in tensors)
        {
            if (!reader.Entries.TryGetValue(name, out WeightEntry? entry) || entry.DataType != tensor.dtype
                || !entry.Shape.AsSpan().SequenceEqual(tensor.shape)
                || !IsSame(reader, name, tensor))
            {
                throw new ModelFileException(reader.Path, name, "it is not the tensor that was written", remedy);
            }
        }
    }

    private static bool IsSame(SafetensorsReader reader, string name, torch.Tensor tensor)
    {
        using var noGradient = torch.no_grad();
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor expected = Transfers.ToHost(tensor).contiguous().view(-1);
        torch.Tensor actual = reader.Read(name).view(-1);
        long chunk = ChunkBytes / Math.Max(1, expected.ElementSize);
        for (long start = 0; start < expected.shape[0]; start += chunk)
        {
            long length = Math.Min(chunk, expected.shape[0] - start);
            if (!expected.narrow(0, start, length).bytes.SequenceEqual(actual.narrow(0, start, length).bytes))
            {
                return false;
            }
        }

        return true;
    }
}
