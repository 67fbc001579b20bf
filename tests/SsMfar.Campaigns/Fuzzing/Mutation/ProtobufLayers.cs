namespace SsMfar.Campaigns.Fuzzing.Mutation;

/// <summary>Messages in messages: damages a field deep inside, and puts the lengths around it right.</summary>
internal sealed class ProtobufLayers : IFileLayers
{
    private const int Deepest = 5;

    public byte[]? Damage(byte[] seed, Mutator mutator, Random random) => Damage(seed, mutator, random, 0);

    private static byte[]? Damage(byte[] message, Mutator mutator, Random random, int depth)
    {
        List<(int Start, int Content, int End, int Wire)>? fields = Fields(message);
        if (fields is null or [])
        {
            return null;
        }

        var (start, content, end, wire) = fields[random.Next(fields.Count)];
        switch (random.Next(8))
        {
            case 0:
                return ByteMutations.Replace(message, start, end - start, []);
            case 1:
                return ByteMutations.Replace(message, end, 0, message.AsSpan(start, end - start));
        }

        byte[] was = message[content..end];
        byte[] now = (depth < Deepest && wire == 2 && random.Next(5) > 0 ? Damage(was, mutator, random, depth + 1) : null)
            ?? (was.Length == 0 ? [1] : mutator.Change(was, random, isText: wire == 2 && random.Next(2) == 0));
        if (wire != 2)
        {
            return ByteMutations.Replace(message, content, was.Length, now);
        }

        int tag = start;
        _ = Varint(message, ref tag);
        return [.. message.AsSpan(0, tag), .. Varint((ulong)now.Length), .. now, .. message.AsSpan(end)];
    }

    // Null for bytes that are no message.
    private static List<(int Start, int Content, int End, int Wire)>? Fields(byte[] message)
    {
        List<(int, int, int, int)> fields = [];
        for (int at = 0; at < message.Length;)
        {
            int start = at;
            if (Varint(message, ref at) is not { } tag || tag >> 3 is 0 or > 1000)
            {
                return null;
            }

            int wire = (int)(tag & 7), content = at;
            switch (wire)
            {
                case 0:
                    if (Varint(message, ref at) is null)
                    {
                        return null;
                    }

                    break;
                case 1:
                    at += 8;
                    break;
                case 2:
                    if (Varint(message, ref at) is not { } length || length > (ulong)(message.Length - at))
                    {
                        return null;
                    }

                    content = at;
                    at += (int)length;
                    break;
                case 5:
                    at += 4;
                    break;
                default:
                    return null;
            }

            if (at > message.Length)
            {
                return null;
            }

            fields.Add((start, content, at, wire));
        }

        return fields;
    }

    private static ulong? Varint(byte[] bytes, ref int at)
    {
        ulong value = 0;
        for (int shift = 0; shift < 64 && at < bytes.Length; shift += 7)
        {
            byte next = bytes[at++];
            value |= (ulong)(next & 0x7f) << shift;
            if (next < 0x80)
            {
                return value;
            }
        }

        return null;
    }

    private static byte[] Varint(ulong value)
    {
        List<byte> bytes = [];
        for (; value >= 0x80; value >>= 7)
        {
            bytes.Add((byte)(value | 0x80));
        }

        return [.. bytes, (byte)value];
    }
}
