using System.Collections.Frozen;
using System.Text;

namespace SsMfar.Imaging;

/// <summary>
/// Tells names that look the same apart and together: "é" may be one character (composed) or a letter and an accent (decomposed). Programs
/// with invariant globalisation, as most in containers are, have no <see cref="string.Normalize()"/> beyond ASCII, so the table is here.
/// </summary>
internal static partial class UnicodeForms
{
    private const int FirstSyllable = 0xAC00, LastSyllable = 0xD7A3;
    private const int FirstLead = 0x1100, FirstVowel = 0x1161, BeforeTail = 0x11A7;
    private const int Vowels = 21, Tails = 28;

    private static readonly FrozenDictionary<char, string> Parts = Marks
        .SelectMany(
            mark => mark.Pairs.Chunk(2),
            (mark, pair) => KeyValuePair.Create(pair[0], mark.Mark == 0 ? $"{pair[1]}" : $"{pair[1]}{mark.Mark}"))
        .ToFrozenDictionary();

    private static readonly FrozenSet<char> Combining = Marks.Select(mark => mark.Mark).Where(mark => mark != 0).ToFrozenSet();

    /// <summary>The name with accents and letters apart: equal for names that look the same. Marks keep their order.</summary>
    public static string Decompose(string name)
    {
        if (Ascii.IsValid(name))
        {
            return name;
        }

        StringBuilder parts = new(2 * name.Length);
        foreach (char character in name)
        {
            Append(parts, character);
        }

        return parts.ToString();
    }

    /// <summary>What to say, as a clause, where a name that looks the same is there in another form.</summary>
    public static string Remark(string asked, string found) =>
        $"but '{ImageName.Printable(found)}' looks the same: the name asked for is {Form(asked)}, that one is {Form(found)}";

    private static string Form(string name) => (Decompose(name) != name, name.Any(Combining.Contains)) switch
    {
        (true, false) => "in composed Unicode (NFC)",
        (false, true) => "in decomposed Unicode (NFD)",
        _ => "in mixed Unicode forms",
    };

    private static void Append(StringBuilder parts, char character)
    {
        if (Parts.TryGetValue(character, out string? pair))
        {
            Append(parts, pair[0]);
            parts.Append(pair.AsSpan(1));
        }
        else if (character is >= (char)FirstSyllable and <= (char)LastSyllable)
        {
            int syllable = character - FirstSyllable;
            parts.Append((char)(FirstLead + syllable / (Vowels * Tails))).Append((char)(FirstVowel + syllable / Tails % Vowels));
            if (syllable % Tails is > 0 and int tail)
            {
                parts.Append((char)(BeforeTail + tail));
            }
        }
        else
        {
            parts.Append(character);
        }
    }
}
