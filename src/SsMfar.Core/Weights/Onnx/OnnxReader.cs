using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Runtime.InteropServices;
using TorchSharp;

namespace SsMfar.Weights;

/// <summary>
/// An ONNX model (https://onnx.ai) as a file of tensors: its initializers and constants, by the names that they have in its graph. Its
/// numbers are read when asked for, straight into their memory, also from files beside it. It knows nothing of what the graph computes.
/// </summary>
internal sealed class OnnxReader : WeightFile
{
    private readonly FileBytes _file;
    private readonly Dictionary<string, WeightEntry> _entries = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _unsupported = new(StringComparer.Ordinal);

    private OnnxReader(FileBytes file, OnnxModel model)
        : base(file.Path, WeightFileFormat.Onnx)
    {
        _file = file;
        Model = model;
        Metadata = model.Texts.ToImmutableSortedDictionary(StringComparer.Ordinal);
        foreach (OnnxTensor tensor in model.Tensors.Values)
        {
            if (tensor.Element is var (type, _))
            {
                _entries.Add(tensor.Name, new WeightEntry(tensor.Name, type, tensor.Shape));
            }
            else
            {
                _unsupported.Add(tensor.Name, OnnxTensor.TypeName(tensor.ElementType));
            }
        }
    }

    /// <summary>Gets the graph.</summary>
    public OnnxModel Model { get; }

    public override IReadOnlyDictionary<string, WeightEntry> Entries => _entries;

    public override IReadOnlyDictionary<string, string> Unsupported => _unsupported;

    public override ImmutableSortedDictionary<string, string> Metadata { get; }

    /// <summary>Reads the description; the reader owns the file from then on.</summary>
    /// <exception cref="ModelFileException">The file is damaged, or no ONNX model.</exception>
    internal static OnnxReader Open(FileBytes file) => new(file, OnnxModel.Read(file));

    /// <summary>The numbers of a small tensor, in order.</summary>
    /// <param name="tensor">A tensor of the graph, of a type that can be read.</param>
    /// <param name="most">How many numbers are expected at most.</param>
    /// <exception cref="ModelFileException">It cannot be read, or has more.</exception>
    internal double[] ReadNumbers(OnnxTensor tensor, int most)
    {
        (torch.ScalarType type, int size) = tensor.Element!.Value;
        if (tensor.Elements > most)
        {
            throw new ModelFileException(
                Path, tensor.Name, $"it has the shape {tensor.ShapeText}, but at most {most} numbers are expected", ProtobufInput.Remedy);
        }

        byte[] bytes = new byte[tensor.Elements * size];
        ReadBytes(tensor, bytes);
        double[] numbers = new double[tensor.Elements];
        for (int i = 0; i < numbers.Length; i++)
        {
            ReadOnlySpan<byte> element = bytes.AsSpan(i * size, size);
            numbers[i] = type switch
            {
                torch.ScalarType.Float32 => BinaryPrimitives.ReadSingleLittleEndian(element),
                torch.ScalarType.Float64 => BinaryPrimitives.ReadDoubleLittleEndian(element),
                torch.ScalarType.Float16 => (double)BinaryPrimitives.ReadHalfLittleEndian(element),
                torch.ScalarType.BFloat16 => BitConverter.Int32BitsToSingle(BinaryPrimitives.ReadUInt16LittleEndian(element) << 16),
                torch.ScalarType.Int64 => BinaryPrimitives.ReadInt64LittleEndian(element),
                torch.ScalarType.Int32 => BinaryPrimitives.ReadInt32LittleEndian(element),
                torch.ScalarType.Int16 => BinaryPrimitives.ReadInt16LittleEndian(element),
                torch.ScalarType.Int8 => (sbyte)element[0],
                _ => element[0],
            };
        }

        return numbers;
    }

    private protected override void Fill(WeightEntry entry, torch.Tensor tensor)
    {
        OnnxTensor source = Model.Tensors[entry.Name];
        if (!source.IsVarints && source.Data is [var only])
        {
            using FileBytes? outside = Outside(source);
            (outside ?? _file).ReadInto(tensor, only.Start, entry.Name);
            return;
        }

        if (source.Elements > 0)
        {
            using DisposeScope scope = torch.NewDisposeScope();
            ReadBytes(source, tensor.detach().view(-1).bytes);
        }
    }

    private protected override void Dispose(bool disposing) => _file.Dispose();

    private static FileBytes? Outside(OnnxTensor tensor) => tensor.ExternalPath is { } path ? FileBytes.Open(path) : null;

    private void ReadBytes(OnnxTensor tensor, Span<byte> target)
    {
        using FileBytes? outside = Outside(tensor);
        FileBytes file = outside ?? _file;
        if (!tensor.IsVarints && tensor.Data is [var only])
        {
            file.Read(target, only.Start, tensor.Name);
            return;
        }

        int size = tensor.Element!.Value.Size;
        var input = new ProtobufInput(file);
        string what = $"the tensor '{tensor.Name}'";
        foreach (ByteRange range in tensor.Data)
        {
            if (!tensor.IsVarints)
            {
                input.Read(target[..(int)range.Length], range.Start);
                target = target[(int)range.Length..];
                continue;
            }

            for (long position = range.Start; position < range.Start + range.Length; target = target[size..])
            {
                ulong number = input.ReadVarint(ref position, range.Start + range.Length, what);
                RequireRoom(tensor, target.Length >= size);
                WriteNumber(tensor, number, target[..size]);
            }
        }

        RequireRoom(tensor, target.Length == 0);
    }

    private void RequireRoom(OnnxTensor tensor, bool fits)
    {
        if (!fits)
        {
            throw new ModelFileException(
                Path, tensor.Name, $"its shape {tensor.ShapeText} has {tensor.Elements} elements, but it holds another count of numbers",
                ProtobufInput.Remedy);
        }
    }

    // A number of a smaller type lies in a varint of 32 or 64 bits, negative ones with their sign extended.
    private void WriteNumber(OnnxTensor tensor, ulong number, Span<byte> target)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        MemoryMarshal.Write(bytes, in number);
        long signed = (long)number;
        int bits = 8 * target.Length;
        bool isBool = tensor.ElementType == OnnxSchema.ElementType.Bool;
        if (isBool ? number > 1 : bits < 64 && (signed < -(1L << (bits - 1)) || signed >= 1L << bits))
        {
            throw new ModelFileException(Path, tensor.Name, $"its number {signed} is none of its type", ProtobufInput.Remedy);
        }

        bytes[..target.Length].CopyTo(target);
    }
}
