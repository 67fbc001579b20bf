using System.Collections.Immutable;
using System.Text;

namespace SsMfar.Data;

/// <summary>The headers of the challenge: of submissions, and of annotations that name no columns of their own.</summary>
internal static class LabelHeader
{
    /// <summary>The standard columns: image, valence, arousal, expression and the twelve units.</summary>
    public const int StandardColumns = 4 + ActionUnits.Count;

    /// <summary>The challenge's header, which names fewer columns than its rows have.</summary>
    public const string Short = "image,valence,arousal,expression,aus";

    /// <summary>Gets the header that names every standard column.</summary>
    public static string Full { get; } = "image,valence,arousal,expression," + string.Join(',', ActionUnits.Names);

    private static readonly ImmutableArray<string> Standard = [.. Full.Split(',')];

    /// <summary>Reads the header.</summary>
    /// <returns>The names of the columns beyond the standard ones.</returns>
    /// <exception cref="AnnotationFormatException">The first line is no such header.</exception>
    public static ImmutableArray<string> Read(ref LabelFileReader reader)
    {
        if (!reader.ReadLine())
        {
            throw reader.Fault(null, $"the file is empty. It must begin with the header {Short}.", wholeFile: true);
        }

        string line = Encoding.UTF8.GetString(reader.Line);
        string[] names = reader.Fields();
        if (!Same(names[0], Standard[0]))
        {
            throw reader.Fault(
                line,
                $"the header is missing: this line begins with '{LabelFileReader.Shorten(names[0])}'. Put {Short} on the first line.");
        }

        bool isShort = names.Length == 1 || (names.Length == 5 && StartsAsStandard(names, 4) && Same(names[4], "aus"));
        if (isShort)
        {
            return [];
        }

        if (names.Length < StandardColumns || !StartsAsStandard(names, StandardColumns))
        {
            throw reader.Fault(
                line,
                $"the header '{LabelFileReader.Shorten(line)}' is neither {Short} nor {Full} with custom columns after it. Correct the " +
                    "header.");
        }

        ImmutableArray<string> extra = [.. names.AsSpan(StandardColumns)];
        return ColumnNames.Fault(extra, []) is { } fault ? throw reader.Fault(line, fault) : extra;
    }

    private static bool StartsAsStandard(string[] names, int count)
    {
        for (int i = 0; i < count; i++)
        {
            if (!Same(names[i], Standard[i]))
            {
                return false;
            }
        }

        return true;
    }

    private static bool Same(string name, string standard) => string.Equals(name, standard, StringComparison.OrdinalIgnoreCase);
}
