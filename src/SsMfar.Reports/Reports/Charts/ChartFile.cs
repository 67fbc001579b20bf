using OxyPlot;
using OxyPlot.SkiaSharp;
using SkiaSharp;

namespace SsMfar.Reports.Charts;

/// <summary>A chart that stands alone, on white, as a file.</summary>
internal sealed class ChartFile
{
    private const int Width = 560;
    private const int Height = 400;
    private const int Square = 480;

    // Dots to a unit of the drawing, for print.
    private const int Dots = 3;

    private readonly PlotModel _plot;
    private readonly int _width;
    private readonly int _height;

    private ChartFile(PlotModel plot, int width, int height) => (_plot, _width, _height) = (plot, width, height);

    public static ChartFile Of(EpochChart chart) => new(ChartPlot.Of(chart, standsAlone: true), Width, Height);

    public static ChartFile Of(ScatterChart chart)
    {
        PlotModel plot = chart.Plot();
        plot.Title = chart.Caption;
        plot.TitleFontSize = 12;
        plot.TitleFontWeight = FontWeights.Normal;
        plot.Padding = new(8);
        return new(plot, Square, Square);
    }

    /// <summary>The drawing as an SVG document.</summary>
    public string Svg()
    {
        _plot.Background = OxyColors.White;
        return new OxyPlot.SvgExporter { Width = _width, Height = _height, IsDocument = true }.ExportToString(_plot);
    }

    /// <summary>The drawing as a PNG.</summary>
    public byte[] Png()
    {
        using SKSurface surface = SKSurface.Create(new SKImageInfo(_width * Dots, _height * Dots));
        surface.Canvas.Clear(SKColors.White);
        surface.Canvas.Scale(Dots);
        using SkiaRenderContext context = new()
        {
            SkCanvas = surface.Canvas,
            RenderTarget = RenderTarget.PixelGraphic,
            UseTextShaping = false,
        };
        IPlotModel plot = _plot;
        plot.Update(updateData: true);
        plot.Render(context, new(0, 0, _width, _height));
        using SKImage image = surface.Snapshot();
        using SKData png = image.Encode(SKEncodedImageFormat.Png, quality: 100);
        return png.ToArray();
    }
}
