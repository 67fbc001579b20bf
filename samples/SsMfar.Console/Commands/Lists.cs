using System.Text;

namespace SsMfar.ConsoleApp.Commands;

/// <summary>Lists in one argument: parted by commas, in double quotes where an entry has one itself.</summary>
internal static class Lists
{
    /// <summary>The entries, without blanks at their ends.</summary>
    /// <exception cref="FormatException">A quote is not closed.</exception>
    public static string[] Entries(string text)
    {
        List<string> entries = [];
        StringBuilder entry = new();
        bool quoted = false;
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] == '"')
            {
                bool isDoubled = quoted && i + 1 < text.Length && text[i + 1] == '"';
                entry.Append(isDoubled ? "\"" : "");
                i += isDoubled ? 1 : 0;
                quoted = isDoubled ? quoted : !quoted;
            }
            else if (text[i] == ',' && !quoted)
            {
                entries.Add(entry.ToString().Trim());
                entry.Clear();
            }
            else
            {
                entry.Append(text[i]);
            }
        }

        entries.Add(entry.ToString().Trim());
        return quoted ? throw new FormatException("a double quote is not closed.") : [.. entries];
    }

    /// <summary>Entries of the form NAME=VALUE.</summary>
    /// <exception cref="FormatException">One is not, or a name is given twice.</exception>
    public static KeyValuePair<string, string>[] Pairs(string text)
    {
        KeyValuePair<string, string>[] pairs =
        [
            .. Entries(text).Select(entry =>
                entry.Split('=', 2, StringSplitOptions.TrimEntries) is [{ Length: > 0 } name, { Length: > 0 } value]
                ? KeyValuePair.Create(name, value)
                : throw new FormatException($"'{entry}' is not of the form NAME=VALUE.")),
        ];
        return pairs.GroupBy(pair => pair.Key, StringComparer.OrdinalIgnoreCase).FirstOrDefault(same => same.Count() > 1) is { } twice
            ? throw new FormatException($"'{twice.Key}' is given twice.")
            : pairs;
    }
}
