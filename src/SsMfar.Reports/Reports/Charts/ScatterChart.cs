using System.Collections.Immutable;
using OxyPlot;
using OxyPlot.Axes;
using OxyPlot.Series;

namespace SsMfar.Reports.Charts;

/// <summary>Predictions over labels, both from -1 to 1, with the diagonal on which they agree and lines at zero.</summary>
/// <param name="Caption">What the chart shows.</param>
/// <param name="Name">What a dot is.</param>
/// <param name="Tone">The dots' colour.</param>
/// <param name="Points">The label and the prediction of each row.</param>
internal sealed record ScatterChart(string Caption, string Name, ChartTone Tone, ImmutableArray<(double Label, double Prediction)> Points)
{
    private const double DotSize = 1.9;
    private const byte DotOpacity = 110;

    /// <summary>As OxyPlot draws it, for a page.</summary>
    public PlotModel Plot()
    {
        PlotModel plot = new()
        {
            PlotAreaBorderThickness = new(0),
            TextColor = ChartPlot.Words,
            Padding = new(0),
            PlotMargins = new(56, 8, 10, 38),
        };
        plot.Axes.Add(Axis(AxisPosition.Bottom, "label"));
        plot.Axes.Add(Axis(AxisPosition.Left, "prediction"));
        plot.Series.Add(Line(new(-1, 0), new(1, 0)));
        plot.Series.Add(Line(new(0, -1), new(0, 1)));
        LineSeries diagonal = Line(new(-1, -1), new(1, 1));
        diagonal.Dashes = [3, 4];
        plot.Series.Add(diagonal);
        ScatterSeries dots = new()
        {
            MarkerType = MarkerType.Circle,
            MarkerSize = DotSize,
            MarkerFill = OxyColor.FromAColor(DotOpacity, Tone.Print),
        };
        dots.Points.AddRange(Points.Select(point => new ScatterPoint(point.Label, point.Prediction)));
        plot.Series.Add(dots);
        return plot;
    }

    private static LineSeries Line(DataPoint from, DataPoint to)
    {
        LineSeries line = new() { Color = ChartPlot.Words, StrokeThickness = 1 };
        line.Points.AddRange([from, to]);
        return line;
    }

    private static LinearAxis Axis(AxisPosition position, string title) => new()
    {
        Position = position,
        Title = title,
        AxisTitleDistance = 12,
        Minimum = -1,
        Maximum = 1,
        MajorStep = 0.5,
        StringFormat = "0.0",
        TickStyle = TickStyle.None,
        MajorGridlineStyle = LineStyle.Solid,
        MajorGridlineColor = ChartPlot.Grid,
    };
}
