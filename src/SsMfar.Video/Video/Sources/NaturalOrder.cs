using System.Globalization;

namespace SsMfar.Video;

/// <summary>
/// Names as people count: <c>frame2</c> before <c>frame10</c>. Runs of digits compare as numbers, the rest by code units.
/// </summary>
internal sealed class NaturalOrder : IComparer<string>
{
    private const int MostDigits = 18;

    public static NaturalOrder Comparer { get; } = new();

    public int Compare(string? x, string? y)
    {
        ReadOnlySpan<char> a = x, b = y;
        while (!a.IsEmpty && !b.IsEmpty)
        {
            if (char.IsAsciiDigit(a[0]) && char.IsAsciiDigit(b[0]))
            {
                ReadOnlySpan<char> first = Digits(ref a).TrimStart('0');
                ReadOnlySpan<char> second = Digits(ref b).TrimStart('0');
                int order = first.Length != second.Length ? first.Length - second.Length : first.SequenceCompareTo(second);
                if (order != 0)
                {
                    return order;
                }
            }
            else if (a[0] != b[0])
            {
                return a[0] - b[0];
            }
            else
            {
                a = a[1..];
                b = b[1..];
            }
        }

        int rest = a.Length - b.Length;
        return rest != 0 ? rest : string.CompareOrdinal(x, y);
    }

    /// <summary>What is before the number at the end of a file's name, and the number; null where there is none.</summary>
    public static (string Stem, long Number)? Numbered(string name)
    {
        int file = name.LastIndexOf('/') + 1;
        int end = name.LastIndexOf('.') is int dot && dot >= file ? dot : name.Length;
        int start = end;
        while (start > file && char.IsAsciiDigit(name[start - 1]))
        {
            start--;
        }

        return end - start is > 0 and <= MostDigits
            ? (name[..start], long.Parse(name.AsSpan(start, end - start), NumberStyles.None, CultureInfo.InvariantCulture)) : null;
    }

    private static ReadOnlySpan<char> Digits(ref ReadOnlySpan<char> text)
    {
        int length = 0;
        while (length < text.Length && char.IsAsciiDigit(text[length]))
        {
            length++;
        }

        ReadOnlySpan<char> digits = text[..length];
        text = text[length..];
        return digits;
    }
}
