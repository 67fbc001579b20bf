using System.Buffers.Binary;
using System.Text;
using System.Text.Unicode;

namespace SsMfar.Weights;

/// <summary>A pickle's bytes, read in turn from a part of a file.</summary>
internal sealed class PickleInput
{
    private const int BufferBytes = 1 << 16;

    private readonly FileBytes _file;
    private readonly long _start;
    private readonly long _end;
    private readonly byte[] _buffer;
    private long _bufferStart;
    private int _at;
    private int _filled;

    public PickleInput(FileBytes file, long start, long end, string? entry)
    {
        _file = file;
        _start = start;
        _end = end;
        _buffer = new byte[Math.Min(BufferBytes, end - start)];
        _bufferStart = start;
        Entry = entry;
    }

    /// <summary>Gets the archive's entry, or null.</summary>
    public string? Entry { get; }

    public string Path => _file.Path;

    /// <summary>Gets where in the file the next byte is.</summary>
    public long Position => _bufferStart + _at;

    /// <summary>Gets how many bytes are left.</summary>
    public long Remaining => _end - Position;

    public ModelFileException Fault(string problem) => Fault(problem, PickleMachine.Remedy);

    public ModelFileException Fault(string problem, string remedy) =>
        new(Path, Entry, $"at byte {Position - _start} of its pickle, {problem}", remedy);

    public byte ReadByte()
    {
        if (_at == _filled)
        {
            Refill();
        }

        return _buffer[_at++];
    }

    public void Read(Span<byte> target)
    {
        Require(target.Length);
        while (target.Length > 0)
        {
            if (_at == _filled)
            {
                Refill();
            }

            int count = Math.Min(target.Length, _filled - _at);
            _buffer.AsSpan(_at, count).CopyTo(target);
            _at += count;
            target = target[count..];
        }
    }

    public ushort ReadUInt16()
    {
        Span<byte> bytes = stackalloc byte[2];
        Read(bytes);
        return BinaryPrimitives.ReadUInt16LittleEndian(bytes);
    }

    public int ReadInt32()
    {
        Span<byte> bytes = stackalloc byte[4];
        Read(bytes);
        return BinaryPrimitives.ReadInt32LittleEndian(bytes);
    }

    public uint ReadUInt32() => (uint)ReadInt32();

    /// <summary>Eight bytes of length; more than an array can hold is more than the file has, or an error like it.</summary>
    public long ReadLength()
    {
        Span<byte> bytes = stackalloc byte[8];
        Read(bytes);
        ulong length = BinaryPrimitives.ReadUInt64LittleEndian(bytes);
        return length <= long.MaxValue ? (long)length : throw Fault($"a length of {length} is claimed, but {Remaining} bytes are left");
    }

    public double ReadDouble()
    {
        Span<byte> bytes = stackalloc byte[8];
        Read(bytes);
        return BinaryPrimitives.ReadDoubleBigEndian(bytes);
    }

    /// <summary>Bytes of a length that nobody vouches for.</summary>
    public byte[] ReadBytes(long length, PickleBudget budget)
    {
        Require(length);
        budget.Take(PickleBudget.Number + length);
        byte[] bytes = GC.AllocateUninitializedArray<byte>((int)length);
        Read(bytes);
        return bytes;
    }

    /// <summary>Text in UTF-8, of a length that nobody vouches for.</summary>
    public string ReadText(long length, PickleBudget budget) => ReadString(length, budget) as string ?? throw NoText();

    /// <summary>A string of Python 2, which is bytes: text where they are UTF-8, else <see cref="PickleBytes"/>.</summary>
    public object ReadString(long length, PickleBudget budget)
    {
        Require(length);
        budget.Take(PickleBudget.Number + (2 * length));
        Span<byte> bytes = length <= 256 ? stackalloc byte[(int)length] : new byte[length];
        Read(bytes);
        if (Decode(bytes) is { } text)
        {
            return text;
        }

        budget.Take(PickleBudget.Container);
        return new PickleBytes(bytes.ToArray());
    }

    /// <summary>Text up to a line feed, as the names of globals are written.</summary>
    public string ReadLine()
    {
        Span<byte> bytes = stackalloc byte[256];
        for (int i = 0; i < bytes.Length; i++)
        {
            bytes[i] = ReadByte();
            if (bytes[i] == (byte)'\n')
            {
                return Decode(bytes[..i]) ?? throw NoText();
            }
        }

        throw Fault($"a global's name is longer than {bytes.Length} bytes");
    }

    private static string? Decode(ReadOnlySpan<byte> bytes) => Utf8.IsValid(bytes) ? Encoding.UTF8.GetString(bytes) : null;

    private ModelFileException NoText() => Fault("a text is not valid UTF-8");

    private void Require(long count)
    {
        if (count < 0 || count > Remaining || count > Array.MaxLength)
        {
            throw Fault($"{count} bytes are claimed, but {Remaining} are left");
        }
    }

    private void Refill()
    {
        _bufferStart += _filled;
        _at = 0;
        _filled = (int)Math.Min(_buffer.Length, _end - _bufferStart);
        if (_filled == 0)
        {
            throw Fault("it ends in the middle");
        }

        _file.Read(_buffer.AsSpan(0, _filled), _bufferStart, Entry);
    }
}
