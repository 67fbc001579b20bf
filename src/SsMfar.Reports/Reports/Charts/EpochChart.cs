using System.Collections.Immutable;

namespace SsMfar.Reports.Charts;

/// <summary>A curve of a chart.</summary>
/// <param name="Name">What it is called beside the chart.</param>
/// <param name="Tone">Its colour.</param>
/// <param name="Values">One value an epoch, from the first; the curve passes over those that are null.</param>
/// <param name="Floor">A dashed level to compare with, or null.</param>
/// <param name="Band">How far a band reaches to either side of each value; by default there is none.</param>
internal sealed record ChartCurve(
    string Name, ChartTone Tone, ImmutableArray<double?> Values, double? Floor = null, ImmutableArray<double?> Band = default)
{
    /// <summary>The values, and where the band ends.</summary>
    public IEnumerable<double?> Extent => Band.IsDefault
        ? Values
        : Values.Concat(Values.Zip(Band, (value, width) => value - width)).Concat(Values.Zip(Band, (value, width) => value + width));
}

/// <summary>A value at the right end of a chart.</summary>
/// <param name="Tone">The curve's colour.</param>
/// <param name="Value">The last value of the curve.</param>
/// <param name="Height">Where it is written, on the chart's scale: at the value, or beside it where another's takes the place.</param>
internal sealed record ChartLabel(ChartTone Tone, double Value, double Height);

/// <summary>Curves over epochs.</summary>
/// <param name="Caption">What the chart shows.</param>
/// <param name="Curves">The curves.</param>
/// <param name="Epochs">The number of epochs.</param>
/// <param name="Maximum">The top of the scale; the largest value, rounded up, when null.</param>
internal sealed record EpochChart(string Caption, ImmutableArray<ChartCurve> Curves, int Epochs, double? Maximum)
{
    private const int Ticks = 5;
    private const double LeastTop = 0.5;

    // What rounding may have added.
    private const double Slack = 1e-9;

    // Of the scale's height; a line of text takes 14 of 244 units.
    private const double LabelHeight = 14.0 / 244;

    /// <summary>The bottom of the scale: 0, or below where values are.</summary>
    public double Bottom => Step * Math.Floor((Lowest / Step) + Slack);

    /// <summary>The top of the scale.</summary>
    public double Top => Maximum ?? Step * Math.Ceiling((Highest / Step) - Slack);

    /// <summary>The distance of two numbers of the scale: 1, 2, 2.5 or 5 of some power of ten, so that all of them are round.</summary>
    public double Step
    {
        get
        {
            double rough = ((Maximum ?? Highest) - Lowest) / Ticks;
            double power = Math.Pow(10, Math.Floor(Math.Log10(rough)));
            return power * new[] { 1, 2, 2.5, 5, 10 }.First(round => round * power >= rough * (1 - Slack));
        }
    }

    /// <summary>The curves' last values from the highest to the lowest, moved apart where they would cover each other.</summary>
    public ImmutableArray<ChartLabel> Labels
    {
        get
        {
            ChartLabel[] labels =
            [
                .. Curves.Select(curve => (curve.Tone, Last: curve.Values.LastOrDefault(value => value is not null)))
                    .Where(end => end.Last is not null)
                    .Select(end => new ChartLabel(end.Tone, end.Last!.Value, end.Last.Value))
                    .OrderByDescending(label => label.Value),
            ];
            double gap = LabelHeight * (Top - Bottom);
            for (int i = 1; i < labels.Length; i++)
            {
                labels[i] = labels[i] with { Height = Math.Min(labels[i].Height, labels[i - 1].Height - gap) };
            }

            // Those that this pushed off the bottom push the others up.
            double free = Bottom;
            for (int i = labels.Length - 1; i >= 0 && labels[i].Height < free; i--, free += gap)
            {
                labels[i] = labels[i] with { Height = free };
            }

            return [.. labels];
        }
    }

    private double Lowest => Math.Min(0, Values.DefaultIfEmpty().Min());

    private double Highest => Math.Max(LeastTop, Values.DefaultIfEmpty().Max());

    private IEnumerable<double> Values =>
        Curves.SelectMany(curve => curve.Extent.Append(curve.Floor)).OfType<double>();
}
