using SkiaSharp;
using SsMfar.RenderedFaces.Sampling;

namespace SsMfar.RenderedFaces.Painting;

/// <summary>
/// The four edges of the lips, t from -1 (left corner) to 1. AU10 lifts the upper lip, AU12 pulls the corners up and out, AU15 pulls them
/// down, AU23 narrows the mouth and thins its lips, AU24 presses them into a line, AU25 parts them, AU26 lowers the jaw's lip.
/// </summary>
internal sealed class MouthShape
{
    private readonly FaceGeometry _face;
    private readonly float _upperThickness, _lowerThickness, _gap, _line;

    public MouthShape(FaceGeometry face)
    {
        _face = face;
        FacialActions actions = face.Actions;
        FaceIdentity who = face.Identity;
        float tighten = actions[FaceUnit.LipTightener], press = actions[FaceUnit.LipPressor];
        float smile = actions[FaceUnit.LipCornerPuller], part = actions[FaceUnit.LipsPart], stretch = actions[FaceUnit.LipStretcher];
        float thin = (1 - (0.5f * tighten)) * (1 - (0.85f * press));
        _upperThickness = 6.4f * who.UpperLip * thin * (1 - (0.3f * smile)) * (1 - (0.2f * stretch));
        _lowerThickness = 8.4f * who.LowerLip * thin * (1 - (0.22f * smile)) * (1 - (0.2f * stretch));
        _gap = part < FacialActions.VisibilityFloor ? 0 : (7.5f * part) + (12f * actions[FaceUnit.JawDrop]);
        _line = face.MouthY + (1.5f * smile) - (3f * actions[FaceUnit.ChinRaiser]) + (0.12f * face.JawDrop);
    }

    /// <summary>The greatest distance between the lips.</summary>
    public float Gap => _gap;

    /// <summary>A mouth corner.</summary>
    public static SKPoint Corner(FaceGeometry face, int side)
    {
        FacialActions actions = face.Actions;
        float smile = actions[FaceUnit.LipCornerPuller, side], frown = actions[FaceUnit.LipCornerDepressor, side];
        float stretch = actions[FaceUnit.LipStretcher, side], tighten = actions[FaceUnit.LipTightener, side];
        float x = (23.5f * face.Identity.MouthWidth) + (8.5f * smile) + (2 * frown) + (8 * stretch) - (10f * tighten) +
            (3f * actions[FaceUnit.LipPressor, side])
            - (5f * actions[FaceUnit.JawDrop] * (1 - stretch)) - (2 * actions[FaceUnit.ChinRaiser]);
        float y = face.MouthY - face.Identity.RestingCorners - (11 * smile) + (9.5f * frown) + (2.5f * stretch) + (0.42f * face.JawDrop)
            + (0.15f * 7.5f * actions[FaceUnit.LipsPart]);
        return new(side * x, y);
    }

    public SKPoint UpperOuter(float t) =>
        Above(UpperInner(t), _upperThickness * Cap(t, 0.75f) * (1 - (0.24f * MathF.Exp(-(t * t) / 0.03f))));

    public SKPoint UpperInner(float t)
    {
        SKPoint p = Line(t);
        float sneer = _face.Actions[FaceUnit.UpperLipRaiser, Side(t)];
        float lift = (10f * sneer * (1 - MathF.Pow(Math.Abs(t), 3.2f))) + (0.2f * _gap * Cap(t, 0.6f));
        return new(p.X, p.Y - lift);
    }

    public SKPoint LowerInner(float t)
    {
        SKPoint p = Line(t);
        float sneer = _face.Actions[FaceUnit.UpperLipRaiser];
        float follows = _gap > 0 ? 0 : 6.5f * sneer * (1 - MathF.Pow(Math.Abs(t), 3.2f)); // without AU25 the lips stay nearly together
        return new(p.X, p.Y - follows + (0.8f * _gap * Cap(t, 0.62f)));
    }

    public SKPoint LowerOuter(float t) => Above(LowerInner(t), -_lowerThickness * Cap(t, 0.62f));

    private static int Side(float t) => t < 0 ? -1 : 1;

    private static float Cap(float t, float power) => MathF.Pow(Math.Max(0, 1 - (t * t)), power);

    private static SKPoint Above(SKPoint p, float distance) => new(p.X, p.Y - distance);

    private SKPoint Line(float t)
    {
        int side = Side(t);
        float across = Math.Abs(t);
        SKPoint corner = Corner(_face, side);
        float frown = _face.Actions[FaceUnit.LipCornerDepressor, side];
        float bend = MathF.Pow(across, 1.7f + (1.1f * frown)); // AU15 bends the ends, AU12 bows the whole line
        float wave = 0.9f * MathF.Cos(3 * MathF.PI * t / 2) * (1 - across);
        return new(corner.X * across, _line + ((corner.Y - _line) * bend) + wave);
    }
}
