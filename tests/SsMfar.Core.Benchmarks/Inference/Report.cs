using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace SsMfar.Benchmarks.Inference;

/// <summary>What the measurements of inference print: one JSON document each.</summary>
internal static class Report
{
    private static readonly JsonSerializerOptions Format = new() { WriteIndented = true };

    /// <summary>Prints a document.</summary>
    public static void Write(JsonNode document) => Console.WriteLine(document.ToJsonString(Format));

    /// <summary>Median, mean, 5th and 95th percentile and number of times.</summary>
    public static JsonObject Of(IEnumerable<double> milliseconds)
    {
        double[] sorted = [.. milliseconds.Order()];
        double At(double share) => Math.Round(sorted[(int)Math.Round(share * (sorted.Length - 1))], 4);
        return new()
        {
            ["medianMilliseconds"] = At(0.5),
            ["meanMilliseconds"] = Math.Round(sorted.Average(), 4),
            ["p5"] = At(0.05),
            ["p95"] = At(0.95),
            ["count"] = sorted.Length,
        };
    }

    /// <summary>A number of bytes in MiB.</summary>
    public static string Mebibytes(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1048576.0:F1} MiB");
}
