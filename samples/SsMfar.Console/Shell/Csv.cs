using System.Buffers;
using System.Globalization;
using System.Text;

namespace SsMfar.ConsoleApp.Shell;

/// <summary>Comma-separated values as RFC 4180 has them, with line feeds between the rows; both kinds of line ends are read.</summary>
internal static class Csv
{
    private static readonly SearchValues<char> Special = SearchValues.Create(",\"\r\n");

    /// <summary>A row with its line end.</summary>
    public static string Row(IEnumerable<string> fields) => string.Join(',', fields.Select(Quote)) + '\n';

    /// <summary>A number without digits that say nothing, whatever the culture is.</summary>
    public static string Number(double? value) => value?.ToString("0.######", CultureInfo.InvariantCulture) ?? "";

    /// <summary>The rows of a text, the first line's number and fields each; empty lines are none.</summary>
    /// <exception cref="FormatException">A quotation mark is not closed.</exception>
    public static IEnumerable<(int Line, string[] Fields)> Read(string text)
    {
        List<string> fields = [];
        StringBuilder field = new();
        bool isQuoted = false;
        int line = 1, first = 1;
        for (int i = 0; i <= text.Length; i++)
        {
            char character = i < text.Length ? text[i] : '\n';
            if (isQuoted && i < text.Length)
            {
                line += character == '\n' ? 1 : 0;
                if (character != '"')
                {
                    field.Append(character);
                }
                else if (i + 1 < text.Length && text[i + 1] == '"')
                {
                    field.Append(text[i++]);
                }
                else
                {
                    isQuoted = false;
                }

                continue;
            }

            switch (character)
            {
                case var _ when isQuoted:
                    throw new FormatException($"line {first}: a quotation mark is not closed");
                case '"':
                    isQuoted = true;
                    break;
                case ',':
                    fields.Add(Take(field));
                    break;
                case '\n':
                    fields.Add(Take(field));
                    if (fields.Count > 1 || fields[0].Length > 0)
                    {
                        yield return (first, [.. fields]);
                    }

                    fields.Clear();
                    first = ++line;
                    break;
                case '\r':
                    break;
                default:
                    field.Append(character);
                    break;
            }
        }
    }

    private static string Take(StringBuilder field)
    {
        string text = field.ToString();
        field.Clear();
        return text;
    }

    private static string Quote(string field) =>
        field.AsSpan().ContainsAny(Special) ? $"\"{field.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : field;
}
