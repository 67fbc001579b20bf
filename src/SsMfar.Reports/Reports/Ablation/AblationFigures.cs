using SsMfar.Reports.Charts;
using SsMfar.Shared;

namespace SsMfar.Reports.Ablation;

/// <summary>Every figure of the page as two files, for papers and slides: SVG and PNG, with title, names and axes.</summary>
internal static class AblationFigures
{
    /// <summary>Writes them; figures of an earlier time that are none any more are removed.</summary>
    /// <param name="folder">Where to; the figures' own.</param>
    /// <param name="tables">The tables.</param>
    public static void Write(string folder, IEnumerable<AblationReportTable> tables)
    {
        if (Directory.Exists(folder))
        {
            foreach (string earlier in Directory.EnumerateFiles(folder, "table-*.*"))
            {
                File.Delete(earlier);
            }
        }

        Directory.CreateDirectory(folder);
        foreach (AblationReportTable table in tables.Where(table => table.Finished.Any()))
        {
            foreach ((string name, EpochChart chart) in AblationCharts.Learning(table).Concat(AblationCharts.Policies(table)))
            {
                Save(table, name, ChartFile.Of(chart));
            }

            foreach ((string name, ScatterChart chart) in AblationCharts.Planes(table))
            {
                Save(table, name, ChartFile.Of(chart));
            }
        }

        void Save(AblationReportTable table, string name, ChartFile file)
        {
            string path = Path.Combine(folder, $"{table.FileName}-{name}");
            AtomicFile.WriteText($"{path}.svg", writer => writer.Write(file.Svg()));
            byte[] png = file.Png();
            AtomicFile.Write($"{path}.png", stream => stream.Write(png), png.Length);
        }
    }
}
