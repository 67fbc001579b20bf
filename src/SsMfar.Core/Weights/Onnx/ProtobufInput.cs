using System.Text;

namespace SsMfar.Weights;

/// <summary>
/// The bytes of a Protocol Buffers file, read where asked for through one small window, with an account of the memory that what is read
/// takes. Not safe from several threads.
/// </summary>
internal sealed class ProtobufInput(FileBytes file)
{
    public const string Remedy = "The file is damaged or no ONNX model; write or download it again";

    private const int WindowBytes = 1 << 16;
    private const int BytesPerFileByte = 16;
    private const int Allowance = 1 << 20;
    private const long MaximumBytes = 1L << 26;

    private static readonly UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);

    private readonly byte[] _window = GC.AllocateUninitializedArray<byte>((int)Math.Clamp(file.Length, 1, WindowBytes));
    private long _start;
    private int _filled;
    private long _left = Math.Min(MaximumBytes, BytesPerFileByte * Math.Min(file.Length, MaximumBytes)) + Allowance;

    public string Path => file.Path;

    public long Length => file.Length;

    public ModelFileException Fault(string? entry, string problem, Exception? inner = null) =>
        new(Path, string.IsNullOrEmpty(entry) ? null : entry, problem, Remedy, inner);

    /// <summary>Notes memory about to be taken for what the file describes, apart from the numbers of tensors.</summary>
    /// <exception cref="ModelFileException">It is more than a model of this size needs.</exception>
    public void Take(long bytes)
    {
        _left -= bytes;
        if (_left < 0)
        {
            throw Fault(null, $"the description of its graph takes more memory than is allowed for a file of {Length} bytes");
        }
    }

    /// <summary>The byte at a position inside of the file.</summary>
    public byte ReadByte(long position)
    {
        if (position < _start || position >= _start + _filled)
        {
            _filled = 0;
            _start = position;
            int count = (int)Math.Min(_window.Length, Length - position);
            file.Read(_window.AsSpan(0, count), position);
            _filled = count;
        }

        return _window[(int)(position - _start)];
    }

    /// <summary>Copies bytes that lie inside of the file.</summary>
    public void Read(Span<byte> target, long position)
    {
        for (; target.Length > 0; target = target[1..], position++)
        {
            target[0] = ReadByte(position);
        }
    }

    /// <summary>A text of a stretch that lies inside of the file.</summary>
    public string ReadText(long position, long length, string what)
    {
        Take(40 + (2 * length));
        byte[] bytes = new byte[length];
        Read(bytes, position);
        try
        {
            return StrictUtf8.GetString(bytes);
        }
        catch (DecoderFallbackException e)
        {
            throw Fault(null, $"at byte {position}, a text of {what} is not valid UTF-8", e);
        }
    }

    /// <summary>A varint that ends before a position.</summary>
    public ulong ReadVarint(ref long position, long end, string what)
    {
        ulong value = 0;
        long start = position;
        for (int i = 0; i < ProtobufWire.LongestVarint; i++)
        {
            if (position >= end)
            {
                throw Fault(null, $"at byte {start}, {what} ends in the middle of a number");
            }

            byte next = ReadByte(position++);
            value |= (ulong)(next & 0x7f) << (7 * i);
            if (next < 0x80)
            {
                return i < ProtobufWire.LongestVarint - 1 || next <= 1
                    ? value
                    : throw Fault(null, $"at byte {start}, a number of {what} has more than 64 bits");
            }
        }

        throw Fault(null, $"at byte {start}, a number of {what} has more than {ProtobufWire.LongestVarint} bytes");
    }
}
