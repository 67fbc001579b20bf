using System.Globalization;
using System.Text;

namespace SsMfar.Data;

/// <summary>Finds out which columns of a file's own hold text, by a look at every row.</summary>
internal static class ColumnKinds
{
    // Single precision holds all whole numbers of fewer digits.
    private const int DoubtfulDigits = 8;

    // Measures have fewer before their decimals; the seconds of a clock since 1970 have ten.
    private const int ClockDigits = 10;

    /// <summary>Which of some columns have a field that is no number, or plates alone.</summary>
    /// <param name="reader">The file, at its header; a copy, which reads ahead alone.</param>
    /// <param name="names">The names of all columns.</param>
    /// <param name="open">Those to look at.</param>
    public static HashSet<string> Texts(LabelFileReader reader, string[] names, HashSet<string> open)
    {
        bool[] isOpen = Array.ConvertAll(names, open.Contains);
        bool?[] arePlates = new bool?[names.Length];
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
                if (!isOpen[i] || field.IsEmpty)
                {
                    continue;
                }

                string text = Encoding.UTF8.GetString(field);
                arePlates[i] = arePlates[i] != false && IsPlate(text);
                if (!float.TryParse(field, NumberStyles.Float, CultureInfo.InvariantCulture, out _) || IsCode(text))
                {
                    texts.Add(names[i]);
                    isOpen[i] = false;
                }
            }
        }

        texts.UnionWith(names.Where((_, i) => isOpen[i] && arePlates[i] == true));
        return texts;
    }

    /// <summary>
    /// Whether a field is digits, an E and digits. A column of these alone is text: 1E5 is a plate or a room there, since programs write
    /// the number as 1E+05.
    /// </summary>
    public static bool IsPlate(ReadOnlySpan<char> field)
    {
        int at = field.IndexOf('E');
        return at > 0 && at + 1 < field.Length && !field[..at].ContainsAnyExceptInRange('0', '9')
            && !field[(at + 1)..].ContainsAnyExceptInRange('0', '9');
    }

    /// <summary>
    /// Whether a number would not be written again as it is: it begins with needless zeros, as the code 007 does, or it is a whole number
    /// that single precision does not hold, as many identifiers of eight and more digits are, also where zeros follow its decimal
    /// separator, as pandas writes whole numbers of a column with an empty field, or the time of a clock with decimals. It is text.
    /// </summary>
    public static bool IsCode(ReadOnlySpan<char> field, char separator = '.')
    {
        ReadOnlySpan<char> digits = field.TrimStart("+-");
        int end = digits.IndexOf(separator);
        if (end >= ClockDigits && !digits[..end].ContainsAnyExceptInRange('0', '9') && IsFraction(digits[(end + 1)..]))
        {
            return true;
        }

        if (end >= 0 && !digits[(end + 1)..].ContainsAnyExcept('0'))
        {
            digits = digits[..end];
        }

        return (digits.Length > 1 && digits[0] == '0' && char.IsAsciiDigit(digits[1]))
            || (digits.Length >= DoubtfulDigits && !digits.ContainsAnyExceptInRange('0', '9') && !IsHeld(digits));
    }

    private static bool IsFraction(ReadOnlySpan<char> decimals) =>
        !decimals.ContainsAnyExceptInRange('0', '9') && decimals.ContainsAnyExcept('0');

    private static bool IsHeld(ReadOnlySpan<char> digits)
    {
        double value = double.Parse(digits, CultureInfo.InvariantCulture);
        string written = ((float)value).ToString(CultureInfo.InvariantCulture);
        return double.Parse(written, CultureInfo.InvariantCulture) == value;
    }
}
