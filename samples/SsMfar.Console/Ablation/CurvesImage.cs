using System.Collections.Immutable;
using OxyPlot;
using OxyPlot.Axes;
using OxyPlot.Legends;
using OxyPlot.Series;
using OxyPlot.SkiaSharp;
using SkiaSharp;
using SsMfar.ConsoleApp.Shell;

namespace SsMfar.ConsoleApp.Ablation;

/// <summary>The learning curves as a picture, for papers and slides: a line of charts for each table.</summary>
internal static class CurvesImage
{
    private const int ChartWidth = 480;
    private const int ChartHeight = 360;
    private const int TitleHeight = 36;
    private const int TitleSize = 18;

    // Eight hues that print apart (Okabe and Ito), a row's the same in every chart.
    private static readonly OxyColor[] Colours =
    [
        OxyColor.FromRgb(0, 114, 178), OxyColor.FromRgb(213, 94, 0), OxyColor.FromRgb(0, 158, 115), OxyColor.FromRgb(204, 121, 167),
        OxyColor.FromRgb(230, 159, 0), OxyColor.FromRgb(86, 180, 233), OxyColor.FromRgb(0, 0, 0), OxyColor.FromRgb(148, 130, 60),
    ];

    /// <summary>Writes a PNG; none stays when no row has runs.</summary>
    /// <param name="path">The file.</param>
    /// <param name="tables">The tables.</param>
    public static void Write(string path, ImmutableArray<AblationTable> tables)
    {
        AblationTable[] shown = [.. tables.Where(table => table.Rows.Any(row => row.HasScores))];
        if (shown.Length == 0)
        {
            File.Delete(path);
            return;
        }

        int width = shown.Max(table => LearningCurve.Of(table).Length) * ChartWidth;
        using SKSurface surface = SKSurface.Create(new SKImageInfo(width, shown.Length * (TitleHeight + ChartHeight)));
        surface.Canvas.Clear(SKColors.White);
        using SkiaRenderContext context = new() {
            SkCanvas = surface.Canvas,
            RenderTarget = RenderTarget.PixelGraphic,
            UseTextShaping = false };
        for (int i = 0; i < shown.Length; i++)
        {
            double top = i * (TitleHeight + ChartHeight);
            context.DrawText(
                new(10, top + (TitleHeight / 2)), shown[i].Title, OxyColors.Black, null, TitleSize, FontWeights.Bold, 0,
                OxyPlot.HorizontalAlignment.Left, OxyPlot.VerticalAlignment.Middle);
            ImmutableArray<LearningCurve> curves = LearningCurve.Of(shown[i]);
            for (int k = 0; k < curves.Length; k++)
            {
                IPlotModel chart = Chart(shown[i], curves[k]);
                chart.Update(updateData: true);
                chart.Render(context, new(k * ChartWidth, top + TitleHeight, ChartWidth, ChartHeight));
            }
        }

        using SKImage image = surface.Snapshot();
        using SKData png = image.Encode(SKEncodedImageFormat.Png, quality: 100);
        WholeFile.Write(path, png.AsSpan());
    }

    private static PlotModel Chart(AblationTable table, LearningCurve curve)
    {
        PlotModel chart = new() { Title = curve.Caption, TitleFontSize = 14, TitleFontWeight = FontWeights.Normal };
        chart.Legends.Add(new Legend
        {
            LegendPlacement = LegendPlacement.Outside,
            LegendPosition = LegendPosition.BottomCenter,
            LegendOrientation = LegendOrientation.Horizontal,
            LegendFontSize = 10,
        });
        chart.Axes.Add(new LinearAxis {
            Position = AxisPosition.Bottom,
            Title = "epoch",
            MinimumMajorStep = 1,
            MinimumMinorStep = 1,
            MinimumPadding = 0.02 });
        chart.Axes.Add(new LinearAxis
        {
            Position = AxisPosition.Left,
            Maximum = curve.Maximum ?? double.NaN,
            MajorGridlineStyle = LineStyle.Solid,
            MajorGridlineColor = OxyColor.FromRgb(230, 230, 230),
        });
        for (int i = 0; i < table.Rows.Length; i++)
        {
            if (table.Rows[i].HasScores)
            {
                chart.Series.Add(Line(table.Rows[i], curve, Colours[i % Colours.Length]));
            }
        }

        return chart;
    }

    private static LineSeries Line(AblationRow row, LearningCurve curve, OxyColor colour)
    {
        LineSeries line = new() { Title = row.Paper.Method, Color = colour, MarkerType = MarkerType.Circle, MarkerSize = 2 };
        ImmutableArray<double?> values = row.Mean(curve.Value);
        for (int epoch = 0; epoch < values.Length; epoch++)
        {
            line.Points.Add(new(epoch + 1, values[epoch] ?? double.NaN));
        }

        return line;
    }
}
