using SkiaSharp;
using SsMfar.RenderedFaces.Sampling;

namespace SsMfar.RenderedFaces.Painting;

/// <summary>
/// Eyes and lids. AU5 bares the upper sclera; AU7 draws both lids together and straightens the lower one; AU6 bows it upwards; AU43 shuts
/// the eye.
/// </summary>
internal static class EyePainter
{
    public static void Paint(Brush brush, FaceGeometry face)
    {
        foreach (int side in FaceGeometry.Sides)
        {
            PaintEye(brush, face, side);
        }
    }

    private static void PaintEye(Brush brush, FaceGeometry face, int side)
    {
        FaceIdentity who = face.Identity;
        FacialActions actions = face.Actions;
        float widen = actions[FaceUnit.UpperLidRaiser, side], tighten = actions[FaceUnit.LidTightener, side];
        float raise = actions[FaceUnit.CheekRaiser, side], shut = actions[FaceUnit.EyesClosed, side];
        float centre = face.EyeX(side), half = 15.5f * who.EyeSize;
        float upper = 9f * who.EyeSize * who.EyeOpening * (1 + (0.5f * widen) - (0.58f * tighten)) * (1 - shut);
        float lower = 5.2f * who.EyeSize * who.EyeOpening * (1 + (0.15f * widen) - (0.5f * tighten) - (0.85f * raise) - (1.2f * shut));
        if (shut > 0.5f)
        {
            lower = -2.5f * raise;
            upper = lower >= 0 ? 0 : -lower;
        }

        // From the inner corner (t = 0) to the outer one (t = 1).
        SKPoint Lid(float t, float height) => new(
            centre + (side * half * ((2 * t) - 1)),
            1.5f - (who.EyeSlant * ((2 * t) - 1)) - (height * MathF.Pow(Math.Max(0, MathF.Sin(MathF.PI * t)), 0.8f)));
        SKPoint Upper(float t) => Lid(t, upper);
        SKPoint Lower(float t) => Lid(t, Math.Min(-lower, upper - 0.6f));

        SKColor dark = Palette.Shade(who.Skin, 0.42f);
        SKColor line = Palette.Mix(new SKColor(24, 16, 14), who.Hair, 0.15f);
        using SKPath opening = face.Between(Upper, Lower);
        brush.Fill(opening, new SKColor(238, 232, 226));
        brush.Inside(opening, () => PaintIris(brush, face, side, centre, upper));

        using SKPath upperLid = face.Curve(Upper);
        using SKPath lowerLid = face.Curve(Lower);
        brush.Stroke(upperLid, line, 1.7f + (1.2f * who.Lashes));
        brush.Stroke(lowerLid, Palette.Fade(dark, 0.75f), 1.1f);
        if (who.Lashes > 0.5f)
        {
            using SKPath wing = face.Curve(
                t => Upper(0.9f + (0.1f * t)) is var p ? new(p.X + (side * 3.5f * t), p.Y - (2.5f * t)) : default,
                3);
            brush.Stroke(wing, line, 1.5f);
        }

        // The fold over the upper lid follows the brow; a tightened or closed eye has it lower.
        float lift = (2.2f * actions[FaceUnit.OuterBrowRaiser, side]) - (2 * actions[FaceUnit.BrowLowerer, side]);
        using SKPath fold = face.Curve(t => Lid(0.06f + (0.9f * t), Math.Max(upper, 3) + 3.2f + lift - (1.4f * who.LidFold)));
        brush.Stroke(fold, Palette.Fade(dark, 0.55f), 1.3f);

        PaintUnderEye(brush, face, side, Lid, lower, dark);
    }

    private static void PaintIris(Brush brush, FaceGeometry face, int side, float centre, float upper)
    {
        FaceIdentity who = face.Identity;
        float radius = 6.9f * MathF.Sqrt(who.EyeSize);
        float x = centre + (face.Scene.Gaze.X * 5), y = -1.2f + (face.Scene.Gaze.Y * 2);
        using SKPath iris = face.Ellipse(x, y, radius, radius);
        brush.Fill(iris, who.Iris);
        brush.Stroke(iris, Palette.Fade(SKColors.Black, 0.6f), 1.1f);
        using SKPath pupil = face.Ellipse(x, y, 0.45f * radius, 0.45f * radius);
        brush.Fill(pupil, new SKColor(12, 10, 10));
        using SKPath glint = face.Ellipse(x + (face.Scene.Light.X * 2), y - 2.2f, 1.5f, 1.5f);
        brush.Fill(glint, new SKColor(255, 255, 255, 220));
        using SKPath shade = face.Ellipse(centre, -upper - 1, 15, 3.5f);
        brush.Fill(shade, new SKColor(30, 20, 20, 110), 1.6f);
    }

    private static void PaintUnderEye(Brush brush, FaceGeometry face, int side, Func<float, float, SKPoint> lid, float lower, SKColor dark)
    {
        FaceIdentity who = face.Identity;
        float tighten = face.Actions[FaceUnit.LidTightener, side], raise = face.Actions[FaceUnit.CheekRaiser, side];

        // AU7 creases the skin right under the lower lid.
        using SKPath crease = face.Curve(t => lid(0.08f + (0.8f * t), -(lower + 3f + (0.8f * (1 - tighten)))));
        brush.Stroke(crease, Palette.Fade(dark, (0.12f * who.Age) + (0.8f * tighten)), 1.2f + (1.1f * tighten));

        // AU6 bags the skin below, deepens the furrow over the cheek and fans crow's feet out from the outer corner.
        float y = 15 - (3.5f * raise), x = face.EyeX(side);
        using SKPath furrow = face.Curve(t => new(x + (side * (-15 + (33 * t))), y - 4 + (7 * MathF.Sin(MathF.PI * t * 0.85f))));
        brush.Stroke(furrow, Palette.Fade(dark, (0.16f * who.Age) + (0.75f * raise)), 1.4f + (1.2f * raise), 0.5f);
        float corner = x + (side * 16.5f * who.EyeSize);
        for (int i = 0; i < 3; i++)
        {
            float rise = (i - 1) * 6.5f;
            using SKPath foot = face.Curve(
                t => new(corner + (side * (3.5f + (11 * t))), 0.5f + (rise * (0.35f + (0.65f * t))) + (1.5f * t * t)),
                4);
            brush.Stroke(foot, Palette.Fade(dark, (0.12f * who.Age) + (0.75f * raise)), 1.1f + (0.9f * raise));
        }
    }
}
