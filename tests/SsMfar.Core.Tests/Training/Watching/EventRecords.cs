using System.Buffers.Binary;
using System.Text;

namespace SsMfar.Tests.Training.Watching;

/// <summary>
/// Reads event files of TensorBoard by the public definitions: TFRecord (a length of 8 bytes, its masked CRC-32C, the data, theirs), and
/// event.proto and summary.proto.
/// </summary>
internal static class EventRecords
{
    // Castagnoli's polynomial, reversed.
    private const uint Polynomial = 0x82f63b78;

    /// <summary>The scalars of all event files of a folder, in the order of files and records; every sum is checked.</summary>
    public static List<(string Tag, long Step, float Value)> Scalars(string folder) => Read(folder, null);

    /// <summary>The pictures, alike.</summary>
    public static List<EventImage> Images(string folder)
    {
        List<EventImage> images = [];
        Read(folder, images);
        return images;
    }

    private static List<(string Tag, long Step, float Value)> Read(string folder, List<EventImage>? images)
    {
        List<(string, long, float)> scalars = [];
        foreach (string file in Directory.GetFiles(folder, "events.out.tfevents.*").Order(StringComparer.Ordinal))
        {
            byte[][] records = [.. Records(File.ReadAllBytes(file))];
            Fields(records[0]).Should().ContainSingle(field => field.Number == 3).Which.Bytes.Should().Equal("brain.Event:2"u8.ToArray());
            foreach (byte[] record in records[1..])
            {
                Field[] moment = [.. Fields(record)];
                moment.Single(field => field.Number == 1).Double.Should().BeGreaterThan(1.7e9, "the wall time in seconds");
                long step = (long)moment.Single(field => field.Number == 2).Varint;
                foreach (Field value in Fields(moment.Single(field => field.Number == 5).Bytes).Where(field => field.Number == 1))
                {
                    Field[] parts = [.. Fields(value.Bytes)];
                    if (parts.SingleOrDefault(field => field.Number == 4) is { Bytes.Length: > 0 } image)
                    {
                        images?.Add(ImageOf(parts, image, step));
                        continue;
                    }

                    scalars.Add((
                        Encoding.UTF8.GetString(parts.Single(field => field.Number == 1).Bytes), step,
                        parts.Single(field => field.Number == 2).Single));
                }
            }
        }

        return scalars;
    }

    /// <summary>CRC-32C bit by bit.</summary>
    public static uint Sum(ReadOnlySpan<byte> data)
    {
        uint sum = uint.MaxValue;
        foreach (byte value in data)
        {
            sum ^= value;
            for (int bit = 0; bit < 8; bit++)
            {
                sum = (sum & 1) != 0 ? (sum >> 1) ^ Polynomial : sum >> 1;
            }
        }

        return ~sum;
    }

    // Summary.Image: height, width, colour space, encoded_image_string.
    private static EventImage ImageOf(Field[] value, Field image, long step)
    {
        Field[] parts = [.. Fields(image.Bytes)];
        return new(
            Encoding.UTF8.GetString(value.Single(field => field.Number == 1).Bytes), step,
            (int)parts.Single(field => field.Number == 2).Varint, (int)parts.Single(field => field.Number == 1).Varint,
            (int)parts.Single(field => field.Number == 3).Varint, parts.Single(field => field.Number == 4).Bytes);
    }

    private static IEnumerable<byte[]> Records(byte[] file)
    {
        for (int at = 0; at < file.Length;)
        {
            int length = (int)BinaryPrimitives.ReadUInt64LittleEndian(file.AsSpan(at));
            Check(file, at, 8);
            Check(file, at + 12, length);
            yield return file[(at + 12)..(at + 12 + length)];
            at += 16 + length;
        }
    }

    private static void Check(byte[] file, int at, int length)
    {
        uint sum = Sum(file.AsSpan(at, length));
        BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(at + length)).Should().Be(((sum >> 15) | (sum << 17)) + 0xa282ead8);
    }

    private static IEnumerable<Field> Fields(byte[] message)
    {
        for (int at = 0; at < message.Length;)
        {
            ulong key = Varint(message, ref at);
            int number = (int)(key >> 3);
            switch (key & 7)
            {
                case 0:
                    yield return new(number, Varint(message, ref at), []);
                    break;
                case 1:
                    yield return new(number, BinaryPrimitives.ReadUInt64LittleEndian(message.AsSpan(at)), []);
                    at += 8;
                    break;
                case 2:
                    int length = (int)Varint(message, ref at);
                    yield return new(number, 0, message[at..(at + length)]);
                    at += length;
                    break;
                case 5:
                    yield return new(number, BinaryPrimitives.ReadUInt32LittleEndian(message.AsSpan(at)), []);
                    at += 4;
                    break;
                default:
                    throw new InvalidDataException($"Wire type {key & 7}.");
            }
        }
    }

    private static ulong Varint(byte[] message, ref int at)
    {
        ulong value = 0;
        for (int shift = 0; ; shift += 7)
        {
            byte part = message[at++];
            value |= (ulong)(part & 0x7f) << shift;
            if (part < 0x80)
            {
                return value;
            }
        }
    }

    private readonly record struct Field(int Number, ulong Varint, byte[] Bytes)
    {
        public double Double => BitConverter.UInt64BitsToDouble(Varint);

        public float Single => BitConverter.UInt32BitsToSingle((uint)Varint);
    }
}

/// <summary>A picture of an event file.</summary>
internal sealed record EventImage(string Tag, long Step, int Width, int Height, int Colours, byte[] Png);
