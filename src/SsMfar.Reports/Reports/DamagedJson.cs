using System.Text.Json;

namespace SsMfar.Reports;

/// <summary>What reading a JSON file can run into that is not as this library writes it.</summary>
internal static class DamagedJson
{
    /// <summary>Whether an exception says that the file is damaged, and not that the program is.</summary>
    public static bool Is(Exception fault) =>
        fault is JsonException or InvalidOperationException or KeyNotFoundException or FormatException or ArgumentException;
}
