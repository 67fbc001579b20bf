using System.Globalization;
using SsMfar.Metrics;

namespace SsMfar.Reports.Pages;

/// <summary>Numbers as pages show them.</summary>
internal static class PageNumbers
{
    /// <summary>A number with some decimals, or a dash where undefined.</summary>
    public static string Text(double? value, int decimals = 3) =>
        value is { } number ? number.ToString("F" + decimals.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture) : "-";

    /// <summary>With its sign.</summary>
    public static string Signed(double? value) => value is { } number ? FormattableString.Invariant($"{number:+0.000;-0.000;0.000}") : "-";

    public static string Whole(long number) => FormattableString.Invariant($"{number:N0}");

    /// <summary>The two ends of an interval.</summary>
    public static string Ends(ScoreInterval? interval) =>
        interval is { } known ? $"{Text(known.Low)} to {Text(known.High)}" : "-";

    public static string SignedEnds(ScoreInterval? interval) =>
        interval is { } known ? $"{Signed(known.Low)} to {Signed(known.High)}" : "-";

    /// <summary>A level, such as 95%.</summary>
    public static string Level(double level) => FormattableString.Invariant($"{100 * level:0.##}%");
}

/// <summary>A score with its interval, as a line with a dot on a scale from 0 to 1.</summary>
/// <param name="Text">The score.</param>
/// <param name="Ends">The interval in words.</param>
/// <param name="Left">Where the line starts, in per cent of the scale.</param>
/// <param name="Width">How long it is.</param>
/// <param name="Dot">Where the score lies.</param>
internal sealed record IntervalView(string Text, string Ends, string Left, string Width, string Dot)
{
    public static IntervalView Of(ScoreInterval? interval, double? value = null)
    {
        double dot = Place(interval?.Value ?? value ?? 0), left = Place(interval?.Low ?? dot), right = Place(interval?.High ?? dot);
        return new(
            PageNumbers.Text(interval?.Value ?? value), PageNumbers.Ends(interval), Percent(left), Percent(right - left), Percent(dot));
    }

    private static double Place(double value) => Math.Clamp(value, 0, 1);

    private static string Percent(double share) => FormattableString.Invariant($"{100 * share:F1}");
}
