using OxyPlot;
using OxyPlot.Annotations;
using OxyPlot.Axes;
using OxyPlot.Legends;
using OxyPlot.Series;

namespace SsMfar.Reports.Charts;

/// <summary>A chart as OxyPlot draws it, in pictures and pages alike.</summary>
internal static class ChartPlot
{
    // Of the plot's width and height: what the axes leave for the last values, which would be cut off outside of the plot.
    private const double LabelWidth = 0.09;
    private const double LabelHeight = 0.03;
    private const byte FloorOpacity = 166;
    private const byte BandOpacity = 46;
    private const double LoneBand = 0.05;

    /// <summary>The colour of words and numbers.</summary>
    public static OxyColor Words { get; } = OxyColor.FromRgb(64, 68, 76);

    /// <summary>The colour of the lines behind the curves.</summary>
    public static OxyColor Grid { get; } = OxyColor.FromRgb(230, 230, 230);

    /// <summary>Makes a plot.</summary>
    /// <param name="chart">The chart.</param>
    /// <param name="standsAlone">Whether the plot names chart and curves itself; in a page the words around it do.</param>
    public static PlotModel Of(EpochChart chart, bool standsAlone)
    {
        PlotModel plot = new()
        {
            PlotAreaBorderThickness = new(0),
            TextColor = Words,
        };
        if (standsAlone)
        {
            plot.Title = chart.Caption;
            plot.TitleFontSize = 14;
            plot.TitleFontWeight = FontWeights.Normal;
            plot.Legends.Add(new Legend
            {
                LegendPlacement = LegendPlacement.Outside,
                LegendPosition = LegendPosition.BottomCenter,
                LegendOrientation = LegendOrientation.Horizontal,
                LegendFontSize = 10,
            });
        }
        else
        {
            plot.Padding = new(0);
            plot.PlotMargins = new(34, 4, 0, 20);
        }

        plot.Axes.Add(Epochs(chart, standsAlone ? "epoch" : null));
        plot.Axes.Add(Scale(chart));
        foreach (ChartCurve curve in chart.Curves)
        {
            AddBand(plot, curve);
            AddFloor(plot, chart, curve);
            AddCurve(plot, curve);
        }

        foreach (ChartLabel label in chart.Labels)
        {
            plot.Annotations.Add(Label(chart, label));
        }

        return plot;
    }

    // A single epoch stands in the middle; else the first stands a little apart from the numbers of the scale.
    private static double First(EpochChart chart) => chart.Epochs == 1 ? 0.5 : 1 - ((chart.Epochs - 1) / 50.0);

    private static double Last(EpochChart chart) => chart.Epochs == 1 ? 1.5 : chart.Epochs;

    private static LinearAxis Epochs(EpochChart chart, string? title) => new()
    {
        Position = AxisPosition.Bottom,
        Title = title,
        Minimum = First(chart),
        Maximum = Last(chart),
        EndPosition = 1 - LabelWidth,
        MajorStep = Math.Ceiling(chart.Epochs / 10.0),
        TickStyle = TickStyle.None,
    };

    private static LinearAxis Scale(EpochChart chart) => new()
    {
        Position = AxisPosition.Left,
        Minimum = chart.Bottom,
        Maximum = chart.Top,
        MajorStep = chart.Step,
        StartPosition = LabelHeight,
        EndPosition = 1 - LabelHeight,
        CropGridlines = true,
        StringFormat = "0.0###",
        TickStyle = TickStyle.None,
        MajorGridlineStyle = LineStyle.Solid,
        MajorGridlineColor = Grid,
    };

    private static void AddBand(PlotModel plot, ChartCurve curve)
    {
        if (curve.Band.IsDefault)
        {
            return;
        }

        AreaSeries band = new()
        {
            Fill = OxyColor.FromAColor(BandOpacity, curve.Tone.Print),
            Color = OxyColors.Transparent,
            Color2 = OxyColors.Transparent,
            StrokeThickness = 0,
            RenderInLegend = false,
        };
        (int Epoch, double Value, double Width)[] known =
        [
            .. curve.Values.Zip(curve.Band)
                .Select((pair, i) => (Epoch: i + 1, Value: pair.First, Width: pair.Second))
                .Where(point => point.Value is not null && point.Width is not null)
                .Select(point => (point.Epoch, point.Value!.Value, point.Width!.Value)),
        ];

        // An epoch alone has a band too, as wide as can be seen.
        double aside = known.Length == 1 ? LoneBand : 0;
        foreach ((double epoch, double value, double width) in known.SelectMany(point => aside > 0
            ? [(point.Epoch - aside, point.Value, point.Width), (point.Epoch + aside, point.Value, point.Width)]
            : new[] { ((double)point.Epoch, point.Value, point.Width) }))
        {
            band.Points.Add(new(epoch, value - width));
            band.Points2.Add(new(epoch, value + width));
        }

        plot.Series.Add(band);
    }

    private static void AddFloor(PlotModel plot, EpochChart chart, ChartCurve curve)
    {
        if (curve.Floor is { } floor)
        {
            LineSeries line = new()
            {
                Color = OxyColor.FromAColor(FloorOpacity, curve.Tone.Print),
                StrokeThickness = 1.25,
                Dashes = [3, 4],
                RenderInLegend = false,
            };
            line.Points.Add(new(First(chart), floor));
            line.Points.Add(new(Last(chart), floor));
            plot.Series.Add(line);
        }
    }

    private static void AddCurve(PlotModel plot, ChartCurve curve)
    {
        LineSeries line = new()
        {
            Title = curve.Name,
            Color = curve.Tone.Print,
            StrokeThickness = 2.25,
            LineJoin = LineJoin.Round,
        };
        line.Points.AddRange(curve.Values
            .Select((value, i) => (Value: value, Epoch: i + 1))
            .Where(point => point.Value is not null)
            .Select(point => new DataPoint(point.Epoch, point.Value!.Value)));
        plot.Series.Add(line);
        if (line.Points.Count > 0)
        {
            plot.Annotations.Add(new PointAnnotation
            {
                X = line.Points[^1].X,
                Y = line.Points[^1].Y,
                Size = 3.5,
                Fill = curve.Tone.Print,
                ClipByXAxis = false,
                ClipByYAxis = false,
            });
        }
    }

    private static TextAnnotation Label(EpochChart chart, ChartLabel label) => new()
    {
        Text = FormattableString.Invariant($"{label.Value:0.00;-0.00;0.00}"),
        TextPosition = new(Last(chart), label.Height),
        TextHorizontalAlignment = HorizontalAlignment.Left,
        TextVerticalAlignment = VerticalAlignment.Middle,
        TextColor = label.Tone.Print,
        FontWeight = 600,
        StrokeThickness = 0,
        Offset = new(8, 0),
        ClipByXAxis = false,
        ClipByYAxis = false,
    };
}
