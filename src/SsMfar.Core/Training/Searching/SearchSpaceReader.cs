using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace SsMfar.Training;

/// <summary>Reads the lines of a search space.</summary>
internal static partial class SearchSpaceReader
{
    private const string Form =
        "Write NAME = A, B for choices, or NAME = A..B, log A..B, whole A..B or log whole A..B for a range";

    public static ImmutableArray<SearchDimension> Read(string text, string name)
    {
        var dimensions = ImmutableArray.CreateBuilder<SearchDimension>();
        string[] lines = text.Split('\n');
        for (int i = 0; i < lines.Length; i++)
        {
            string line = WithoutRemark(lines[i]).Trim();
            if (line.Length > 0)
            {
                SearchDimension read = Line(line, $"{name}, line {(i + 1).ToString(CultureInfo.InvariantCulture)}");
                if (dimensions.FirstOrDefault(other => other.Name == read.Name) is { } twice)
                {
                    throw new SearchSpaceException(
                        read.Place, $"'{read.Name}' is there twice, first in {twice.Place}", "Keep one of the two.");
                }

                dimensions.Add(read);
            }
        }

        return dimensions.Count > 0
            ? dimensions.ToImmutable()
            : throw new SearchSpaceException(name, "there is no line that says what to vary", $"{Form}.");
    }

    private static SearchDimension Line(string line, string place)
    {
        int equals = line.IndexOf('=', StringComparison.Ordinal);
        (string name, string values) = equals < 0 ? ("", "") : (line[..equals].Trim(), line[(equals + 1)..].Trim());
        if (name.Length == 0 || values.Length == 0 || name.Any(char.IsWhiteSpace))
        {
            throw new SearchSpaceException(place, $"'{line}' is not of that form", $"{Form}.");
        }

        // Choices may be paths such as ../weights.pth.
        return values.IndexOfAny([',', '"']) >= 0 ? SearchDimension.Of(name, place, Choices(values, place))
            : Range().Match(values) is { Success: true } range ? OfRange(name, place, range)
            : values.Contains("..", StringComparison.Ordinal) ? throw new SearchSpaceException(
                place, $"'{values}' is no range of numbers", $"{Form}.")
            : SearchDimension.Of(name, place, Choices(values, place));
    }

    private static string WithoutRemark(string line)
    {
        bool isQuoted = false;
        for (int i = 0; i < line.Length; i++)
        {
            isQuoted ^= line[i] == '"';
            if (line[i] == '#' && !isQuoted)
            {
                return line[..i];
            }
        }

        return line;
    }

    private static SearchDimension OfRange(string name, string place, Match range)
    {
        bool isLogarithmic = range.Groups["log"].Success, isWhole = range.Groups["whole"].Success;
        double minimum = Number(range.Groups["low"].Value, place), maximum = Number(range.Groups["high"].Value, place);
        string? fault = minimum >= maximum ? "the first end is not below the second"
            : isLogarithmic && minimum <= 0 ? "a logarithmic range begins above 0"
            : isWhole && (minimum != Math.Floor(minimum) || maximum != Math.Floor(maximum)) ? "the ends are not whole numbers"
            : isWhole && Math.Max(Math.Abs(minimum), Math.Abs(maximum)) > int.MaxValue ? "the numbers are too large"
            : null;
        return fault is null
            ? SearchDimension.OfRange(name, place, minimum, maximum, isLogarithmic, isWhole)
            : throw new SearchSpaceException(place, $"'{range.Value}': {fault}", "Correct the ends.");
    }

    private static double Number(string text, string place) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && double.IsFinite(number)
            ? number
            : throw new SearchSpaceException(place, $"'{text}' is no number", "Write numbers as 0.5 or 1e-4.");

    // Parted by commas; one with a comma or a # itself stands in double quotes.
    private static ImmutableArray<string> Choices(string values, string place)
    {
        var choices = ImmutableArray.CreateBuilder<string>();
        StringBuilder choice = new();
        bool isQuoted = false;
        foreach (char character in values.Append(','))
        {
            if (character == '"')
            {
                isQuoted = !isQuoted;
            }
            else if (character == ',' && !isQuoted)
            {
                choices.Add(choice.ToString().Trim());
                choice.Clear();
            }
            else
            {
                choice.Append(character);
            }
        }

        string? fault = isQuoted ? "a double quote is not closed"
            : choices.Contains("") ? "a value is empty"
            : choices.Distinct(StringComparer.Ordinal).Count() < choices.Count ? "a value is there twice"
            : choices.Count < 2 ? "one value is nothing to choose among"
            : choices.Any(choice => Numbers().IsMatch(choice)) ? "a range of numbers stands alone"
            : null;
        return fault is null
            ? choices.ToImmutable()
            : throw new SearchSpaceException(place, $"'{values}': {fault}", "Name two values at least, each once.");
    }

    [GeneratedRegex(@"^((?<log>log)\s+)?((?<whole>whole)\s+)?(?<low>[^\s.]\S*?|\.\d\S*?)\s*\.\.\s*(?<high>\S+)$")]
    private static partial Regex Range();

    [GeneratedRegex(@"^[-+.0-9eE]*[0-9]\s*\.\.\s*[-+]?[.0-9][.0-9eE]*$")]
    private static partial Regex Numbers();
}
