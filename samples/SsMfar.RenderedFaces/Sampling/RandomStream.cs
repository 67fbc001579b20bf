namespace SsMfar.RenderedFaces.Sampling;

/// <summary>What random numbers are drawn for: each purpose has its own, so that changing one leaves the others' draws alone.</summary>
internal enum RandomStream
{
    Identity = 1,
    Expression,
    Scene,
    Grain,
    Missing,
}
