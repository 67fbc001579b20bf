using System.Buffers.Binary;
using System.Text;
using SsMfar.Weights;

namespace SsMfar.Export;

/// <summary>
/// A Protocol Buffers message being put together (the wire format of protobuf.dev: varints, fixed32, length-delimited fields). Large
/// contents are kept by reference until the message is written.
/// </summary>
internal sealed class ProtobufMessage
{
    private readonly List<ReadOnlyMemory<byte>> _parts = [];

    /// <summary>Gets or sets the message's bytes in all.</summary>
    public long Length { get; private set; }

    public ProtobufMessage Add(int field, long value)
    {
        Tag(field, ProtobufWire.Varint);
        WriteVarint((ulong)value);
        return this;
    }

    public ProtobufMessage Add(int field, float value)
    {
        Tag(field, ProtobufWire.Fixed32);
        byte[] bytes = new byte[sizeof(float)];
        BinaryPrimitives.WriteSingleLittleEndian(bytes, value);
        Append(bytes);
        return this;
    }

    public ProtobufMessage Add(int field, string text) => Add(field, Encoding.UTF8.GetBytes(text));

    public ProtobufMessage Add(int field, ReadOnlyMemory<byte> bytes)
    {
        Tag(field, ProtobufWire.LengthDelimited);
        WriteVarint((ulong)bytes.Length);
        Append(bytes);
        return this;
    }

    /// <summary>Adds a message as it is now; what is added to it later has no effect.</summary>
    public ProtobufMessage Add(int field, ProtobufMessage message)
    {
        Tag(field, ProtobufWire.LengthDelimited);
        WriteVarint((ulong)message.Length);
        return Merge(message);
    }

    /// <summary>Adds the fields of another message to this one.</summary>
    public ProtobufMessage Merge(ProtobufMessage other)
    {
        _parts.AddRange(other._parts);
        Length += other.Length;
        return this;
    }

    public void WriteTo(Stream stream)
    {
        foreach (ReadOnlyMemory<byte> part in _parts)
        {
            stream.Write(part.Span);
        }
    }

    private void Tag(int field, int wireType) => WriteVarint((ulong)((field << ProtobufWire.TypeBits) | wireType));

    private void WriteVarint(ulong value)
    {
        Span<byte> bytes = stackalloc byte[ProtobufWire.LongestVarint];
        int length = 0;
        while (value >= 0x80)
        {
            bytes[length++] = (byte)(value | 0x80);
            value >>= 7;
        }

        bytes[length++] = (byte)value;
        Append(bytes[..length].ToArray());
    }

    private void Append(ReadOnlyMemory<byte> bytes)
    {
        _parts.Add(bytes);
        Length += bytes.Length;
    }
}
