using System.Globalization;

namespace SsMfar.Benchmarks.Measurement;

/// <summary>The results, as a Markdown table that grows line by line.</summary>
internal static class Table
{
    public static void WriteHeading(MeasurementOptions options)
    {
        Console.WriteLine(Machine.Describe(options));
        Console.WriteLine();
        Console.WriteLine("| work | ours | peer | ratio or share |");
        Console.WriteLine("|---|---|---|---|");
    }

    public static void Write(FormattableString work, PairedResult result) => Console.WriteLine($"| {Text(work)} | {result} |");

    public static void Write(FormattableString work, TwoPeersResult result) => Console.WriteLine($"| {Text(work)} | {result} |");

    public static void Write(
        FormattableString work,
        FormattableString ours,
        FormattableString? peer = null,
        FormattableString? share = null) =>
        Console.WriteLine($"| {Text(work)} | {Text(ours)} | {Text(peer)} | {Text(share)} |");

    /// <summary>Says something beside the table.</summary>
    public static void Note(FormattableString text) => Console.Error.WriteLine(Text(text));

    private static string Text(FormattableString? text) => text?.ToString(CultureInfo.InvariantCulture) ?? "";
}
