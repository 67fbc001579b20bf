using System.Collections.Immutable;
using System.Globalization;
using System.Text;

namespace SsMfar.ConsoleApp.Demo;

/// <summary>A curve.</summary>
/// <param name="Kind">The style: <c>expression</c>, <c>units</c> or <c>affect</c>.</param>
/// <param name="Values">One value an epoch; null leaves a gap.</param>
/// <param name="Floor">A dashed level to compare with, or null.</param>
internal sealed record ChartSeries(string Kind, ImmutableArray<double?> Values, double? Floor);

/// <summary>Curves over epochs as inline SVG.</summary>
internal static class LineChart
{
    private const double Width = 520;
    private const double Height = 280;
    private const double Left = 34;
    private const double Right = 44;
    private const double Top = 10;
    private const double Bottom = 26;
    private const double LabelHeight = 14;

    /// <summary>Draws curves.</summary>
    /// <param name="series">The curves.</param>
    /// <param name="epochs">The number of epochs.</param>
    /// <param name="maximum">
    /// The top of the scale, which begins at 0 or the smallest value; the largest value, rounded up, when null.
    /// </param>
    public static string Write(ImmutableArray<ChartSeries> series, int epochs, double? maximum)
    {
        double[] values = [.. series.SelectMany(s => s.Values).OfType<double>()];
        Scale scale = new(
            Math.Min(0, Math.Floor(2 * values.DefaultIfEmpty().Min()) / 2),
            maximum ?? Math.Max(0.5, Math.Ceiling(2 * values.DefaultIfEmpty().Max()) / 2));
        StringBuilder svg = new();
        svg.Append(Invariant($"<svg viewBox=\"0 0 {Width} {Height}\" role=\"img\">"));
        Grid(svg, epochs, scale);
        foreach (ChartSeries curve in series)
        {
            if (curve.Floor is { } floor)
            {
                svg.Append(Invariant($"<line class=\"flat {curve.Kind}\" x1=\"{Left}\" x2=\"{Width - Right}\" y1=\"{scale.Y(floor):F1}\" y2=\"{scale.Y(floor):F1}\"/>"));
            }

            Curve(svg, curve, epochs, scale);
        }

        Labels(svg, series, scale);
        return svg.Append("</svg>").ToString();
    }

    private static void Grid(StringBuilder svg, int epochs, Scale scale)
    {
        for (int i = 0; i <= 5; i++)
        {
            double value = scale.Bottom + ((scale.Top - scale.Bottom) * i / 5);
            svg.Append(Invariant(
                $"<line class=\"grid\" x1=\"{Left}\" x2=\"{Width - Right}\" y1=\"{scale.Y(value):F1}\" y2=\"{scale.Y(value):F1}\"/>"));
            svg.Append(Invariant($"<text x=\"{Left - 6}\" y=\"{scale.Y(value) + 4:F1}\" text-anchor=\"end\">{value:0.0#}</text>"));
        }

        int step = Math.Max(1, (int)Math.Ceiling(epochs / 10.0));
        for (int epoch = 1; epoch <= epochs; epoch += step)
        {
            svg.Append(Invariant($"<text x=\"{X(epoch, epochs):F1}\" y=\"{Height - 6}\" text-anchor=\"middle\">{epoch}</text>"));
        }
    }

    private static void Curve(StringBuilder svg, ChartSeries curve, int epochs, Scale scale)
    {
        (double X, double Y)[] points =
        [
            .. curve.Values.Select((value, i) => (Value: value, Epoch: i + 1))
                .Where(point => point.Value is not null)
                .Select(point => (X(point.Epoch, epochs), scale.Y(point.Value!.Value))),
        ];
        svg.Append(Invariant($"<g class=\"{curve.Kind}\"><polyline class=\"curve\" points=\"{string.Join(' ', points.Select(p => Invariant($"{p.X:F1},{p.Y:F1}")))}\"/>"));
        foreach ((double x, double y) in points.Length > 0 ? [points[^1]] : points)
        {
            svg.Append(Invariant($"<circle class=\"dot\" cx=\"{x:F1}\" cy=\"{y:F1}\" r=\"3.5\"/>"));
        }

        svg.Append("</g>");
    }

    // The last values at the right end, moved apart where they would cover each other.
    private static void Labels(StringBuilder svg, ImmutableArray<ChartSeries> series, Scale scale)
    {
        double free = double.NegativeInfinity;
        foreach ((ChartSeries curve, double value) in series
            .Select(curve => (curve, value: curve.Values.LastOrDefault(value => value is not null)))
            .Where(end => end.value is not null)
            .Select(end => (end.curve, end.value!.Value))
            .OrderByDescending(end => end.Value))
        {
            double y = Math.Max(scale.Y(value), free);
            free = y + LabelHeight;
            svg.Append(
                Invariant($"<g class=\"{curve.Kind}\"><text class=\"end\" x=\"{Width - Right + 8}\" y=\"{y + 4:F1}\">{value:F2}</text></g>"));
        }
    }

    private static double X(int epoch, int epochs) =>
        epochs == 1 ? (Left + Width - Right) / 2 : Left + 8 + ((Width - Right - Left - 8) * (epoch - 1) / (epochs - 1));

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    // From 0, or below where values are.
    private readonly record struct Scale(double Bottom, double Top)
    {
        public double Y(double value) =>
            LineChart.Top + ((Height - LineChart.Top - LineChart.Bottom) * (1 - Math.Clamp((value - Bottom) / (Top - Bottom), 0, 1)));
    }
}
