using System.Collections.Immutable;
using OxyPlot;
using OxyPlot.Axes;
using OxyPlot.Series;
using SsMfar.Metrics;

namespace SsMfar.Reports.Charts;

/// <summary>The bins of a model's probabilities.</summary>
/// <param name="Name">What it is called beside the chart.</param>
/// <param name="Tone">Its colour.</param>
/// <param name="Bins">The bins; empty ones are not drawn.</param>
internal sealed record ReliabilityCurve(string Name, ChartTone Tone, ImmutableArray<ReliabilityBin> Bins);

/// <summary>A reliability diagram: how often probabilities are right, over how sure they are. Large dots are of many rows.</summary>
/// <param name="Caption">What the chart shows.</param>
/// <param name="Curves">The curves.</param>
internal sealed record ReliabilityChart(string Caption, ImmutableArray<ReliabilityCurve> Curves)
{
    private const double SmallestDot = 2;
    private const double LargestDot = 9;

    /// <summary>As OxyPlot draws it, for a page.</summary>
    public PlotModel Plot()
    {
        PlotModel plot = new()
        {
            PlotAreaBorderThickness = new(0),
            TextColor = ChartPlot.Words,
            Padding = new(0),
            PlotMargins = new(34, 8, 8, 20),
        };
        plot.Axes.Add(Axis(AxisPosition.Bottom));
        plot.Axes.Add(Axis(AxisPosition.Left));
        LineSeries diagonal = new() { Color = ChartPlot.Words, StrokeThickness = 1.25, Dashes = [3, 4] };
        diagonal.Points.AddRange([new(0, 0), new(1, 1)]);
        plot.Series.Add(diagonal);
        foreach (ReliabilityCurve curve in Curves)
        {
            Add(plot, curve);
        }

        return plot;
    }

    private static void Add(PlotModel plot, ReliabilityCurve curve)
    {
        ReliabilityBin[] filled = [.. curve.Bins.Where(bin => bin.Count > 0)];
        double most = filled.Max(bin => bin.Count);
        LineSeries line = new() { Color = curve.Tone.Print, StrokeThickness = 1.5, LineJoin = LineJoin.Round };
        ScatterSeries dots = new() { MarkerType = MarkerType.Circle, MarkerFill = curve.Tone.Print };
        foreach (ReliabilityBin bin in filled)
        {
            line.Points.Add(new(bin.Confidence!.Value, bin.Share!.Value));
            dots.Points.Add(new(
                bin.Confidence.Value, bin.Share.Value, SmallestDot + ((LargestDot - SmallestDot) * Math.Sqrt(bin.Count / most))));
        }

        plot.Series.Add(line);
        plot.Series.Add(dots);
    }

    private static LinearAxis Axis(AxisPosition position) => new()
    {
        Position = position,
        Minimum = 0,
        Maximum = 1,
        MajorStep = 0.2,
        StringFormat = "0.0",
        TickStyle = TickStyle.None,
        MajorGridlineStyle = LineStyle.Solid,
        MajorGridlineColor = ChartPlot.Grid,
    };
}
