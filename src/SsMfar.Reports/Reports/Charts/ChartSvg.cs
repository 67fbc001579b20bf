using System.Xml.Linq;
using OxyPlot;

namespace SsMfar.Reports.Charts;

/// <summary>
/// A chart as a part of a page: OxyPlot's SVG, which takes size and typeface from the page, and its colours by name, so that they suit
/// light and dark surroundings.
/// </summary>
internal static class ChartSvg
{
    private const double Width = 520;
    private const double Height = 280;
    private const double Square = 420;

    private static readonly string[] OfThePage = ["font-family", "font-size"];

    public static string Write(EpochChart chart) =>
        Write(chart.Caption, ChartPlot.Of(chart, standsAlone: false), chart.Curves.Select(curve => curve.Tone));

    public static string Write(ReliabilityChart chart) => Write(chart.Caption, chart.Plot(), chart.Curves.Select(curve => curve.Tone));

    public static string Write(ScatterChart chart) => Write(chart.Caption, chart.Plot(), [chart.Tone], Square, Square);

    private static string Write(
        string caption, PlotModel plot, IEnumerable<ChartTone> tones, double width = Width, double height = Height)
    {
        SvgExporter exporter = new() { Width = width, Height = height, IsDocument = false };
        XElement drawn = XDocument.Parse(exporter.ExportToString(plot)).Root!;
        (string Written, string Named)[] colours =
        [
            (Written(ChartPlot.Words), "var(--soft)"),
            (Written(ChartPlot.Grid), "var(--line)"),
            .. tones.Select(tone => (Written(tone.Print), $"var(--{tone.Name})")),
        ];
        XElement svg = new("svg", new XElement("title", caption));
        svg.SetAttributeValue("viewBox", FormattableString.Invariant($"0 0 {width} {height}"));
        svg.SetAttributeValue("role", "img");

        // Nothing goes over the edge, and the names of clips would be the same in every chart of a page.
        svg.Add(drawn.Descendants().Where(element => element.Name.LocalName is "text" or "polyline" or "polygon" or "ellipse")
            .Select(element => Part(element, colours)));
        return svg.ToString(SaveOptions.DisableFormatting);
    }

    // Style sheets rule over attributes, a style over style sheets.
    private static XElement Part(XElement drawn, (string Written, string Named)[] colours)
    {
        XElement part = new(drawn.Name.LocalName, drawn.Value.Length > 0 ? drawn.Value : null);
        string style = string.Join(';', drawn.Attributes()
            .Where(attribute => attribute.Name.LocalName is "fill" or "font-weight")
            .Select(attribute => $"{attribute.Name}:{attribute.Value}")
            .Append(drawn.Attribute("style")?.Value.TrimEnd(';'))
            .OfType<string>());
        foreach ((string written, string named) in colours)
        {
            style = style.Replace(written, named, StringComparison.Ordinal);
        }

        part.Add(drawn.Attributes().Where(attribute =>
            attribute.Name.LocalName is not ("fill" or "font-weight" or "style") && !OfThePage.Contains(attribute.Name.LocalName)));
        part.SetAttributeValue("style", style);
        return part;
    }

    private static string Written(OxyColor colour) =>
        colour == OxyColors.Black ? "black" : FormattableString.Invariant($"rgb({colour.R},{colour.G},{colour.B})");
}
