using System.Collections.Immutable;
using SsMfar.Reports.Charts;

namespace SsMfar.Reports.Pages;

/// <summary>A chart in a page, with the names of its curves.</summary>
/// <param name="Caption">What it shows.</param>
/// <param name="Chart">The drawing, as SVG.</param>
/// <param name="Key">The curves.</param>
/// <param name="Dashes">What the dashed lines are; empty without any.</param>
internal sealed record FigureView(string Caption, string Chart, ImmutableArray<KeyView> Key, string Dashes)
{
    public static FigureView OfScatter(ScatterChart chart, string dashes) =>
        new(chart.Caption, ChartSvg.Write(chart), [new KeyView(chart.Tone.Name, chart.Name)], dashes);

    public static FigureView Of(EpochChart chart, string dashes = "") =>
        new(chart.Caption, ChartSvg.Write(chart), [.. chart.Curves.Select(curve => new KeyView(curve.Tone.Name, curve.Name))], dashes);

    public static FigureView OfReliability(ReliabilityChart chart, string dashes) =>
        new(chart.Caption, ChartSvg.Write(chart), [.. chart.Curves.Select(curve => new KeyView(curve.Tone.Name, curve.Name))], dashes);
}

/// <summary>A curve's name beside its colour.</summary>
internal sealed record KeyView(string Tone, string Name);
