using System.Globalization;
using System.Text;

namespace SsMfar.Data;

/// <summary>Finds out which columns of a file's own hold text, by a look at every row.</summary>
internal static class ColumnKinds
{
    // Single precision holds all whole numbers of fewer digits.
    private const int DoubtfulDigits = 8;

    /// <summary>Which of some columns have a field that is no number.</summary>
    /// <param name="reader">The file, at its header; a copy, which reads ahead alone.</param>
    /// <param name="names">The names of all columns.</param>
    /// <param name="open">Those to look at.</param>
    public static HashSet<string> Texts(LabelFileReader reader, string[] names, HashSet<string> open)
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
                if (isOpen[i] && !IsNumber(field))
                {
                    texts.Add(names[i]);
                    isOpen[i] = false;
                }
            }
        }

        return texts;
    }

    /// <summary>
    /// Whether a number would not be written again as it is: it begins with needless zeros, as the code 007 does, or it is a whole number
    /// that single precision does not hold, as many identifiers of eight and more digits are, also where zeros follow its decimal
    /// separator, as pandas writes whole numbers of a column with an empty field. It is text.
    /// </summary>
    public static bool IsCode(ReadOnlySpan<char> field, char separator = '.')
    {
        ReadOnlySpan<char> digits = field.TrimStart("+-");
        int end = digits.IndexOf(separator);
        if (end >= 0 && !digits[(end + 1)..].ContainsAnyExcept('0'))
        {
            digits = digits[..end];
        }

        return (digits.Length > 1 && digits[0] == '0' && char.IsAsciiDigit(digits[1]))
            || (digits.Length >= DoubtfulDigits && !digits.ContainsAnyExceptInRange('0', '9') && !IsHeld(digits));
    }

    private static bool IsHeld(ReadOnlySpan<char> digits)
    {
        double value = double.Parse(digits, CultureInfo.InvariantCulture);
        string written = ((float)value).ToString(CultureInfo.InvariantCulture);
        return double.Parse(written, CultureInfo.InvariantCulture) == value;
    }

    private static bool IsNumber(ReadOnlySpan<byte> field) =>
        field.IsEmpty
        || (float.TryParse(field, NumberStyles.Float, CultureInfo.InvariantCulture, out _) && !IsCode(Encoding.UTF8.GetString(field)));
}
