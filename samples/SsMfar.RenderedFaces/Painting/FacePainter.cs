using SkiaSharp;
using SsMfar.RenderedFaces.Sampling;

namespace SsMfar.RenderedFaces.Painting;

/// <summary>Draws a whole picture: background, head from back to front, light, camera.</summary>
internal static class FacePainter
{
    /// <summary>How many face units the picture's width shows at the usual framing.</summary>
    private const float Framing = 138;

    /// <summary>The face unit, below the pupils, in the middle of the picture at the usual framing.</summary>
    private const float Centre = 27;

    /// <summary>A picture of a face. The caller disposes it.</summary>
    public static SKBitmap Paint(FaceSample sample, int size)
    {
        SKImageInfo info = new(size, size, SKColorType.Rgba8888, SKAlphaType.Opaque);
        using SKBitmap drawn = new(info);
        using (SKCanvas canvas = new(drawn))
        using (Brush brush = new(canvas))
        {
            canvas.Clear(SKColors.Black);
            PaintScene(brush, sample, size);
        }

        SKBitmap picture = new(info);
        using (SKCanvas canvas = new(picture))
        using (SKColorFilter camera = ScenePainter.Camera(sample.Scene))
        using (SKPaint paint = new() { ColorFilter = camera })
        {
            canvas.Clear(SKColors.Black);
            float sigma = sample.Scene.Blur * size;
            using SKImageFilter? blur = sigma > 0.15f ? SKImageFilter.CreateBlur(sigma, sigma, SKShaderTileMode.Clamp) : null;
            paint.ImageFilter = blur;
            canvas.DrawBitmap(drawn, 0, 0, paint);
        }

        AddGrain(picture, sample);
        return picture;
    }

    /// <summary>The row of pixels of a face unit's y, for a face seen straight at the usual framing.</summary>
    public static float PixelRow(float y, int size) => size * (0.5f + ((y - Centre) / Framing));

    private static void PaintScene(Brush brush, FaceSample sample, int size)
    {
        SceneVariation scene = sample.Scene;
        FaceGeometry face = new(sample.Identity, sample.Actions, scene);
        SKCanvas canvas = brush.Canvas;
        float scale = size / Framing * scene.Scale;
        canvas.Translate(size / 2f, size / 2f);
        canvas.Scale(size / Framing);
        ScenePainter.PaintBackground(brush, scene);
        canvas.Save();
        canvas.Scale(scale / (size / Framing));
        canvas.RotateDegrees(scene.Roll);
        canvas.Translate(scene.Shift.X, scene.Shift.Y - Centre);
        if (scene.Mirrored)
        {
            canvas.Scale(-1, 1);
        }

        HairPainter.PaintBehind(brush, face);
        HeadPainter.PaintBehind(brush, face);
        using (SKPath outline = HeadPainter.Outline(face))
        {
            HeadPainter.Paint(brush, face, outline);
            NosePainter.Paint(brush, face);
            AccessoryPainter.PaintBeard(brush, face, outline);
            NosePainter.PaintFolds(brush, face);
            MouthPainter.Paint(brush, face);
            EyePainter.Paint(brush, face);
            BrowPainter.Paint(brush, face);
        }

        HairPainter.PaintFront(brush, face);
        AccessoryPainter.PaintGlasses(brush, face);
        ScenePainter.PaintOccluder(brush, scene);
        canvas.Restore();
        ScenePainter.PaintLight(canvas, scene);
    }

    private static void AddGrain(SKBitmap picture, FaceSample sample)
    {
        float grain = sample.Scene.Grain;
        FaceRandom random = new(sample.Seed, RandomStream.Grain, sample.Split, sample.Index);
        using SKPixmap pixmap = picture.PeekPixels();
        Span<byte> pixels = pixmap.GetPixelSpan<byte>();
        for (int y = 0; y < picture.Height; y++)
        {
            Span<byte> row = pixels.Slice(y * picture.RowBytes, picture.Width * 4);
            for (int x = 0; x < row.Length; x += 4)
            {
                ulong bits = random.Next();
                for (int channel = 0; channel < 3; channel++)
                {
                    // Two bytes of one draw make a triangular deviate of standard deviation 1.
                    int sum = (int)(bits & 0xFF) + (int)((bits >> 8) & 0xFF);
                    bits >>= 16;
                    float noise = (sum - 255) / 104.4f * grain;
                    row[x + channel] = (byte)Math.Clamp(MathF.Round(row[x + channel] + noise), 0, 255);
                }
            }
        }
    }
}
