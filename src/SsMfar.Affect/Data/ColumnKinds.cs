using System.Globalization;

namespace SsMfar.Data;

/// <summary>Finds out which columns of a file's own hold text, by a look at every row.</summary>
internal static class ColumnKinds
{
    /// <summary>Which of some columns have a field that is no number.</summary>
    /// <param name="reader">The file, at its header; a copy, which reads ahead alone.</param>
    /// <param name="names">The names of all columns.</param>
    /// <param name="open">Those to look at.</param>
    /// <param name="leadingZeros">Whether a number that begins with needless zeros, such as the code 007, is text.</param>
    public static HashSet<string> Texts(LabelFileReader reader, string[] names, HashSet<string> open, bool leadingZeros)
    {
        bool[] isOpen = Array.ConvertAll(names, open.Contains);
        HashSet<string> texts = new(StringComparer.OrdinalIgnoreCase);
        while (texts.Count < open.Count && reader.ReadLine())
        {
            if (reader.CountFields() != names.Length)
            {
                continue; // a fault that is told when the row is read
            }

            for (int i = 0; i < names.Length; i++)
            {
                ReadOnlySpan<byte> field = reader.NextField();
                if (isOpen[i] && !IsNumber(field, leadingZeros))
                {
                    texts.Add(names[i]);
                    isOpen[i] = false;
                }
            }
        }

        return texts;
    }

    private static bool IsNumber(ReadOnlySpan<byte> field, bool leadingZeros)
    {
        ReadOnlySpan<byte> digits = field.TrimStart("+-"u8);
        return field.IsEmpty
            || (!(leadingZeros && digits.Length > 1 && digits[0] == (byte)'0' && digits[1] is >= (byte)'0' and <= (byte)'9')
                && float.TryParse(field, NumberStyles.Float, CultureInfo.InvariantCulture, out _));
    }
}
