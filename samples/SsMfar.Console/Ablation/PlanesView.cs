using System.Collections.Immutable;

namespace SsMfar.ConsoleApp.Ablation;

/// <summary>Valence and arousal of a row's first run as dots: labels across, predictions up, each from -1 to 1.</summary>
internal sealed class PlanesView(AblationRow row)
{
    public string Method => row.Paper.Method;

    public ImmutableArray<PlaneView> Planes =>
        [new("valence", Dots(row.Runs[0].Affect, 0)), new("arousal", Dots(row.Runs[0].Affect, 2))];

    // One path: round ends of lines without length.
    private static string Dots(float[][] rows, int first) => string.Concat(
        rows.Select(row => FormattableString.Invariant($"M{Position(row[first]):F1} {Position(-row[first + 1]):F1}h0")));

    private static double Position(double value) => 100 + (90 * Math.Clamp(value, -1, 1));

    /// <summary>A plane.</summary>
    /// <param name="Name">What is in it.</param>
    /// <param name="Dots">The path of its dots.</param>
    internal sealed record PlaneView(string Name, string Dots);
}
