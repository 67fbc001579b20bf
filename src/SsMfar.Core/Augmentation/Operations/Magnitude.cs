using SsMfar.Randomness;

namespace SsMfar.Augmentation;

/// <summary>How an operation's magnitude is drawn.</summary>
/// <param name="Minimum">The lower end.</param>
/// <param name="Maximum">The upper end, at least <paramref name="Minimum"/>.</param>
/// <param name="EndsOnly">Whether one of the two ends is drawn, each half of the time, instead of a number between them.</param>
internal readonly record struct Magnitude(float Minimum, float Maximum, bool EndsOnly = false)
{
    /// <summary>For operations that have no magnitude.</summary>
    public static Magnitude None => default;

    /// <summary>Uniform in [<paramref name="minimum"/>, <paramref name="maximum"/>).</summary>
    /// <param name="minimum">The lower end.</param>
    /// <param name="maximum">The upper end.</param>
    public static Magnitude Uniform(float minimum, float maximum) => new(minimum, maximum);

    /// <summary>Always <paramref name="value"/>.</summary>
    /// <param name="value">The magnitude.</param>
    public static Magnitude Constant(float value) => new(value, value);

    /// <summary><paramref name="center"/> minus or plus <paramref name="offset"/>, a fair coin deciding.</summary>
    /// <param name="offset">At least 0.</param>
    /// <param name="center">What changes nothing: 0 for moves, 1 for factors.</param>
    public static Magnitude PlusOrMinus(float offset, float center = 0) => new(center - offset, center + offset, EndsOnly: true);

    public float Draw(ref RandomSource random)
    {
        double position = random.NextDouble();
        return EndsOnly
            ? (position < 0.5 ? Minimum : Maximum)
            : (float)(Minimum + ((Maximum - (double)Minimum) * position));
    }
}
