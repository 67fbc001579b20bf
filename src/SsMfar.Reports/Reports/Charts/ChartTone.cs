using System.Globalization;
using OxyPlot;

namespace SsMfar.Reports.Charts;

/// <summary>The colour of a curve, which it keeps from chart to chart.</summary>
/// <param name="Name">
/// The class, and the variable of the style sheet, that a page has the colour by: one in light, another in dark surroundings.
/// </param>
/// <param name="Print">The colour in a picture.</param>
internal sealed record ChartTone(string Name, OxyColor Print)
{
    // Eight hues that print apart (Okabe and Ito).
    private static readonly OxyColor[] Hues =
    [
        OxyColor.FromRgb(0, 114, 178), OxyColor.FromRgb(213, 94, 0), OxyColor.FromRgb(0, 158, 115), OxyColor.FromRgb(204, 121, 167),
        OxyColor.FromRgb(230, 159, 0), OxyColor.FromRgb(86, 180, 233), OxyColor.FromRgb(0, 0, 0), OxyColor.FromRgb(148, 130, 60),
    ];

    public static ChartTone Expression { get; } = new("expression", Hues[1]);

    public static ChartTone ActionUnits { get; } = new("units", Hues[2]);

    public static ChartTone ValenceArousal { get; } = new("affect", Hues[3]);

    /// <summary>The tone of a row of a table, or of a class; the same after every eight.</summary>
    public static ChartTone Of(int index) =>
        new(string.Create(CultureInfo.InvariantCulture, $"c{index % Hues.Length}"), Hues[index % Hues.Length]);
}
