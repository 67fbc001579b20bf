using System.Globalization;

namespace SsMfar.Benchmarks.Serving;

/// <summary>What was measured beside what it must be, as a Markdown table that grows line by line.</summary>
internal sealed class LimitTable
{
    public LimitTable()
    {
        Console.WriteLine("| work | measured | limit | |");
        Console.WriteLine("|---|---|---|---|");
    }

    /// <summary>Gets whether every limit was kept.</summary>
    public bool AllHeld { get; private set; } = true;

    public static void Write(FormattableString work, FormattableString measured) => Line(work, measured, "", "");

    public void Write(FormattableString work, FormattableString measured, FormattableString limit, bool held)
    {
        AllHeld &= held;
        Line(work, measured, limit.ToString(CultureInfo.InvariantCulture), held ? "kept" : "NOT KEPT");
    }

    private static void Line(FormattableString work, FormattableString measured, string limit, string verdict) => Console.WriteLine(
        $"| {work.ToString(CultureInfo.InvariantCulture)} | {measured.ToString(CultureInfo.InvariantCulture)} | {limit} | {verdict} |");
}
