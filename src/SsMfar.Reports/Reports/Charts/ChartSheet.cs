using System.Collections.Immutable;
using OxyPlot;
using OxyPlot.SkiaSharp;
using SkiaSharp;

namespace SsMfar.Reports.Charts;

/// <summary>Charts side by side under a title.</summary>
internal sealed record ChartLine(string Title, ImmutableArray<EpochChart> Charts);

/// <summary>Charts as one picture, for papers and slides: lines of charts below each other.</summary>
internal static class ChartSheet
{
    private const int ChartWidth = 480;
    private const int ChartHeight = 360;
    private const int TitleHeight = 36;
    private const int TitleSize = 18;

    /// <summary>Draws a PNG.</summary>
    public static byte[] Draw(ImmutableArray<ChartLine> lines)
    {
        int width = lines.Max(line => line.Charts.Length) * ChartWidth;
        using SKSurface surface = SKSurface.Create(new SKImageInfo(width, lines.Length * (TitleHeight + ChartHeight)));
        surface.Canvas.Clear(SKColors.White);
        using SkiaRenderContext context = new()
        {
            SkCanvas = surface.Canvas,
            RenderTarget = RenderTarget.PixelGraphic,
            UseTextShaping = false,
        };
        for (int i = 0; i < lines.Length; i++)
        {
            double top = i * (TitleHeight + ChartHeight);
            context.DrawText(
                new(10, top + (TitleHeight / 2)), lines[i].Title, OxyColors.Black, null, TitleSize, FontWeights.Bold, 0,
                HorizontalAlignment.Left, VerticalAlignment.Middle);
            for (int k = 0; k < lines[i].Charts.Length; k++)
            {
                IPlotModel plot = ChartPlot.Of(lines[i].Charts[k], standsAlone: true);
                plot.Update(updateData: true);
                plot.Render(context, new(k * ChartWidth, top + TitleHeight, ChartWidth, ChartHeight));
            }
        }

        using SKImage image = surface.Snapshot();
        using SKData png = image.Encode(SKEncodedImageFormat.Png, quality: 100);
        return png.ToArray();
    }
}
