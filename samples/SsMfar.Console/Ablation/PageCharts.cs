using System.Collections.Immutable;
using System.Globalization;
using SsMfar.ConsoleApp.Demo;

namespace SsMfar.ConsoleApp.Ablation;

/// <summary>Curves over epochs, of a table's rows or a row's classes. A row keeps its colour from chart to chart.</summary>
internal static class PageCharts
{
    private const int Colours = 8;

    public static string Learning(AblationTable table, AblationRow[] rows) =>
        string.Concat(LearningCurve.Of(table).Select(curve => Chart(curve.Caption, rows, curve.Maximum, curve.Value)));

    public static string Policies(AblationTable table, AblationRow[] rows)
    {
        AblationRow[] semiSupervised = [.. rows.Where(row => row.Runs[0].Epochs[0].Thresholds is not null)];
        return Chart("Share of confident rows", rows, 1, epoch => epoch.ConfidentShare, semiSupervised)
            + string.Concat(semiSupervised.Select(row => Thresholds(row, table.Set.Classes.Names)));
    }

    private static string Chart(
        string caption,
        AblationRow[] rows,
        double? maximum,
        Func<EpochPoint, double?> value,
        AblationRow[]? only = null)
    {
        (AblationRow Row, string Style)[] shown = [.. rows.Select((row, i) => (row, Style(i)))
            .Where(entry => only is null || only.Contains(entry.row))];
        return Figure(
            caption,
            [.. shown.Select(entry => new ChartSeries(entry.Style, entry.Row.Mean(value), null))],
            rows.Max(row => row.Epochs),
            maximum,
            shown.Select(entry => (entry.Style, entry.Row.Paper.Method)));
    }

    // One a class, or one for all classes.
    private static string Thresholds(AblationRow row, IReadOnlyList<string> classes)
    {
        int count = row.Runs[0].Epochs[0].Thresholds!.Length;
        string[] names = count == classes.Count ? [.. classes] : ["all classes"];
        return Figure(
            $"Thresholds of {row.Paper.Method}",
            [.. names.Select((_, i) => new ChartSeries(Style(i), row.Mean(epoch => epoch.Thresholds?[i]), null))],
            row.Epochs,
            1,
            names.Select((name, i) => (Style(i), name)));
    }

    private static string Figure(
        string caption,
        ImmutableArray<ChartSeries> series,
        int epochs,
        double? maximum,
        IEnumerable<(string Style, string Name)> key) =>
        $"""<figure><figcaption>{caption}</figcaption>{LineChart.Write(series, epochs, maximum)}<div class="key">{string.Concat(key.Select(entry => $"<span class=\"{entry.Style}\"><i></i>{ReportPage.Encode(entry.Name)}</span>"))}</div></figure>""";

    private static string Style(int index) => string.Create(CultureInfo.InvariantCulture, $"c{index % Colours}");
}
