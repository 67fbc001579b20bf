using SkiaSharp;
using SsMfar.RenderedFaces.Sampling;

namespace SsMfar.RenderedFaces.Painting;

/// <summary>Hair, caps and scarves behind and over the head.</summary>
internal static class HairPainter
{
    public static void PaintBehind(Brush brush, FaceGeometry face)
    {
        FaceIdentity who = face.Identity;
        float w = who.FaceWidth, volume = who.HairVolume;
        SKColor back = Palette.Shade(who.Hair, 0.75f);
        switch (who.HairStyle)
        {
            case HairStyle.Long or HairStyle.LongFringe:
                Blob(
                    brush,
                    face,
                    back,
                    [
                        new(0, -112), new(66 * w * volume, -80), new(84 * w * volume, 0), new(84 * w * volume, 80),
                        new(64, 150), new(0, 158),
                    ]);
                break;
            case HairStyle.Curly:
                for (int i = 0; i < 13; i++)
                {
                    (float sin, float cos) = MathF.SinCos(MathF.PI * (0.92f + (1.16f * i / 12f)));
                    using SKPath curl = face.Ellipse(74 * w * volume * cos, -30 + (74 * volume * sin), 21, 21, -10);
                    brush.Fill(curl, Palette.Shade(who.Hair, i % 2 == 0 ? 0.8f : 0.95f));
                }

                break;
            case HairStyle.Bun:
                using (SKPath bun = face.Ellipse(0, -118, 27 * volume, 23 * volume, -10))
                {
                    brush.Fill(bun, back);
                }

                break;
            case HairStyle.Headscarf:
                Blob(brush, face, who.Cloth, [new(0, -114), new(66 * w, -86), new(86 * w, 0), new(80 * w, 84), new(92, 160), new(0, 168)]);
                break;
            default:
                break;
        }
    }

    public static void PaintFront(Brush brush, FaceGeometry face)
    {
        FaceIdentity who = face.Identity;
        float w = who.FaceWidth, line = -56 * who.ForeheadHeight, volume = who.HairVolume;
        switch (who.HairStyle)
        {
            case HairStyle.Bald:
                break;
            case HairStyle.Cropped:
                Cap(brush, face, who.Hair, line - 5, 100 + (4 * volume), 66 * w, -8);
                break;
            case HairStyle.SideParting:
                Cap(brush, face, who.Hair, line - 2, 104 + (8 * volume), 72 * w, 4, sweep: 16 * who.HairSide);
                break;
            case HairStyle.Fringe or HairStyle.LongFringe:
                Cap(brush, face, who.Hair, -45, 104 + (8 * volume), 73 * w, who.HairStyle == HairStyle.Fringe ? 6 : 40);
                break;
            case HairStyle.Curly:
                for (int i = 0; i < 9; i++)
                {
                    float x = -64 + (16 * i);
                    using SKPath curl = face.Ellipse(x * w, -72 - (14 * MathF.Cos(x / 44)) + (i % 2 * 5), 15 * volume, 14 * volume);
                    brush.Fill(curl, Palette.Shade(who.Hair, i % 2 == 0 ? 1.0f : 1.15f), 1);
                }

                break;
            case HairStyle.Long:
                Curtains(brush, face, line);
                break;
            case HairStyle.Bun:
                Cap(brush, face, who.Hair, line - 8, 104, 70 * w, 6);
                break;
            case HairStyle.Cap:
                PaintCap(brush, face);
                break;
            case HairStyle.Headscarf:
                PaintScarf(brush, face);
                break;
            default:
                throw new InvalidOperationException($"No such hair style: {who.HairStyle}.");
        }
    }

    /// <summary>A symmetrical closed shape given by its right half from top to bottom.</summary>
    private static void Blob(Brush brush, FaceGeometry face, SKColor color, SKPoint[] right)
    {
        using SKPath path = face.Smooth(Mirror(right), -20);
        brush.Fill(path, color);
    }

    private static SKPoint[] Mirror(SKPoint[] right) =>
        [.. right, .. right.Reverse().Where(p => p.X != 0).Select(p => new SKPoint(-p.X, p.Y))];

    /// <summary>Hair over the skull: from the hairline up to the crown, with sideburns.</summary>
    private static void Cap(
        Brush brush,
        FaceGeometry face,
        SKColor color,
        float line,
        float crown,
        float side,
        float sideburn,
        float sweep = 0)
    {
        SKPoint Outer(float t)
        {
            (float sin, float cos) = MathF.SinCos(MathF.PI * t);
            return new(-side * cos * 1.04f, sideburn - ((crown + sideburn) * MathF.Pow(Math.Max(0, sin), 0.75f)));
        }

        SKPoint Inner(float t)
        {
            float u = (2 * t) - 1;
            float edge = MathF.Pow(Math.Abs(u), 5);
            return new(side * 0.97f * u, line + (edge * (sideburn - line)) + (sweep * u * (1 - edge)) - (4 * MathF.Cos(u * 4)));
        }

        using SKPath cap = face.Between(Outer, Inner, 24, 2);
        brush.Fill(cap, color);
        brush.Inside(cap, () =>
        {
            for (int i = 1; i < 12; i++)
            {
                float t = i / 12f;
                using SKPath strand = face.Curve(s => Lerp(Inner(t), Outer(Math.Clamp(t + (0.06f * s), 0, 1)), s), 5, 2);
                brush.Stroke(strand, Palette.Fade(i % 2 == 0 ? SKColors.White : SKColors.Black, 0.14f), 3, 0.8f);
            }
        });
        using SKPath edgeLine = face.Curve(Inner, 20, 2);
        brush.Stroke(edgeLine, Palette.Fade(SKColors.Black, 0.2f), 2, 1.2f);
    }

    private static void Curtains(Brush brush, FaceGeometry face, float line)
    {
        FaceIdentity who = face.Identity;
        float w = who.FaceWidth;
        foreach (int side in FaceGeometry.Sides)
        {
            SKPoint[] curtain =
            [
                new(6 * who.HairSide, -110), new(side * 52 * w, -98), new(side * 82 * w, -30), new(side * 84 *
                    w, 60), new(side * 74 * w, 110),
                new(side * 64 * w, 70), new(side * 63 * w, 5), new(side * 48 * w, line + 12), new(6 * who.HairSide, line - 22),
            ];
            using SKPath path = face.Smooth(curtain, 1);
            brush.Fill(path, who.Hair);
            brush.Stroke(path, Palette.Fade(SKColors.Black, 0.25f), 1.4f);
            using SKPath shine = face.Curve(t => new(side * (24 + (50 * t)) * w, -88 + (90 * t * t)), 8, 2);
            brush.Stroke(shine, Palette.Fade(SKColors.White, 0.14f), 7, 3);
        }
    }

    private static void PaintCap(Brush brush, FaceGeometry face)
    {
        FaceIdentity who = face.Identity;
        SKColor cloth = Palette.Mix(who.Cloth, who.Frame, 0.4f);
        Cap(brush, face, cloth, -58, 112, 73 * who.FaceWidth, -44);
        using SKPath brim = face.Between(
            t => new(-66 + (132 * t), -62 -
                (8 * MathF.Sin(MathF.PI * t))), t => new(-66 + (132 * t), -58 + (7 * MathF.Sin(MathF.PI * t))), 12, 16);
        brush.Fill(brim, Palette.Shade(cloth, 0.7f));
    }

    private static void PaintScarf(Brush brush, FaceGeometry face)
    {
        FaceIdentity who = face.Identity;
        float w = who.FaceWidth, chin = face.ChinY;
        SKPoint[] outer = Mirror([new(0, -116), new(64 * w, -90), new(86 * w, -10), new(84 * w, 70), new(70, 130), new(0, 160)]);
        SKPoint[] inner = Mirror([new(0, -60), new(42 * w, -52), new(63 * w, -14), new(62 * w, 40), new(44 * w, 86), new(0, chin - 2)]);
        using SKPath path = face.Smooth(outer, -8);
        using SKPath hole = face.Smooth(inner);
        path.AddPath(hole);
        path.FillType = SKPathFillType.EvenOdd;
        brush.Fill(path, who.Cloth);
        brush.Stroke(hole, Palette.Fade(SKColors.Black, 0.3f), 2.5f, 1.2f);
    }

    private static SKPoint Lerp(SKPoint a, SKPoint b, float t) => new(a.X + ((b.X - a.X) * t), a.Y + ((b.Y - a.Y) * t));
}
