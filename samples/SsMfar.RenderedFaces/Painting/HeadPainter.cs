using SkiaSharp;
using SsMfar.RenderedFaces.Sampling;

namespace SsMfar.RenderedFaces.Painting;

/// <summary>Neck, clothes, ears, and the head with its broad light and shade.</summary>
internal static class HeadPainter
{
    public static SKPath Outline(FaceGeometry face)
    {
        FaceIdentity who = face.Identity;
        float w = who.FaceWidth, jaw = w * who.JawWidth, length = who.FaceLength, top = who.ForeheadHeight, drop = face.JawDrop;
        SKPoint[] right =
        [
            new(36 * w, -90 * top), new(60 * w, -62 * top), new(69 * w, -22), new(68 * w, 14), new(62 * jaw, (48 * length) + (0.2f * drop)),
            new(48 * jaw, (78 * length) + (0.6f * drop)), new(25 * jaw * who.ChinWidth, (99 * length) + drop), new(0, face.ChinY),
        ];
        List<SKPoint> all = [new(0, -97 * top), .. right];
        for (int i = right.Length - 2; i >= 0; i--)
        {
            all.Add(new(-right[i].X, right[i].Y));
        }

        return face.Smooth(all.ToArray());
    }

    public static void PaintBehind(Brush brush, FaceGeometry face)
    {
        FaceIdentity who = face.Identity;
        SKColor skin = who.Skin;
        float neck = 36 * who.JawWidth;
        SKPoint throat = face.Project(0, 92 * who.FaceLength, -20);
        using SKPath shoulders = new();
        shoulders.AddOval(new SKRect(throat.X - 120, throat.Y + 38, throat.X + 120, throat.Y + 180));
        brush.Fill(shoulders, who.Cloth);
        using SKPath column = new();
        column.MoveTo(throat.X - neck, throat.Y - 50);
        column.QuadTo(throat.X - neck + 2, throat.Y + 25, throat.X - neck - 22, throat.Y + 48);
        column.QuadTo(throat.X, throat.Y + 76, throat.X + neck + 22, throat.Y + 48);
        column.QuadTo(throat.X + neck - 2, throat.Y + 25, throat.X + neck, throat.Y - 50);
        column.Close();
        brush.Fill(column, Palette.Shade(skin, 0.8f));
        if (who.HairStyle != HairStyle.Headscarf)
        {
            foreach (int side in FaceGeometry.Sides)
            {
                PaintEar(brush, face, side);
            }
        }
    }

    public static void Paint(Brush brush, FaceGeometry face, SKPath outline)
    {
        FaceIdentity who = face.Identity;
        SKColor skin = who.Skin;
        SKPoint light = face.Scene.Light;
        float shadow = face.Scene.Shadow;
        using (SKShader shader = SKShader.CreateRadialGradient(
            new SKPoint(light.X * 34, 8 + (light.Y * 26)),
            118,
            [Palette.Mix(skin, SKColors.White, 0.12f), skin, Palette.Shade(skin, 0.86f - (0.12f * shadow)), Palette.Shade(skin, 0.62f)],
            [0, 0.42f, 0.8f, 1],
            SKShaderTileMode.Clamp))
        {
            brush.Fill(outline, shader);
        }

        brush.Inside(outline, () =>
        {
            Shade(brush, face);
            PaintCheeks(brush, face);
        });
        brush.Stroke(outline, Palette.Fade(Palette.Shade(skin, 0.5f), 0.35f), 1.2f);
    }

    private static void Shade(Brush brush, FaceGeometry face)
    {
        FaceIdentity who = face.Identity;
        SKColor dark = Palette.Shade(who.Skin, 0.55f);
        float shadow = face.Scene.Shadow;

        // The side turned from the light, then the hollows: eye sockets, temples, under the lower lip.
        int away = face.Scene.Light.X > 0 ? -1 : 1;
        using (SKPath side = face.Ellipse(away * 78, 25, 34, 95, -10))
        {
            brush.Fill(side, Palette.Fade(dark, 0.6f * shadow * Math.Abs(face.Scene.Light.X)), 14);
        }

        foreach (int eye in FaceGeometry.Sides)
        {
            using SKPath socket = face.Ellipse(face.EyeX(eye), -5, 19, 12);
            brush.Fill(socket, Palette.Fade(dark, 0.16f + (0.16f * shadow)), 6);
        }

        float chin = face.MouthY + 19 + (0.9f * face.JawDrop) - face.ChinLift;
        using SKPath hollow = face.Ellipse(0, chin, 14, 3.5f);
        brush.Fill(hollow, Palette.Fade(dark, 0.3f), 4);
        if (face.ChinLift > 1)
        {
            // AU17: the boss rises and wrinkles.
            using SKPath boss = face.Ellipse(0, chin + 9, 12, 6);
            brush.Fill(boss, Palette.Fade(Palette.Mix(who.Skin, SKColors.White, 0.3f), 0.4f), 4);
            using SKPath fold = face.Curve(t => new(-13 + (26 * t), chin + 1 + (4 * MathF.Pow((2 * t) - 1, 2))));
            brush.Stroke(fold, Palette.Fade(dark, 0.5f * face.Actions[FaceUnit.ChinRaiser]), 2.2f, 0.8f);
        }
    }

    private static void PaintCheeks(Brush brush, FaceGeometry face)
    {
        FaceIdentity who = face.Identity;
        foreach (int side in FaceGeometry.Sides)
        {
            float raise = face.Actions[FaceUnit.CheekRaiser, side], pull = face.Actions[FaceUnit.LipCornerPuller, side];
            float y = 36 - (6 * raise);
            using SKPath blush = face.Ellipse(side * 40, y, 15, 11);
            brush.Fill(blush, Palette.Fade(new SKColor(206, 84, 80), (0.1f + (0.25f * who.Blush)) * 0.8f), 7);
            using SKPath apple = face.Ellipse(side * 39, y - 3, 13, 7);
            brush.Fill(apple, Palette.Fade(Palette.Mix(who.Skin, SKColors.White, 0.45f), 0.12f + (0.38f * raise) + (0.1f * pull)), 5);
        }

        if (who.Freckles)
        {
            for (int i = 0; i < 14; i++)
            {
                float x = 14 + (i * 37 % 31), y = 22 + (i * 23 % 19);
                using SKPath spot = face.Ellipse((i % 2 == 0 ? 1 : -1) * x, y, 1.1f, 1.1f);
                brush.Fill(spot, Palette.Fade(Palette.Shade(who.Skin, 0.62f), 0.6f));
            }
        }
    }

    private static void PaintEar(Brush brush, FaceGeometry face, int side)
    {
        FaceIdentity who = face.Identity;
        using SKPath ear = face.Ellipse(side * 71 * who.FaceWidth, 10, 9, 18, -12);
        brush.Fill(ear, Palette.Shade(who.Skin, 0.88f));
        using SKPath fold = face.Ellipse(side * 72 * who.FaceWidth, 10, 4, 11, -12);
        brush.Stroke(fold, Palette.Fade(Palette.Shade(who.Skin, 0.5f), 0.6f), 1.6f, 0.6f);
        if (who.Earrings)
        {
            using SKPath ring = face.Ellipse(side * 73 * who.FaceWidth, 32, 3, 3.6f, -10);
            brush.Fill(ring, new SKColor(224, 196, 110));
        }
    }
}
