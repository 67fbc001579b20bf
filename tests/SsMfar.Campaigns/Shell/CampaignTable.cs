using System.Diagnostics;
using System.Globalization;

namespace SsMfar.Campaigns.Shell;

/// <summary>A line of a campaign's table.</summary>
/// <param name="Work">What was tried.</param>
/// <param name="Tries">How often.</param>
/// <param name="Faults">The kinds of faults that were seen; empty where none was.</param>
/// <param name="Seconds">How long it took.</param>
/// <param name="Note">What else there is to say.</param>
internal sealed record CampaignRow(string Work, long Tries, IReadOnlyList<string> Faults, double Seconds, string Note = "");

/// <summary>What every campaign ends with: one Markdown table, and an exit code of 1 where a fault was seen.</summary>
internal sealed class CampaignTable
{
    private readonly List<CampaignRow> _rows = [];

    /// <summary>Adds a line.</summary>
    public void Add(CampaignRow row)
    {
        _rows.Add(row);
        Say(string.Create(
            CultureInfo.InvariantCulture, $"{row.Work}: {Number(row.Tries)} tries, {row.Faults.Count} faults, {row.Seconds:F1} s"));
        foreach (string fault in row.Faults)
        {
            Say($"  fault: {fault}");
        }
    }

    /// <summary>Times some work and adds its line. Work that cannot be done at all is a fault, and the others go on.</summary>
    public void Measure(string work, Func<(long Tries, IReadOnlyList<string> Faults, string Note)> run)
    {
        long start = Stopwatch.GetTimestamp();
        (long Tries, IReadOnlyList<string> Faults, string Note) result;
        try
        {
            result = run();
        }
        catch (Exception failed) when (failed is InvalidOperationException or IOException or UnauthorizedAccessException)
        {
            result = (0, [failed.Message], "it could not be done");
        }

        Add(new(work, result.Tries, result.Faults, Stopwatch.GetElapsedTime(start).TotalSeconds, result.Note));
    }

    /// <summary>Writes the table.</summary>
    /// <returns>The process's exit code: 1 where a fault was seen.</returns>
    public int Write()
    {
        Console.WriteLine("| tried | tries | faults found | faults left | time, s | |");
        Console.WriteLine("|---|---|---|---|---|---|");
        foreach (CampaignRow row in _rows)
        {
            Write(row);
        }

        if (_rows.Count > 1)
        {
            Write(new("all", _rows.Sum(row => row.Tries), [.. _rows.SelectMany(row => row.Faults)], _rows.Sum(row => row.Seconds)));
        }

        return _rows.Any(row => row.Faults.Count > 0) ? 1 : 0;
    }

    /// <summary>Says something beside the table.</summary>
    public static void Say(string text) => Console.Error.WriteLine(text);

    /// <summary>A count with commas between its thousands.</summary>
    public static string Number(long count) => count.ToString("N0", CultureInfo.InvariantCulture);

    // What a run finds is also what it leaves: mending is somebody's work.
    private static void Write(CampaignRow row) => Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"| {row.Work} | {Number(row.Tries)} | {row.Faults.Count} | {row.Faults.Count} | {row.Seconds:F1} | {row.Note} |"));
}
