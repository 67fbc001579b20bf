using SkiaSharp;
using SsMfar.RenderedFaces.Sampling;

namespace SsMfar.RenderedFaces.Painting;

/// <summary>Lips, teeth, tongue and the skin that the lips strain.</summary>
internal static class MouthPainter
{
    public static void Paint(Brush brush, FaceGeometry face)
    {
        FaceIdentity who = face.Identity;
        MouthShape mouth = new(face);
        SKColor dark = Palette.Shade(who.Skin, 0.45f);
        Func<float, SKPoint> upperOuter = t => mouth.UpperOuter((2 * t) - 1), upperInner = t => mouth.UpperInner((2 * t) - 1);
        Func<float, SKPoint> lowerInner = t => mouth.LowerInner((2 * t) - 1), lowerOuter = t => mouth.LowerOuter((2 * t) - 1);

        PaintPhiltrum(brush, face, mouth, dark);
        using (SKPath cavity = face.Between(upperInner, lowerInner, 20, 2))
        {
            brush.Fill(cavity, new SKColor(58, 18, 20));
            if (mouth.Gap > 0 || face.Actions[FaceUnit.UpperLipRaiser] > FacialActions.VisibilityFloor)
            {
                brush.Inside(cavity, () => PaintInside(brush, face, mouth));
            }
        }

        using SKPath upper = face.Between(upperOuter, upperInner, 20, 3);
        using SKPath lower = face.Between(lowerInner, lowerOuter, 20, 3);
        brush.Fill(upper, Palette.Shade(who.Lips, 0.86f));
        brush.Fill(lower, who.Lips);
        using (SKPath shine = face.Curve(t => Middle(lowerInner(0.3f + (0.4f * t)), lowerOuter(0.3f + (0.4f * t))), 6, 4))
        {
            float press = face.Actions[FaceUnit.LipPressor];
            brush.Stroke(shine, Palette.Fade(Palette.Mix(who.Lips, SKColors.White, 0.6f), 0.4f * (1 - press)), 2.2f, 1.2f);
        }

        using (SKPath line = face.Curve(upperInner, 20, 3))
        {
            float press = face.Actions[FaceUnit.LipPressor];
            brush.Stroke(
                line,
                Palette.Fade(new SKColor(48, 18, 18), mouth.Gap > 0 ? 0.4f : 0.85f),
                mouth.Gap > 0 ? 0.9f : 1.4f + (2.2f * press));
        }

        PaintCorners(brush, face, dark);
        PaintStrain(brush, face, mouth, dark);
    }

    private static SKPoint Middle(SKPoint a, SKPoint b) => new((a.X + b.X) / 2, (a.Y + b.Y) / 2);

    private static void PaintInside(Brush brush, FaceGeometry face, MouthShape mouth)
    {
        float teeth = Math.Min(7.5f, 2.5f + (0.5f * mouth.Gap)) + (2 * face.Actions[FaceUnit.UpperLipRaiser]);
        Func<float, SKPoint> top = t => mouth.UpperInner(-0.86f + (1.72f * t));
        using SKPath row = face.Between(
            top,
            t => top(t) is var p ? new(p.X, p.Y + (teeth * (1 - (0.5f * MathF.Pow((2 * t) - 1, 4))))) : default,
            14,
            2);
        brush.Fill(row, new SKColor(240, 234, 222));
        if (mouth.Gap > 12)
        {
            SKPoint floor = mouth.LowerInner(0);
            using SKPath tongue = face.Ellipse(0, floor.Y + 1, 11, 0.34f * mouth.Gap, 1);
            brush.Fill(tongue, new SKColor(176, 76, 80), 0.8f);
        }
    }

    private static void PaintPhiltrum(Brush brush, FaceGeometry face, MouthShape mouth, SKColor dark)
    {
        float top = face.NoseTipY + 8, bottom = mouth.UpperOuter(0).Y - 1;
        using SKPath groove = face.Curve(t => new(0, top + ((bottom - top) * t)), 4, 3);
        brush.Stroke(groove, Palette.Fade(dark, 0.22f), 3.2f, 1.6f);
    }

    private static void PaintCorners(Brush brush, FaceGeometry face, SKColor dark)
    {
        foreach (int side in FaceGeometry.Sides)
        {
            SKPoint corner = MouthShape.Corner(face, side);
            float frown = face.Actions[FaceUnit.LipCornerDepressor, side], smile = face.Actions[FaceUnit.LipCornerPuller, side];
            float press = face.Actions[FaceUnit.LipPressor, side];
            using SKPath dimple = face.Ellipse(corner.X + (side * 1.5f), corner.Y, 2f + press, 2f + (2.5f * press));
            brush.Fill(dimple, Palette.Fade(dark, 0.3f + (0.55f * Math.Max(press, Math.Max(smile, frown)))), 1.2f);
            if (frown > 0.1f)
            {
                // AU15: a pouch below the corner.
                using SKPath pouch = face.Curve(t => new(corner.X + (side * (2 + (2.5f * t))), corner.Y + 1 + (12 * t)), 5);
                brush.Stroke(pouch, Palette.Fade(dark, 0.75f * frown), 2.2f, 0.6f);
            }
        }
    }

    private static void PaintStrain(Brush brush, FaceGeometry face, MouthShape mouth, SKColor dark)
    {
        float press = face.Actions[FaceUnit.LipPressor], tighten = face.Actions[FaceUnit.LipTightener];
        if (press > 0.1f)
        {
            // AU24: skin bulges above and below the line.
            SKColor light = Palette.Mix(face.Identity.Skin, SKColors.White, 0.4f);
            using SKPath above = face.Curve(t => mouth.UpperOuter(-0.7f + (1.4f * t)) is var p ? new(p.X, p.Y - 4) : default, 8);
            using SKPath below = face.Curve(t => mouth.LowerOuter(-0.7f + (1.4f * t)) is var p ? new(p.X, p.Y + 4) : default, 8);
            if (face.Identity.Beard is BeardStyle.None or BeardStyle.Stubble)
            {
                brush.Stroke(above, Palette.Fade(light, 0.75f * press), 5, 1.8f);
            }

            brush.Stroke(below, Palette.Fade(light, 0.75f * press), 5, 1.8f);
            using SKPath under = face.Curve(t => mouth.LowerOuter(-0.6f + (1.2f * t)) is var p ? new(p.X, p.Y + 9) : default, 8);
            brush.Stroke(under, Palette.Fade(dark, 0.75f * press), 3f, 1f);
        }

        if (tighten > 0.1f)
        {
            // AU23: short wrinkles stand on the narrowed lips.
            for (int i = -3; i <= 3; i++)
            {
                if (i == 0)
                {
                    continue;
                }

                float t = i * 0.27f;
                SKPoint up = mouth.UpperOuter(t), down = mouth.LowerOuter(t);
                using SKPath above = face.Curve(s => new(up.X * (1 + (0.12f * s)), up.Y - 1 - (6 * s)), 3);
                using SKPath below = face.Curve(s => new(down.X * (1 + (0.12f * s)), down.Y + 1 + (5 * s)), 3);
                brush.Stroke(above, Palette.Fade(dark, 0.8f * tighten), 1.7f);
                brush.Stroke(below, Palette.Fade(dark, 0.7f * tighten), 1.7f);
            }
        }
    }
}
