using System.Buffers.Binary;

namespace SsMfar.Imaging;

/// <summary>Chunks of a PNG file or of a RIFF container, in order, until one does not fit the bytes.</summary>
internal ref struct EncodedChunks(ReadOnlySpan<byte> encoded, bool riff = false)
{
    private readonly ReadOnlySpan<byte> _encoded = encoded;
    private readonly bool _riff = riff;
    private int _offset = riff ? 12 : 8;

    public ReadOnlySpan<byte> Type { get; private set; }

    public ReadOnlySpan<byte> Content { get; private set; }

    public bool MoveNext()
    {
        if (_offset + 8 > _encoded.Length)
        {
            return false;
        }

        // A PNG chunk is its length, type, content and checksum; a RIFF chunk its type, length and content, padded to an even length.
        ReadOnlySpan<byte> head = _encoded.Slice(_offset, 8);
        uint length = _riff ? BinaryPrimitives.ReadUInt32LittleEndian(head[4..]) : BinaryPrimitives.ReadUInt32BigEndian(head);
        Type = _riff ? head[..4] : head[4..];
        long end = _offset + 8L + length + (_riff ? length & 1 : 4);
        if (_offset + 8L + length > _encoded.Length)
        {
            return false;
        }

        Content = _encoded.Slice(_offset + 8, (int)length);
        _offset = (int)Math.Min(end, _encoded.Length);
        return true;
    }

    public bool Contains(ReadOnlySpan<byte> type)
    {
        while (MoveNext())
        {
            if (Type.SequenceEqual(type))
            {
                return true;
            }
        }

        return false;
    }
}
