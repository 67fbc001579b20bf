using SkiaSharp;
using SsMfar.RenderedFaces.Sampling;

namespace SsMfar.RenderedFaces.Painting;

/// <summary>Beards, which lie under the lips, and glasses, which lie over the eyes.</summary>
internal static class AccessoryPainter
{
    public static void PaintBeard(Brush brush, FaceGeometry face, SKPath outline)
    {
        FaceIdentity who = face.Identity;
        if (who.Beard == BeardStyle.None)
        {
            return;
        }

        SKColor hair = Palette.Mix(who.Hair, who.Brow, 0.3f);
        brush.Inside(outline, () =>
        {
            if (who.Beard is BeardStyle.Stubble or BeardStyle.Full)
            {
                using SKPath jaw = Jaw(face);
                bool full = who.Beard == BeardStyle.Full;
                brush.Fill(jaw, Palette.Fade(hair, full ? 0.9f : 0.3f), full ? 1.6f : 4);
            }
            else if (who.Beard == BeardStyle.Goatee)
            {
                float top = face.MouthY + 18 + (0.9f * face.JawDrop);
                using SKPath tuft = face.Smooth(
                [
                    new(-11, top), new(11, top), new(17, top + 12), new(10, face.ChinY + 4), new(-10, face.ChinY + 4), new(-17, top + 12),
                ]);
                brush.Fill(tuft, Palette.Fade(hair, 0.88f), 1.5f);
            }

            if (who.Beard is BeardStyle.Moustache or BeardStyle.Goatee or BeardStyle.Full)
            {
                PaintMoustache(brush, face, hair);
            }
        });
    }

    public static void PaintGlasses(Brush brush, FaceGeometry face)
    {
        FaceIdentity who = face.Identity;
        if (who.Glasses == GlassesStyle.None)
        {
            return;
        }

        foreach (int side in FaceGeometry.Sides)
        {
            float x = face.EyeX(side) * 1.02f;
            using SKPath lens = who.Glasses == GlassesStyle.Round
                ? face.Ellipse(x, 2, 20, 18, 10)
                : face.Smooth([new(x - 20, -11), new(x, -12.5f), new(x + 20, -11), new(x + 20, 10), new(x, 16), new(x - 20, 10)], 10);
            brush.Fill(lens, new SKColor(255, 255, 255, 22));
            if (who.Glasses == GlassesStyle.HalfRim)
            {
                using SKPath rim = face.Curve(t => new(x - 21 + (42 * t), -10 - (2.5f * MathF.Sin(MathF.PI * t))), 8, 10);
                brush.Stroke(rim, who.Frame, 3);
                brush.Stroke(lens, Palette.Fade(who.Frame, 0.35f), 0.9f);
            }
            else
            {
                brush.Stroke(lens, who.Frame, 2.3f);
            }

            using SKPath arm = face.Curve(t => new(x + (side * (20 + (22 * t))), -4 + (2 * t)), 4, 4);
            brush.Stroke(arm, who.Frame, 2);
            using SKPath glare = face.Curve(t => new(x - 12 + (5 * t), 6 - (12 * t)), 3, 10);
            brush.Stroke(glare, new SKColor(255, 255, 255, 46), 2.4f, 0.8f);
        }

        float inner = face.EyeX(1) - 20;
        using SKPath bridge = face.Curve(t => new(-inner + (2 * inner * t), -3 - (3 * MathF.Sin(MathF.PI * t))), 6, 14);
        brush.Stroke(bridge, who.Frame, 2.2f);
    }

    private static SKPath Jaw(FaceGeometry face)
    {
        FaceIdentity who = face.Identity;
        float w = who.FaceWidth * who.JawWidth, drop = face.JawDrop, mouth = face.MouthY;
        SKPoint[] right =
        [
            new(0, face.NoseTipY + 9), new(20, face.NoseTipY + 13), new(38 * w, mouth - 2), new(56 * w, 30), new(74 *
                w, 10), new(70 * w, 60 + (0.4f * drop)),
            new(46 * w, 100 + drop), new(0, face.ChinY + 12),
        ];
        SKPoint[] all = [.. right, .. right.Skip(1).Take(right.Length - 2).Reverse().Select(p => new SKPoint(-p.X, p.Y))];
        return face.Smooth(all);
    }

    private static void PaintMoustache(Brush brush, FaceGeometry face, SKColor hair)
    {
        MouthShape mouth = new(face);
        using SKPath moustache = face.Between(
            t => mouth.UpperOuter((2 * t) - 1) is var p ?
                new(p.X * 1.08f, Math.Min(p.Y - 7.5f, p.Y - 7.5f + (3 * MathF.Abs((2 * t) - 1)))) :
                default,
            t => mouth.UpperOuter((2 * t) - 1) is var p ? new(p.X * 1.08f, p.Y - 0.3f) : default,
            14,
            4);
        brush.Fill(moustache, Palette.Fade(hair, 0.88f), 0.9f);
    }
}
