using SkiaSharp;
using SsMfar.RenderedFaces.Sampling;

namespace SsMfar.RenderedFaces.Painting;

/// <summary>What is around the face: background, something in the way, the light over all.</summary>
internal static class ScenePainter
{
    public static void PaintBackground(Brush brush, SceneVariation scene)
    {
        FaceRandom random = new(scene.BackgroundSeed, RandomStream.Scene, FaceSplit.Training, 0);
        using SKPath all = new();
        all.AddRect(new SKRect(-400, -400, 400, 400));
        float slope = random.Uniform(-1, 1);
        using (SKShader gradient = SKShader.CreateLinearGradient(
            new SKPoint(-100 * slope, -100), new SKPoint(100 * slope, 120), [scene.BackgroundFar,
                scene.BackgroundNear], SKShaderTileMode.Clamp))
        {
            brush.Fill(all, gradient);
        }

        int shapes = random.Integer(6);
        for (int i = 0; i < shapes; i++)
        {
            using SKPath shape = new();
            float x = random.Uniform(-130, 130), y = random.Uniform(-110, 130), width = random.Uniform(12, 70), height = random.Uniform(
                12,
                90);
            if (random.Chance(0.5f))
            {
                shape.AddRect(new SKRect(x - width, y - height, x + width, y + height));
            }
            else
            {
                shape.AddOval(new SKRect(x - width, y - height, x + width, y + height));
            }

            brush.Fill(shape, Palette.Fade(Palette.Any(random, 10, 245), random.Uniform(0.3f, 0.9f)), random.Uniform(1, 9));
        }
    }

    /// <summary>
    /// A cup's rim, a shoulder, a microphone: a blot that reaches in from the rim of the picture, short of eyes and mouth.
    /// </summary>
    public static void PaintOccluder(Brush brush, SceneVariation scene)
    {
        if (!scene.Occluded)
        {
            return;
        }

        FaceRandom random = new(scene.BackgroundSeed, RandomStream.Scene, FaceSplit.Training, 1);
        int side = random.Chance(0.5f) ? 1 : -1;
        float x = side * random.Uniform(72, 88), y = random.Uniform(-30, 110);
        using SKPath blot = new();
        blot.AddOval(new SKRect(x - 26, y - 34, x + 26, y + 34));
        brush.Fill(blot, Palette.Any(random, 20, 230), 1);
    }

    /// <summary>Light that falls off over the picture, and a hard shadow in some.</summary>
    public static void PaintLight(SKCanvas canvas, SceneVariation scene)
    {
        SKPoint toward = new(scene.Light.X * 110, 25 + (scene.Light.Y * 110)), from = new(-scene.Light.X * 110, 25 - (scene.Light.Y * 110));
        byte strength = (byte)(150 * scene.Shadow);
        using SKShader gradient = SKShader.CreateLinearGradient(
            toward, from, [new SKColor(255, 255, 255, (byte)(strength / 2)), new SKColor(128, 128, 128, 0), new SKColor(
                0,
                0,
                0,
                strength)], [0, 0.45f, 1], SKShaderTileMode.Clamp);
        using SKPaint paint = new() { Shader = gradient, BlendMode = SKBlendMode.SoftLight };
        canvas.DrawRect(new SKRect(-400, -400, 400, 400), paint);
    }

    /// <summary>What the camera makes of the colours.</summary>
    public static SKColorFilter Camera(SceneVariation scene)
    {
        float gain = scene.Exposure * scene.Contrast, offset = 0.5f * (1 - scene.Contrast), s = scene.Saturation;
        float red = gain * (1 + (0.09f * scene.Warmth)), blue = gain * (1 - (0.09f * scene.Warmth));
        const float R = 0.299f, G = 0.587f, B = 0.114f;
        return SKColorFilter.CreateColorMatrix(
        [
            red * (R + ((1 - R) * s)), red * (G - (G * s)), red * (B - (B * s)), 0, offset,
            gain * (R - (R * s)), gain * (G + ((1 - G) * s)), gain * (B - (B * s)), 0, offset,
            blue * (R - (R * s)), blue * (G - (G * s)), blue * (B + ((1 - B) * s)), 0, offset,
            0, 0, 0, 1, 0,
        ]);
    }
}
