using System.Buffers.Binary;
using System.Text;

namespace SsMfar.Tests.Weights.PyTorch;

/// <summary>Writes pickles opcode by opcode, sound or not.</summary>
internal sealed class PickleBuilder
{
    private readonly List<byte> _bytes = [];

    public PickleBuilder(byte protocol = 2) => Raw(0x80, protocol);

    public PickleBuilder Raw(params ReadOnlySpan<byte> bytes)
    {
        _bytes.AddRange(bytes);
        return this;
    }

    public PickleBuilder Op(string opcodes) => Raw(Encoding.Latin1.GetBytes(opcodes));

    public PickleBuilder Text(string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        return Op("X").Int32(bytes.Length).Raw(bytes);
    }

    public PickleBuilder Number(long value)
    {
        byte[] bytes = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, value);
        return Raw(0x8a, 8).Raw(bytes);
    }

    public PickleBuilder Int32(int value)
    {
        byte[] bytes = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, value);
        return Raw(bytes);
    }

    public PickleBuilder Global(string module, string name) => Op($"c{module}\n{name}\n");

    public PickleBuilder Tuple(params long[] numbers)
    {
        Op("(");
        foreach (long number in numbers)
        {
            Number(number);
        }

        return Op("t");
    }

    /// <summary>A persistent id: five fields in the zip format, six in the legacy one.</summary>
    public PickleBuilder Storage(string type, string key, long elements, bool legacy = false) =>
        Op("(").Text("storage").Global("torch", type).Text(key).Text("cpu").Number(elements).Op(legacy ? "NtQ" : "tQ");

    public PickleBuilder Tensor(
        string type, string key, long elements, long[] shape,
        long[]? strides = null, long offset = 0, long? storageElements = null, bool legacy = false)
    {
        strides ??= [.. shape.Select((_, i) => shape.Skip(i + 1).Aggregate(1L, (x, y) => x * y))];
        return Global("torch._utils", "_rebuild_tensor_v2").Op("(").Storage(type, key, storageElements ?? elements, legacy).Number(offset)
            .Tuple(shape).Tuple(strides).Raw(0x89).Global("collections", "OrderedDict").Op(")RtR");
    }

    public byte[] Stop() => Op(".").ToArray();

    public byte[] ToArray() => [.. _bytes];
}
