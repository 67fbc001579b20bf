using System.Collections.Immutable;
using static SsMfar.RenderedFaces.Sampling.FaceUnit;

namespace SsMfar.RenderedFaces.Sampling;

/// <summary>A unit of a prototype: how often it takes part, and whether on one side only.</summary>
internal readonly record struct PrototypeUnit(FaceUnit Unit, float Probability, bool OneSided = false);

/// <summary>
/// A combination of units that shows an expression, after EMFACS (Friesen and Ekman 1983), and where it lies at full strength in the
/// circumplex of affect (Russell 1980).
/// </summary>
internal sealed record ExpressionPrototype(
    string Name, int Expression, float Share, float Valence, float Arousal, ImmutableArray<PrototypeUnit> Units)
{
    /// <summary>All prototypes; shares sum to 1. Expressions are indices of <see cref="Data.ExpressionClassSet.AffWild2"/>.</summary>
    public static ImmutableArray<ExpressionPrototype> All { get; } =
    [
        new("neutral", 0, 0.200f, 0.02f, -0.05f, [new(LipsPart, 0.08f)]),

        new("anger, tight", 1, 0.050f, -0.65f, 0.65f,
            [new(BrowLowerer, 0.97f), new(LidTightener, 0.85f), new(LipTightener, 0.9f), new(LipPressor, 0.5f), new(UpperLidRaiser, 0.4f)]),
        new("anger, shouting", 1, 0.030f, -0.75f, 0.90f,
            [new(BrowLowerer, 0.97f), new(LidTightener, 0.8f), new(UpperLidRaiser, 0.5f), new(LipTightener, 0.65f), new(LipsPart, 1),
             new(JawDrop, 0.5f), new(UpperLipRaiser, 0.4f)]),

        new("disgust", 2, 0.080f, -0.75f, 0.30f,
            [new(UpperLipRaiser, 0.95f), new(NoseWrinkler, 0.85f), new(BrowLowerer, 0.4f), new(LidTightener, 0.3f),
             new(LipCornerDepressor, 0.3f), new(ChinRaiser, 0.3f), new(LipsPart, 0.45f), new(CheekRaiser, 0.15f)]),

        new("fear", 3, 0.080f, -0.60f, 0.80f,
            [new(InnerBrowRaiser, 0.96f), new(OuterBrowRaiser, 0.85f), new(BrowLowerer, 0.9f), new(UpperLidRaiser, 0.9f),
             new(LidTightener, 0.2f), new(LipStretcher, 0.9f), new(LipsPart, 0.85f), new(JawDrop, 0.4f)]),

        new("happiness, smile", 4, 0.080f, 0.65f, 0.15f, [new(LipCornerPuller, 1), new(CheekRaiser, 0.75f), new(LidTightener, 0.1f)]),
        new("happiness, laugh", 4, 0.100f, 0.90f, 0.55f,
            [new(LipCornerPuller, 1), new(CheekRaiser, 0.92f), new(LipsPart, 1), new(JawDrop, 0.25f), new(UpperLipRaiser, 0.1f)]),

        new("sadness", 5, 0.110f, -0.70f, -0.45f,
            [new(InnerBrowRaiser, 0.92f), new(BrowLowerer, 0.7f), new(LipCornerDepressor, 0.95f), new(ChinRaiser, 0.5f),
             new(CheekRaiser, 0.08f), new(LipsPart, 0.08f)]),

        new("surprise", 6, 0.100f, 0.15f, 0.80f,
            [new(InnerBrowRaiser, 0.97f), new(OuterBrowRaiser, 0.97f), new(UpperLidRaiser, 0.9f), new(LipsPart, 0.97f), new(
                JawDrop,
                0.92f)]),

        new("other, doubt", 7, 0.038f, -0.25f, 0.15f,
            [new(OuterBrowRaiser, 1, OneSided: true), new(InnerBrowRaiser, 0.3f, OneSided: true), new(LipPressor, 0.75f),
             new(LipCornerDepressor, 0.4f, OneSided: true), new(LidTightener, 0.3f)]),
        new("other, pout", 7, 0.040f, -0.35f, -0.15f,
            [new(LipTightener, 0.97f), new(LipCornerDepressor, 0.5f), new(ChinRaiser, 0.95f)]),
        new("other, wince", 7, 0.034f, -0.60f, 0.50f,
            [new(BrowLowerer, 0.9f), new(CheekRaiser, 0.95f), new(LidTightener, 1), new(EyesClosed, 0.85f), new(LipStretcher, 0.8f),
             new(UpperLipRaiser, 0.5f), new(LipsPart, 0.6f)]),
        new("other, smirk", 7, 0.014f, 0.20f, 0.10f,
            [new(LipCornerPuller, 1, OneSided: true), new(LipPressor, 0.85f), new(OuterBrowRaiser, 0.3f, OneSided: true)]),
        new("other, bittersweet", 7, 0.014f, 0.10f, -0.15f,
            [new(InnerBrowRaiser, 0.97f), new(BrowLowerer, 0.7f), new(LipCornerPuller, 1), new(LipPressor, 0.5f)]),
        new("other, oh well", 7, 0.030f, -0.10f, 0.15f,
            [new(InnerBrowRaiser, 0.9f), new(OuterBrowRaiser, 0.95f), new(LipPressor, 0.95f), new(LipCornerDepressor, 0.3f)]),
    ];
}
