using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace SsMfar.Training;

/// <summary>
/// An event file of TensorBoard: records of TensorFlow's format, each a length and a message of <c>event.proto</c> with masked CRC-32C
/// sums.
/// </summary>
internal sealed class EventFile : IDisposable
{
    private const string Version = "brain.Event:2";
    private const uint Mask = 0xa282ead8;

    // Field numbers of Event, Summary, Summary.Value and Summary.Image.
    private const int WallTime = 1, Step = 2, FileVersion = 3, EventSummary = 5, SummaryValue = 1, Tag = 1, SimpleValue = 2, Image = 4;
    private const int ImageHeight = 1, ImageWidth = 2, ImageColours = 3, ImageFile = 4;
    private const int RedGreenBlue = 3;

    private readonly FileStream _file;

    /// <summary>Makes a file of its own in a folder.</summary>
    /// <exception cref="IOException">It cannot be made.</exception>
    public EventFile(string folder)
    {
        Directory.CreateDirectory(folder);
        string start = FormattableString.Invariant(
            $"events.out.tfevents.{DateTimeOffset.UtcNow.ToUnixTimeSeconds():D10}.{Environment.MachineName}.{Environment.ProcessId}");
        _file = Make(folder, start);
        using Message version = new();
        version.Double(WallTime, Now());
        version.Bytes(FileVersion, Encoding.UTF8.GetBytes(Version));
        Write(version);
        Flush();
    }

    /// <summary>Writes numbers of one moment.</summary>
    /// <param name="step">The step or epoch.</param>
    /// <param name="scalars">A tag and a number each.</param>
    public void Write(long step, IEnumerable<(string Tag, double Value)> scalars)
    {
        using Message summary = new();
        foreach ((string tag, double value) in scalars)
        {
            using Message own = new();
            own.Bytes(Tag, Encoding.UTF8.GetBytes(tag));
            own.Single(SimpleValue, (float)value);
            summary.Bytes(SummaryValue, own.Content);
        }

        Write(step, summary);
    }

    /// <summary>Writes a picture.</summary>
    /// <param name="step">The step or epoch.</param>
    /// <param name="tag">Its tag.</param>
    /// <param name="width">Pixels across.</param>
    /// <param name="height">Pixels down.</param>
    /// <param name="png">The picture as a PNG.</param>
    public void Write(long step, string tag, int width, int height, ReadOnlySpan<byte> png)
    {
        using Message image = new();
        image.Varint(ImageHeight, (ulong)height);
        image.Varint(ImageWidth, (ulong)width);
        image.Varint(ImageColours, RedGreenBlue);
        image.Bytes(ImageFile, png);
        using Message own = new();
        own.Bytes(Tag, Encoding.UTF8.GetBytes(tag));
        own.Bytes(Image, image.Content);
        using Message summary = new();
        summary.Bytes(SummaryValue, own.Content);
        Write(step, summary);
    }

    /// <summary>Lets readers see what was written.</summary>
    public void Flush() => _file.Flush();

    public void Dispose() => _file.Dispose();

    private void Write(long step, Message summary)
    {
        using Message moment = new();
        moment.Double(WallTime, Now());
        moment.Varint(Step, (ulong)step);
        moment.Bytes(EventSummary, summary.Content);
        Write(moment);
    }

    // Two runs of a process within a second are told apart by a number.
    private static FileStream Make(string folder, string start)
    {
        for (int number = 0; ; number++)
        {
            string path = System.IO.Path.Combine(folder, FormattableString.Invariant($"{start}.{number}"));
            if (!File.Exists(path))
            {
                return new(path, FileMode.CreateNew, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
            }
        }
    }

    private static double Now() => (DateTimeOffset.UtcNow - DateTimeOffset.UnixEpoch).TotalSeconds;

    private void Write(Message message)
    {
        ReadOnlySpan<byte> data = message.Content;
        Span<byte> length = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)data.Length);
        _file.Write(length);
        WriteSum(length);
        _file.Write(data);
        WriteSum(data);
    }

    private void WriteSum(ReadOnlySpan<byte> data)
    {
        uint sum = uint.MaxValue;
        foreach (byte value in data)
        {
            sum = BitOperations.Crc32C(sum, value);
        }

        sum = BitOperations.RotateRight(~sum, 15) + Mask;
        Span<byte> written = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(written, sum);
        _file.Write(written);
    }

    /// <summary>A message of Protocol Buffers while it is written.</summary>
    private sealed class Message : IDisposable
    {
        private const int VarintWire = 0, DoubleWire = 1, BytesWire = 2, SingleWire = 5;

        private readonly MemoryStream _content = new();

        public ReadOnlySpan<byte> Content => _content.GetBuffer().AsSpan(0, (int)_content.Length);

        public void Varint(int field, ulong value)
        {
            Key(field, VarintWire);
            Varint(value);
        }

        public void Double(int field, double value)
        {
            Key(field, DoubleWire);
            Span<byte> written = stackalloc byte[sizeof(double)];
            BinaryPrimitives.WriteDoubleLittleEndian(written, value);
            _content.Write(written);
        }

        public void Single(int field, float value)
        {
            Key(field, SingleWire);
            Span<byte> written = stackalloc byte[sizeof(float)];
            BinaryPrimitives.WriteSingleLittleEndian(written, value);
            _content.Write(written);
        }

        public void Bytes(int field, ReadOnlySpan<byte> value)
        {
            Key(field, BytesWire);
            Varint((ulong)value.Length);
            _content.Write(value);
        }

        public void Dispose() => _content.Dispose();

        private void Key(int field, int wire) => Varint((ulong)((field << 3) | wire));

        private void Varint(ulong value)
        {
            for (; value > 0x7f; value >>= 7)
            {
                _content.WriteByte((byte)(value | 0x80));
            }

            _content.WriteByte((byte)value);
        }
    }
}
