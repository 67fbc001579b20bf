using System.Runtime.CompilerServices;

namespace SsMfar.Augmentation;

/// <summary>Checks of options.</summary>
internal static class Require
{
    public static void Probability(double value, [CallerArgumentExpression(nameof(value))] string? name = null)
    {
        if (!(value is >= 0 and <= 1))
        {
            throw new ArgumentOutOfRangeException(name, value, "A probability lies between 0 and 1.");
        }
    }

    /// <summary>A range with lower end above <paramref name="floor"/> and ends in order.</summary>
    public static void Range(
        double minimum,
        double maximum,
        double floor,
        [CallerArgumentExpression(nameof(minimum))] string? name = null)
    {
        if (!(minimum > floor && minimum <= maximum && double.IsFinite(maximum)))
        {
            throw new ArgumentOutOfRangeException(
                name,
                FormattableString.Invariant($"The range {minimum} to {maximum} must lie above {floor}, its lower end first."));
        }
    }
}
