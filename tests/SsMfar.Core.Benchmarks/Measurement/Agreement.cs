using System.Text.Json;

namespace SsMfar.Benchmarks.Measurement;

/// <summary>Two sides must compute the same before a comparison of their times means something.</summary>
internal static class Agreement
{
    /// <summary>Compares the peer's numbers with ours of the same names.</summary>
    /// <param name="what">What the numbers are.</param>
    /// <param name="ours">Our numbers.</param>
    /// <param name="peer">The peer's: an object of numbers.</param>
    /// <param name="tolerance">The largest difference, relative to the peer's number where that is above 1.</param>
    /// <returns>The largest difference.</returns>
    /// <exception cref="InvalidOperationException">They differ by more.</exception>
    public static double Check(string what, IReadOnlyDictionary<string, double> ours, JsonElement peer, double tolerance)
    {
        double worst = peer.EnumerateObject()
            .Max(number => Math.Abs(ours[number.Name] - number.Value.GetDouble()) / Math.Max(1, Math.Abs(number.Value.GetDouble())));
        return worst <= tolerance
            ? worst
            : throw new InvalidOperationException(
                $"The two sides differ in their {what}: ours {JsonSerializer.Serialize(ours)}, the peer's {peer}.");
    }

    /// <summary>Compares one number.</summary>
    /// <inheritdoc cref="Check(string, IReadOnlyDictionary{string, double}, JsonElement, double)"/>
    public static void Check(string what, double ours, double peer, double tolerance)
    {
        if (!(Math.Abs(ours - peer) / Math.Max(1, Math.Abs(peer)) <= tolerance))
        {
            throw new InvalidOperationException(FormattableString.Invariant($"The two sides differ in {what}: {ours}, the peer's {peer}."));
        }
    }
}
