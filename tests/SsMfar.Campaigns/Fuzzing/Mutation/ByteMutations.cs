using System.Buffers.Binary;
using System.Text;

namespace SsMfar.Campaigns.Fuzzing.Mutation;

/// <summary>Changes of bytes: single bits up to stretches, numbers that mean trouble, and pieces of other files.</summary>
internal static class ByteMutations
{
    private static readonly long[] Numbers =
    [
        0, 1, -1, 2, 3, 4, 7, 8, 16, 32, 63, 64, 100, 127, 128, 255, 256, 1000, 1024, 4095, 4096, 32767, 32768, 65535, 65536, 1 << 20,
        int.MaxValue - 1, int.MaxValue, int.MinValue, 1L << 31, uint.MaxValue, 1L << 32, 1L << 40, long.MaxValue, long.MinValue,
    ];

    // Bytes with a meaning somewhere: opcodes of pickles, signs of texts.
    private static readonly byte[] Telling = [.. Encoding.Latin1.GetBytes(
        "(.012FIJKLMNPQRSTUVXabcdegh}]ijlopqrstu)GBC\"{[:,\n\\"), 0, 1, 0x7f, 0x80, 0xff,
        .. Enumerable.Range(0x80, 0x19).Select(b => (byte)b)];

    public static byte[] Apply(byte[] bytes, Mutator mutator, Random random)
    {
        int at = random.Next(bytes.Length);
        int length = Math.Min(1 + random.Next(1 << random.Next(1, 9)), bytes.Length - at);
        switch (random.Next(11))
        {
            case 0:
                return With(bytes, at, (byte)(bytes[at] ^ (1 << random.Next(8))));
            case 1:
                return With(bytes, at, (byte)random.Next(256));
            case 2:
                return With(bytes, at, Telling[random.Next(Telling.Length)]);
            case 3:
                return With(bytes, at, (byte)(bytes[at] + random.Next(-8, 9)));
            case 4:
                return Replace(bytes, at, 0, [Telling[random.Next(Telling.Length)]]);
            case 5:
                return Replace(bytes, at, length, []);
            case 6:
                return bytes[..at];
            case 7:
                return Number(bytes, at, random);
            case 8:
                // A stretch of another file, or of this one, over or into it.
                byte[] other = random.Next(3) == 0 ? bytes : mutator.Any(random);
                int from = other.Length == 0 ? 0 : random.Next(other.Length);
                ReadOnlySpan<byte> piece = other.AsSpan(from, Math.Min(other.Length - from, 1 + random.Next(256)));
                return Replace(bytes, at, random.Next(2) == 0 ? 0 : Math.Min(piece.Length, bytes.Length - at), piece);
            case 9:
                return Replace(bytes, at, 0, bytes.AsSpan(at, length));
            default:
                byte[] filled = [.. bytes];
                filled.AsSpan(at, length).Fill((byte)(random.Next(2) * 255));
                return filled;
        }
    }

    /// <summary>Puts a piece in the place of another.</summary>
    public static byte[] Replace(ReadOnlySpan<byte> bytes, int at, int length, ReadOnlySpan<byte> piece)
    {
        byte[] changed = new byte[bytes.Length - length + piece.Length];
        bytes[..at].CopyTo(changed);
        piece.CopyTo(changed.AsSpan(at));
        bytes[(at + length)..].CopyTo(changed.AsSpan(at + piece.Length));
        return changed;
    }

    private static byte[] With(byte[] bytes, int at, byte value)
    {
        byte[] changed = [.. bytes];
        changed[at] = value;
        return changed;
    }

    // A number of 2, 4 or 8 bytes in either order: a trouble of its own, or one next to what stood there.
    private static byte[] Number(byte[] bytes, int at, Random random)
    {
        int width = 1 << random.Next(1, 4);
        byte[] changed = [.. bytes];
        Span<byte> place = changed.AsSpan(Math.Max(0, Math.Min(at, bytes.Length - width)));
        if (place.Length < width)
        {
            return changed;
        }

        bool little = random.Next(2) == 0;
        Span<byte> full = stackalloc byte[8];
        full.Clear();
        place[..width].CopyTo(little ? full : full[(8 - width)..]);
        long was = little ? BinaryPrimitives.ReadInt64LittleEndian(full) : BinaryPrimitives.ReadInt64BigEndian(full);
        long number = random.Next(3) == 0 ? was + random.Next(-16, 17) : Numbers[random.Next(Numbers.Length)];
        if (little)
        {
            BinaryPrimitives.WriteInt64LittleEndian(full, number);
            full[..width].CopyTo(place);
        }
        else
        {
            BinaryPrimitives.WriteInt64BigEndian(full, number);
            full[(8 - width)..].CopyTo(place);
        }

        return changed;
    }
}
