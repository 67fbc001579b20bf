using SkiaSharp;

namespace SsMfar.RenderedFaces.Sampling;

internal enum HairStyle
{
    Bald,
    Cropped,
    SideParting,
    Fringe,
    Curly,
    Long,
    LongFringe,
    Bun,
    Cap,
    Headscarf,
}

internal enum BeardStyle
{
    None,
    Stubble,
    Moustache,
    Goatee,
    Full,
}

internal enum GlassesStyle
{
    None,
    Round,
    Rectangular,
    HalfRim,
}

/// <summary>
/// What stays the same in all pictures of a person. Lengths are factors of the mean face or face units (see
/// <see cref="Painting.FaceGeometry"/>).
/// </summary>
internal sealed record FaceIdentity
{
    public required float FaceWidth { get; init; }

    public required float JawWidth { get; init; }

    public required float ChinWidth { get; init; }

    public required float FaceLength { get; init; }

    public required float ForeheadHeight { get; init; }

    public required float EyeSpacing { get; init; }

    public required float EyeSize { get; init; }

    public required float EyeOpening { get; init; }

    /// <summary>How far the outer corner lies above the inner one, face units.</summary>
    public required float EyeSlant { get; init; }

    /// <summary>How far the upper lid's fold hides the lid, 0 to 1.</summary>
    public required float LidFold { get; init; }

    public required float BrowHeight { get; init; }

    public required float BrowThickness { get; init; }

    public required float BrowArch { get; init; }

    public required float NoseWidth { get; init; }

    public required float NoseLength { get; init; }

    public required float MouthWidth { get; init; }

    public required float MouthHeight { get; init; }

    public required float UpperLip { get; init; }

    public required float LowerLip { get; init; }

    /// <summary>Where the lip corners rest: positive is up, face units.</summary>
    public required float RestingCorners { get; init; }

    /// <summary>0 (no line in the face) to 1 (many).</summary>
    public required float Age { get; init; }

    public required SKColor Skin { get; init; }

    public required SKColor Hair { get; init; }

    public required SKColor Brow { get; init; }

    public required SKColor Iris { get; init; }

    public required SKColor Lips { get; init; }

    public required SKColor Cloth { get; init; }

    public required SKColor Frame { get; init; }

    public required float Lashes { get; init; }

    public required float Blush { get; init; }

    public required HairStyle HairStyle { get; init; }

    public required float HairVolume { get; init; }

    public required int HairSide { get; init; }

    public required BeardStyle Beard { get; init; }

    public required GlassesStyle Glasses { get; init; }

    public required bool Earrings { get; init; }

    public required bool Freckles { get; init; }

    /// <summary>The person with a number within a split.</summary>
    public static FaceIdentity Sample(FaceRandom random)
    {
        bool masculine = random.Chance(0.5f);
        float age = random.Uniform();
        float tone = random.Uniform();
        SKColor skin = Palette.Along(Palette.Skin, tone);
        SKColor rosierOrGolden = random.Chance(0.5f) ? new SKColor(214, 120, 104) : new SKColor(206, 160, 104);
        skin = Palette.Mix(skin, rosierOrGolden, random.Uniform(0, 0.16f));
        SKColor hair = tone > 0.6f && age < 0.8f ? Palette.Hair[random.Chance(0.8f) ? 0 : 9] : random.Pick<SKColor>(Palette.Hair);
        bool makeup = !masculine && random.Chance(0.5f);
        SKColor natural = Palette.Mix(Palette.Shade(skin, 0.86f), new SKColor(176, 72, 78), random.Uniform(0.35f, 0.6f));
        HairStyle style = masculine
            ? (HairStyle)random.Weighted([12, 34, 20, 10, 14, 5, 1, 2, 8, 0])
            : (HairStyle)random.Weighted([1, 6, 16, 6, 14, 24, 18, 12, 4, 8]);
        return new()
        {
            FaceWidth = Factor(0.05f),
            JawWidth = (masculine ? 1.05f : 0.95f) * Factor(0.05f),
            ChinWidth = (masculine ? 1.1f : 0.92f) * Factor(0.08f),
            FaceLength = Factor(0.04f),
            ForeheadHeight = Factor(0.05f),
            EyeSpacing = Factor(0.04f),
            EyeSize = (masculine ? 0.96f : 1.05f) * Factor(0.05f),
            EyeOpening = Factor(0.07f),
            EyeSlant = random.Bell(1.2f, 1.2f),
            LidFold = random.Uniform(),
            BrowHeight = random.Bell(masculine ? -0.6f : 0.6f, 1.1f),
            BrowThickness = (masculine ? 1.2f : 0.85f) * Factor(0.14f),
            BrowArch = random.Bell(masculine ? 3f : 4.5f, 1f),
            NoseWidth = (masculine ? 1.06f : 0.96f) * Factor(0.08f),
            NoseLength = Factor(0.05f),
            MouthWidth = Factor(0.05f),
            MouthHeight = random.Bell(0, 2f),
            UpperLip = (makeup ? 1.1f : 1f) * Factor(0.12f),
            LowerLip = (makeup ? 1.1f : 1f) * Factor(0.12f),
            RestingCorners = random.Bell(0, 0.9f),
            Age = age,
            Skin = skin,
            Hair = hair,
            Brow = Palette.Mix(Palette.Shade(hair, 0.8f), new SKColor(40, 28, 22), 0.45f),
            Iris = tone > 0.55f ? Palette.Iris[random.Integer(3)] : random.Pick<SKColor>(Palette.Iris),
            Lips = makeup ? Palette.Mix(new SKColor(170, 32, 54), new SKColor(206, 96, 110), random.Uniform()) : natural,
            Cloth = Palette.Any(random, 20, 220),
            Frame = random.Chance(0.6f) ? new SKColor(26, 24, 26) : Palette.Any(random, 40, 190),
            Lashes = makeup ? 1 : masculine ? 0.35f : 0.6f,
            Blush = makeup ? random.Uniform(0.2f, 0.7f) : random.Uniform(0, 0.3f),
            HairStyle = style,
            HairVolume = random.Uniform(0.8f, 1.25f),
            HairSide = random.Chance(0.5f) ? 1 : -1,
            Beard = masculine ? (BeardStyle)random.Weighted([50, 20, 9, 8, 13]) : BeardStyle.None,
            Glasses = random.Chance(0.24f) ? (GlassesStyle)(1 + random.Integer(3)) : GlassesStyle.None,
            Earrings = !masculine && random.Chance(0.35f),
            Freckles = tone < 0.35f && random.Chance(0.12f),
        };

        float Factor(float deviation) => random.Bell(1, deviation);
    }
}
