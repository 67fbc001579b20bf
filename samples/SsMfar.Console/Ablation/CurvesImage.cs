using System.Collections.Immutable;
using SsMfar.Reports.Charts;
using SsMfar.Shared;

namespace SsMfar.ConsoleApp.Ablation;

/// <summary>The learning curves as a picture: a line of charts for each table.</summary>
internal static class CurvesImage
{
    /// <summary>Writes a PNG; none stays when no row has runs.</summary>
    /// <param name="path">The file.</param>
    /// <param name="tables">The tables.</param>
    public static void Write(string path, ImmutableArray<AblationTable> tables)
    {
        ImmutableArray<ChartLine> lines =
        [
            .. tables.Where(table => table.Rows.Any(row => row.HasScores))
                .Select(table => new ChartLine(table.Title, [.. LearningCurve.Of(table).Select(curve => curve.Chart(table))])),
        ];
        if (lines.IsEmpty)
        {
            File.Delete(path);
            return;
        }

        byte[] png = ChartSheet.Draw(lines);
        AtomicFile.Write(path, stream => stream.Write(png), png.Length);
    }
}
