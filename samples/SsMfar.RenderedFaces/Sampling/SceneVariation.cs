using SkiaSharp;

namespace SsMfar.RenderedFaces.Sampling;

/// <summary>
/// What differs between two pictures of one face with one expression: pose, framing, light, camera, background, something in the way.
/// </summary>
internal sealed record SceneVariation
{
    /// <summary>Head turn to the side, radians.</summary>
    public required float Yaw { get; init; }

    /// <summary>Head nod, radians; positive looks down.</summary>
    public required float Pitch { get; init; }

    /// <summary>Rotation in the picture plane, degrees.</summary>
    public required float Roll { get; init; }

    /// <summary>Size of the face against the usual framing.</summary>
    public required float Scale { get; init; }

    /// <summary>Shift in face units.</summary>
    public required SKPoint Shift { get; init; }

    public required bool Mirrored { get; init; }

    /// <summary>Where the eyes look, -1 to 1 both ways.</summary>
    public required SKPoint Gaze { get; init; }

    /// <summary>Where the light comes from, -1 to 1 both ways.</summary>
    public required SKPoint Light { get; init; }

    /// <summary>How hard the shadows are, 0 to 1.</summary>
    public required float Shadow { get; init; }

    public required float Exposure { get; init; }

    public required float Contrast { get; init; }

    public required float Saturation { get; init; }

    /// <summary>-1 (blue) to 1 (yellow).</summary>
    public required float Warmth { get; init; }

    /// <summary>Blur, as a share of the picture's width.</summary>
    public required float Blur { get; init; }

    /// <summary>Standard deviation of the grain, in grey levels of 255.</summary>
    public required float Grain { get; init; }

    public required SKColor BackgroundNear { get; init; }

    public required SKColor BackgroundFar { get; init; }

    public required ulong BackgroundSeed { get; init; }

    /// <summary>Whether a cup, a hand-sized blot or the like covers a part of the rim of the picture.</summary>
    public required bool Occluded { get; init; }

    public static SceneVariation Sample(FaceRandom random) => new()
    {
        Yaw = random.Bell(0, 0.08f),
        Pitch = random.Bell(0, 0.05f),
        Roll = random.Bell(0, 4.5f),
        Scale = random.Bell(1, 0.045f),
        Shift = new(random.Bell(0, 3.7f), random.Bell(0, 3.7f)),
        Mirrored = random.Chance(0.5f),
        Gaze = new(random.Bell(0, 0.35f), random.Bell(0, 0.25f)),
        Light = new(random.Uniform(-1, 1), random.Uniform(-1, 0.3f)),
        Shadow = random.Uniform(0.1f, 1),
        Exposure = random.Bell(1, 0.1f),
        Contrast = random.Bell(1, 0.1f),
        Saturation = random.Chance(0.12f) ? 0 : random.Uniform(0.6f, 1.2f),
        Warmth = random.Bell(0, 0.4f),
        Blur = random.Chance(0.3f) ? random.Uniform(0.002f, 0.006f) : 0,
        Grain = random.Uniform(0, 4),
        BackgroundNear = Palette.Any(random, 10, 240),
        BackgroundFar = Palette.Any(random, 10, 240),
        BackgroundSeed = random.Next(),
        Occluded = random.Chance(0.05f),
    };
}
