using SsMfar.Data;

namespace SsMfar.RenderedFaces.Sampling;

/// <summary>
/// Where an expression lies in the circumplex of affect (Russell 1980): its prototype's place, nearer the centre the weaker it is, with
/// noise.
/// </summary>
internal static class Circumplex
{
    private const float NoiseAtRest = 0.03f;
    private const float NoiseAtFull = 0.08f;

    public static ValenceArousal Sample(ExpressionPrototype prototype, float intensity, FacialActions actions, FaceRandom random)
    {
        float noise = NoiseAtRest + ((NoiseAtFull - NoiseAtRest) * intensity);
        float arousing = (0.10f * actions[FaceUnit.UpperLidRaiser]) + (0.08f * actions[FaceUnit.JawDrop]);
        return new(
            Label((prototype.Valence * intensity) + random.Bell(0, noise)),
            Label((prototype.Arousal * intensity) + arousing + random.Bell(0, noise)));
    }

    private static float Label(float value) => MathF.Round(Math.Clamp(value, -1, 1), 3);
}
