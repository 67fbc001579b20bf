using SkiaSharp;

namespace SsMfar.RenderedFaces.Sampling;

/// <summary>Colours of people, and arithmetic on colours.</summary>
internal static class Palette
{
    public static readonly SKColor[] Skin =
    [
        new(252, 226, 206), new(240, 202, 174), new(224, 178, 144), new(198, 146, 110), new(160, 108, 76), new(126, 82, 60), new(
            100,
            66,
            50),
    ];

    public static readonly SKColor[] Hair =
    [
        new(28, 22, 20), new(52, 36, 28), new(84, 56, 36), new(122, 80, 46), new(176, 130, 74), new(214, 182, 122), new(136, 58, 32),
        new(150, 148, 146), new(212, 210, 206), new(38, 32, 44),
    ];

    public static readonly SKColor[] Iris =
    [
        new(64, 40, 24), new(92, 60, 34), new(50, 32, 22), new(96, 120, 82), new(86, 122, 150), new(112, 128, 134),
    ];

    public static SKColor Mix(SKColor a, SKColor b, float t)
    {
        t = Math.Clamp(t, 0, 1);
        byte Channel(byte x, byte y) => (byte)MathF.Round(x + ((y - x) * t));
        return new(Channel(a.Red, b.Red), Channel(a.Green, b.Green), Channel(a.Blue, b.Blue), Channel(a.Alpha, b.Alpha));
    }

    /// <summary>The colour times a factor: below 1 darker, above 1 lighter.</summary>
    public static SKColor Shade(SKColor color, float factor)
    {
        byte Channel(byte x) => (byte)Math.Clamp(MathF.Round(x * factor), 0, 255);
        return new(Channel(color.Red), Channel(color.Green), Channel(color.Blue), color.Alpha);
    }

    public static SKColor Fade(SKColor color, float alpha) => color.WithAlpha((byte)MathF.Round(255 * Math.Clamp(alpha, 0, 1)));

    /// <summary>A point between the colours of a scale, 0 the first and 1 the last.</summary>
    public static SKColor Along(SKColor[] scale, float position)
    {
        float at = Math.Clamp(position, 0, 1) * (scale.Length - 1);
        int i = Math.Min((int)at, scale.Length - 2);
        return Mix(scale[i], scale[i + 1], at - i);
    }

    /// <summary>Any colour between the bounds, more often dull than bright, as walls and clothes are.</summary>
    public static SKColor Any(FaceRandom random, int low, int high)
    {
        byte Channel() => (byte)(low + random.Integer(high - low + 1));
        SKColor bright = new(Channel(), Channel(), Channel());
        byte grey = Channel();
        return Mix(new(grey, grey, grey), bright, random.Uniform() * random.Uniform(0.3f, 1));
    }
}
