namespace SsMfar.RenderedFaces;

/// <summary>The part of a rendered data set a face belongs to. The parts share no identity.</summary>
public enum FaceSplit
{
    /// <summary>Faces to learn from.</summary>
    Training,

    /// <summary>Faces of other identities, to judge by.</summary>
    Validation,
}
