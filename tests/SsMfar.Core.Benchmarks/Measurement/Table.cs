namespace SsMfar.Benchmarks.Measurement;

/// <summary>The results, as a Markdown table that grows line by line.</summary>
internal static class Table
{
    public static void WriteHeader()
    {
        Console.WriteLine("| work | ours | peer | ratio or share |");
        Console.WriteLine("|---|---|---|---|");
    }

    public static void Write(string work, PairedResult result) => Console.WriteLine($"| {work} | {result} |");

    public static void Write(string work, string ours, string peer = "", string share = "") => Console.WriteLine($"| {work} | {ours} | {peer} | {share} |");
}
