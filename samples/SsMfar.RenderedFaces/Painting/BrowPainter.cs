using SkiaSharp;
using SsMfar.RenderedFaces.Sampling;

namespace SsMfar.RenderedFaces.Painting;

/// <summary>
/// Brows and the forehead they move. AU1 raises the inner ends, AU2 the outer ones, AU4 lowers both brows and draws them together.
/// </summary>
internal static class BrowPainter
{
    private const int Steps = 10;

    public static void Paint(Brush brush, FaceGeometry face)
    {
        foreach (int side in FaceGeometry.Sides)
        {
            PaintForehead(brush, face, side);
            PaintBrow(brush, face, side);
        }

        PaintGlabella(brush, face);
    }

    /// <summary>The middle of a brow from its inner end (t = 0) to its outer one (t = 1).</summary>
    public static SKPoint Middle(FaceGeometry face, int side, float t)
    {
        FaceIdentity who = face.Identity;
        FacialActions actions = face.Actions;
        float inner = actions[FaceUnit.InnerBrowRaiser, side], outer = actions[FaceUnit.OuterBrowRaiser, side];
        float lower = actions[FaceUnit.BrowLowerer, side], wrinkle = actions[FaceUnit.NoseWrinkler, side];
        float oblique = inner * lower; // AU1 with AU4 lifts the inner end and draws it in: the brow of grief
        float x = 13 + (36 * t) - ((1 - t) * ((5.5f * lower) + (1.5f * wrinkle)));
        float arch = who.BrowArch * MathF.Sin(MathF.PI * MathF.Pow(t, 1.3f));
        float y = -20 - who.BrowHeight - arch + (2.5f * t * t);
        float fromInner = (1 - t) * (1 - t);
        y -= inner * ((10.5f * fromInner) + (1.5f * t * (1 - t)));
        y -= outer * ((12f * MathF.Pow(t, 1.1f)) - (3f * t * t * t));
        y += lower * ((8.5f * fromInner) + (5f * t * (1 - t)) + (1.5f * t)) * (1 - (0.35f * inner));
        y -= oblique * 2.5f * fromInner;
        y += wrinkle * 3 * fromInner;
        return new(side * x * (0.5f + (0.5f * who.EyeSpacing)), y);
    }

    private static void PaintBrow(Brush brush, FaceGeometry face, int side)
    {
        FaceIdentity who = face.Identity;
        float Half(float t) => 2.5f * who.BrowThickness * (0.75f + (0.55f * MathF.Sin(MathF.PI * MathF.Min(1, t + 0.25f))) - (0.55f * t));
        SKPoint Edge(float t, float sign) => Middle(face, side, t) is var p ? new(p.X, p.Y + (sign * Half(t))) : default;
        using SKPath shape = face.Between(t => Edge(t, -1), t => Edge(t, 1), Steps, 3);
        brush.Fill(shape, Palette.Fade(who.Brow, 0.75f), 0.7f);
        for (int i = 0; i < 12; i++)
        {
            float t = i / 12f;
            SKPoint root = Edge(t, 0.8f), tip = Edge(Math.Min(1, t + 0.12f), -0.9f);
            using SKPath hair = new();
            hair.MoveTo(face.Project(root.X, root.Y, 3));
            hair.LineTo(face.Project(tip.X, tip.Y, 3));
            brush.Stroke(hair, Palette.Fade(Palette.Shade(who.Brow, 0.7f), 0.7f), 0.9f);
        }
    }

    private static void PaintForehead(Brush brush, FaceGeometry face, int side)
    {
        FaceIdentity who = face.Identity;
        SKColor dark = Palette.Shade(who.Skin, 0.5f);
        float inner = face.Actions[FaceUnit.InnerBrowRaiser, side], outer = face.Actions[FaceUnit.OuterBrowRaiser, side];
        for (int i = 0; i < 2; i++)
        {
            float y = -43 - (8 * i);
            using SKPath central = face.Curve(t => new(side * 17 * t, y - (2f * inner) + (3f * t * t)));
            brush.Stroke(central, Palette.Fade(dark, (0.16f * who.Age) + (0.7f * inner)), 1.2f + (0.8f * inner), 0.4f);
            using SKPath lateral = face.Curve(t => new(side * (22 + (26 * t)), y + 1 - (7 * MathF.Sin(MathF.PI * t)) + (6 * t)));
            brush.Stroke(lateral, Palette.Fade(dark, (0.1f * who.Age) + (0.7f * outer)), 1.2f + (0.8f * outer), 0.4f);
        }
    }

    private static void PaintGlabella(Brush brush, FaceGeometry face)
    {
        FaceIdentity who = face.Identity;
        SKColor dark = Palette.Shade(who.Skin, 0.45f);
        float lower = face.Actions[FaceUnit.BrowLowerer], wrinkle = face.Actions[FaceUnit.NoseWrinkler];
        float up = 4 * face.Actions[FaceUnit.InnerBrowRaiser];
        foreach (int side in FaceGeometry.Sides)
        {
            using SKPath frown = face.Curve(t => new(side * (3.6f + (1.2f * t)), -8 - (18 * t) - up), 5);
            brush.Stroke(frown, Palette.Fade(dark, (0.12f * who.Age) + (0.8f * lower)), 1.1f + (1.6f * lower), 0.4f);
        }

        if (wrinkle > 0.1f)
        {
            // AU9: wrinkles across the root and along the sides of the nose.
            for (int i = 0; i < 3; i++)
            {
                float y = 1 + (6 * i);
                using SKPath across = face.Curve(t => new(-7 + (14 * t), y - (2.5f * MathF.Sin(MathF.PI * t))), 6, 8);
                brush.Stroke(across, Palette.Fade(dark, 0.8f * wrinkle), 2f, 0.3f);
            }
        }
    }
}
