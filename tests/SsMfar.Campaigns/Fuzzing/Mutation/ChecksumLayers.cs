using System.Buffers.Binary;
using System.Security.Cryptography;

namespace SsMfar.Campaigns.Fuzzing.Mutation;

/// <summary>A PNG whose chunks are damaged inside, each with the checksum and length that it then has; no other picture.</summary>
internal sealed class PictureLayers : IFileLayers
{
    private const int SignatureBytes = 8;

    public byte[]? Damage(byte[] seed, Mutator mutator, Random random)
    {
        if (!seed.AsSpan().StartsWith((ReadOnlySpan<byte>)[0x89, (byte)'P', (byte)'N', (byte)'G']) || seed.Length < SignatureBytes)
        {
            return null;
        }

        List<(int At, int Length)> chunks = [];
        for (int at = SignatureBytes; at + 12 <= seed.Length;)
        {
            uint length = BinaryPrimitives.ReadUInt32BigEndian(seed.AsSpan(at));
            if (length > seed.Length - at - 12)
            {
                break;
            }

            chunks.Add((at, (int)length));
            at += 12 + (int)length;
        }

        if (chunks.Count == 0)
        {
            return null;
        }

        var (start, size) = chunks[random.Next(chunks.Count)];
        byte[] typed = seed[(start + 4)..(start + 8 + size)];
        byte[] damaged = mutator.Change(typed, random, isText: false);
        if (damaged.Length < 4)
        {
            return null;
        }

        byte[] chunk = [0, 0, 0, 0, .. damaged, 0, 0, 0, 0];
        BinaryPrimitives.WriteInt32BigEndian(chunk, damaged.Length - 4);
        BinaryPrimitives.WriteUInt32BigEndian(chunk.AsSpan(chunk.Length - 4), Checksum(damaged));
        return ByteMutations.Replace(seed, start, 12 + size, chunk);
    }

    // CRC-32 as PNG has it.
    private static uint Checksum(ReadOnlySpan<byte> bytes)
    {
        uint sum = uint.MaxValue;
        foreach (byte value in bytes)
        {
            sum ^= value;
            for (int bit = 0; bit < 8; bit++)
            {
                sum = (sum >> 1) ^ (0xEDB88320 & (uint)-(int)(sum & 1));
            }
        }

        return ~sum;
    }
}

/// <summary>The cache of images: damages header or tail, and puts length and both hashes right.</summary>
/// <param name="tailOffset">Where the tail begins.</param>
internal sealed class ImageCacheLayers(int tailOffset) : IFileLayers
{
    private const int TailLength = 32;
    private const int TailHash = 72;
    private const int HeaderHash = 104;

    public byte[]? Damage(byte[] seed, Mutator mutator, Random random)
    {
        if (seed.Length <= tailOffset)
        {
            return null;
        }

        byte[] header = seed[..HeaderHash], tail = seed[tailOffset..];
        bool inTail = random.Next(4) > 0;
        byte[] damaged = mutator.Change(inTail ? tail : header, random, isText: false);
        byte[] bytes = [.. seed.AsSpan(0, tailOffset), .. inTail ? damaged : tail];
        (inTail ? header : damaged).AsSpan(0, Math.Min(HeaderHash, (inTail ? header : damaged).Length)).CopyTo(bytes);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(TailLength), bytes.Length - tailOffset);
        SHA256.HashData(bytes.AsSpan(tailOffset), bytes.AsSpan(TailHash));
        SHA256.HashData(bytes.AsSpan(0, HeaderHash), bytes.AsSpan(HeaderHash));
        return bytes;
    }
}
