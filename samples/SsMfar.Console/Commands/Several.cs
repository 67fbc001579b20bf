using System.Collections.Immutable;

namespace SsMfar.ConsoleApp.Commands;

/// <summary>
/// The values of a list in one argument. An option of an array's type would be an empty array, not null, when it is not given.
/// </summary>
internal sealed record Several<T>(ImmutableArray<T> Values)
{
    /// <summary>Reads values that are parted by commas.</summary>
    /// <exception cref="FormatException">One is there twice, or cannot be read.</exception>
    public static Several<T> Of(string text, Func<string, T> parse)
    {
        ImmutableArray<T> values = [.. text.Split(',', StringSplitOptions.TrimEntries).Select(parse)];
        return values.Distinct().Count() == values.Length ? new(values) : throw new FormatException("must not name anything twice.");
    }
}
