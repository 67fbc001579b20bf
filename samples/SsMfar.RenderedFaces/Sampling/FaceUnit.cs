namespace SsMfar.RenderedFaces.Sampling;

/// <summary>
/// The units a rendered face can move: first the twelve labelled ones, valued by their column; then those that EMFACS combinations need
/// beside them and no label tells.
/// </summary>
internal enum FaceUnit
{
    InnerBrowRaiser,
    OuterBrowRaiser,
    BrowLowerer,
    CheekRaiser,
    LidTightener,
    UpperLipRaiser,
    LipCornerPuller,
    LipCornerDepressor,
    LipTightener,
    LipPressor,
    LipsPart,
    JawDrop,

    /// <summary>AU5.</summary>
    UpperLidRaiser,

    /// <summary>AU9.</summary>
    NoseWrinkler,

    /// <summary>AU17.</summary>
    ChinRaiser,

    /// <summary>AU20.</summary>
    LipStretcher,

    /// <summary>AU43.</summary>
    EyesClosed,
}
