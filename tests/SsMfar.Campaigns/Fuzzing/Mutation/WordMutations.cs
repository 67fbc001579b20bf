using System.Text;

namespace SsMfar.Campaigns.Fuzzing.Mutation;

/// <summary>Changes of texts by lines and words: names, numbers and texts in quotes, and single signs between them.</summary>
internal static class WordMutations
{
    private const int MostWords = 4000;

    private static readonly byte[][] Troubles =
    [
        .. new[]
        {
            "", " ", "0", "-0", "1", "-1", "-5", "2", "8", "0.5", "-1.0", "1e400", "-1e400", "1e-400", "nan", "NaN", "Infinity",
            "-Infinity",
            "\"NaN\"", "\"Infinity\"", "2147483647", "2147483648", "-2147483648", "4294967296", "9223372036854775807",
            "9223372036854775808",
            "99999999999999999999999999", "1.5", "1,5", "true", "false", "null", "[]", "{}", "\"\"", "\"", "'", "\\", "\\u0000",
            "\"\\ud800\"", "[", "]", "{", "}", ",", ";", "\t", "|", ":", "#", "../x", "/", "\0", "\r", "\n", "\uFEFF", "é", "e\u0301",
            "image", "AU1", "AU64", "AU99", "[null]", "[[]]", "[0]", "[{}]", "{\"a\":1}", "0x10", "+1", "１",
        }.Select(Encoding.UTF8.GetBytes),
        [0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80],
    ];

    public static byte[] Apply(byte[] bytes, Mutator mutator, Random random)
    {
        int choice = random.Next(10);
        (int at, int length) = choice < 7 ? Word(bytes, random.Next(bytes.Length)) : Line(bytes, random.Next(bytes.Length));
        ReadOnlySpan<byte> piece = bytes.AsSpan(at, length);
        switch (choice)
        {
            case 0 or 1:
                return ByteMutations.Replace(bytes, at, length, Troubles[random.Next(Troubles.Length)]);
            case 2 or 3:
                return mutator.Words.Length == 0
                    ? bytes : ByteMutations.Replace(bytes, at, length, mutator.Words[random.Next(mutator.Words.Length)]);
            case 4:
                return ByteMutations.Replace(bytes, at, length, []);
            case 5:
                return Repeated(bytes, at, piece, 1 << random.Next(1, 8));
            case 6:
                (int other, int otherLength) = Word(bytes, random.Next(bytes.Length));
                return other >= at + length ? Swapped(bytes, at, length, other, otherLength) : bytes;
            case 7:
                return Repeated(bytes, at, piece, 2);
            case 8:
                return ByteMutations.Replace(bytes, at, length, []);
            default:
                byte[] from = mutator.Any(random);
                (int start, int count) = from.Length == 0 ? (0, 0) : Line(from, random.Next(from.Length));
                return ByteMutations.Replace(bytes, at, random.Next(2) * length, from.AsSpan(start, count));
        }
    }

    /// <summary>The different words of files.</summary>
    public static byte[][] WordsOf(IEnumerable<byte[]> files)
    {
        HashSet<string> words = new(StringComparer.Ordinal);
        foreach (byte[] file in files)
        {
            for (int at = 0; at < Math.Min(file.Length, 1 << 14) && words.Count < MostWords;)
            {
                (int start, int length) = Word(file, at);
                if (length is > 1 and < 64)
                {
                    words.Add(Encoding.Latin1.GetString(file, start, length));
                }

                at = Math.Max(at + 1, start + length);
            }
        }

        return [.. words.Order(StringComparer.Ordinal).Select(Encoding.Latin1.GetBytes)];
    }

    private static (int At, int Length) Word(byte[] bytes, int at)
    {
        if (!IsPart(bytes[at]))
        {
            return (at, 1);
        }

        int start = at, end = at + 1;
        while (start > 0 && IsPart(bytes[start - 1]))
        {
            start--;
        }

        while (end < bytes.Length && IsPart(bytes[end]))
        {
            end++;
        }

        // With its quotes, so that a text becomes a number and a number a text.
        return start > 0 && end < bytes.Length && bytes[start - 1] == '"' && bytes[end] == '"' && at % 2 == 0
            ? (start - 1, end - start + 2) : (start, end - start);
    }

    private static (int At, int Length) Line(byte[] bytes, int at)
    {
        int start = bytes.AsSpan(0, at).LastIndexOf((byte)'\n') + 1;
        int end = bytes.AsSpan(at).IndexOf((byte)'\n');
        return (start, (end < 0 ? bytes.Length : at + end + 1) - start);
    }

    private static bool IsPart(byte value) =>
        char.IsAsciiLetterOrDigit((char)value) || value is (byte)'_' or (byte)'.' or (byte)'-' or (byte)'+' or (byte)'/' || value >= 0x80;

    private static byte[] Repeated(byte[] bytes, int at, ReadOnlySpan<byte> piece, int times)
    {
        byte[] repeated = new byte[piece.Length * Math.Min(times, 1 + ((1 << 14) / Math.Max(1, piece.Length)))];
        for (int i = 0; i + piece.Length <= repeated.Length && piece.Length > 0; i += piece.Length)
        {
            piece.CopyTo(repeated.AsSpan(i));
        }

        return ByteMutations.Replace(bytes, at, 0, repeated);
    }

    private static byte[] Swapped(byte[] bytes, int first, int firstLength, int second, int secondLength) =>
    [
        .. bytes.AsSpan(0, first), .. bytes.AsSpan(second, secondLength),
        .. bytes.AsSpan(first + firstLength, second - first - firstLength), .. bytes.AsSpan(first, firstLength),
        .. bytes.AsSpan(second + secondLength),
    ];
}
