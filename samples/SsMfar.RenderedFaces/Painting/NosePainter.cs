using SkiaSharp;
using SsMfar.RenderedFaces.Sampling;

namespace SsMfar.RenderedFaces.Painting;

/// <summary>
/// The nose and the folds from its wings to the mouth. AU9 and AU10 raise the wings; AU10 and AU12 deepen the folds, each its own way.
/// </summary>
internal static class NosePainter
{
    public static void Paint(Brush brush, FaceGeometry face)
    {
        FaceIdentity who = face.Identity;
        SKColor dark = Palette.Shade(who.Skin, 0.5f), light = Palette.Mix(who.Skin, SKColors.White, 0.5f);
        float tip = face.NoseTipY, width = 12.5f * who.NoseWidth;
        int away = face.Scene.Light.X > 0 ? -1 : 1;
        foreach (int side in FaceGeometry.Sides)
        {
            using SKPath flank = face.Curve(t => new(side * (5 + ((width - 7) * t * t)), -6 + ((tip - 2) * t)), 8, 6);
            brush.Stroke(flank, Palette.Fade(dark, side == away ? 0.25f + (0.35f * face.Scene.Shadow) : 0.16f), 3.4f, 2f);
        }

        using (SKPath ridge = face.Curve(t => new(-away * 1.2f, -4 + ((tip - 4) * t)), 6, 12))
        {
            brush.Stroke(ridge, Palette.Fade(light, 0.38f), 4.5f, 2.2f);
        }

        using (SKPath ball = face.Ellipse(-away * 1.5f, tip - 3, 5.5f, 4.5f, 18))
        {
            brush.Fill(ball, Palette.Fade(light, 0.5f), 3);
        }

        using (SKPath under = face.Ellipse(0, tip + 5.5f, width, 3, 8))
        {
            brush.Fill(under, Palette.Fade(dark, 0.35f), 2.5f);
        }

        foreach (int side in FaceGeometry.Sides)
        {
            float lift = 3.2f * Math.Max(face.Actions[FaceUnit.NoseWrinkler, side], 0.8f * face.Actions[FaceUnit.UpperLipRaiser, side]);
            using SKPath wing = face.Curve(
                t =>
                {
                    (float sin, float cos) = MathF.SinCos((t * 3.4f) - 1.5f);
                    return new(side * (width - 4 + (4.6f * cos)), tip - lift + (5.5f * sin));
                },
                8,
                10);
            brush.Stroke(wing, Palette.Fade(dark, 0.65f), 1.7f, 0.4f);
            using SKPath nostril = face.Ellipse(side * width * 0.45f, tip + 4 - (0.6f * lift), 3.1f, 1.7f, 12);
            brush.Fill(nostril, Palette.Fade(Palette.Shade(who.Skin, 0.22f), 0.9f), 0.4f);
        }
    }

    public static void PaintFolds(Brush brush, FaceGeometry face)
    {
        FaceIdentity who = face.Identity;
        SKColor dark = Palette.Shade(who.Skin, 0.48f);
        float tip = face.NoseTipY;
        foreach (int side in FaceGeometry.Sides)
        {
            float sneer = face.Actions[FaceUnit.UpperLipRaiser, side], smile = face.Actions[FaceUnit.LipCornerPuller, side];
            SKPoint corner = MouthShape.Corner(face, side);
            SKPoint from = new(side * 15 * who.NoseWidth, tip - 3 - (5 * sneer));
            SKPoint to = new(corner.X + (side * (8 + (2 * smile))), corner.Y + 1 + (6 * smile));
            SKPoint bend = new(
                ((from.X + to.X) / 2) + (side * ((7 * smile) + (7 * sneer))), ((from.Y + to.Y) / 2) - (3 * smile) - (7 * sneer));
            float depth = Math.Max(smile * 0.65f, sneer * 0.8f);
            using SKPath fold = face.Curve(t => Bezier(from, bend, to, t), 9);
            brush.Stroke(fold, Palette.Fade(dark, Math.Min(0.85f, (0.1f + (0.2f * who.Age)) + depth)), 1.4f + (1.4f * depth), 0.6f);
        }
    }

    private static SKPoint Bezier(SKPoint a, SKPoint b, SKPoint c, float t)
    {
        float s = 1 - t;
        return new((s * s * a.X) + (2 * s * t * b.X) + (t * t * c.X), (s * s * a.Y) + (2 * s * t * b.Y) + (t * t * c.Y));
    }
}
