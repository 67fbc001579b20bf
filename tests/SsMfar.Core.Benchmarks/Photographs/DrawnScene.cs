using SkiaSharp;
using SsMfar.Faces;
using SsMfar.Imaging;

namespace SsMfar.Benchmarks.Photographs;

/// <summary>A drawn scene of 1280 x 720 pixels with faces pasted where none touches another, or pictures without any.</summary>
internal static class DrawnScene
{
    private const int Width = 1280, Height = 720;

    // Around each face, as a share of its size: a turned square needs as much, and one with surroundings more.
    private const float Gap = 0.2f, WideGap = 0.45f;

    // How far the crop's outermost pixels go on around it, as a share of its size: as far as a template reaches over its edges.
    private const float Surroundings = 0.2f;

    /// <summary>Paints shapes, and faces on top of them.</summary>
    /// <param name="faces">Where faces come from.</param>
    /// <param name="choose">Gives the next face, by its index.</param>
    /// <param name="count">How many faces; fewer where no room is left for them.</param>
    /// <param name="smallest">Pixels a side of a pasted crop, at least.</param>
    /// <param name="largest">At most.</param>
    /// <param name="turn">Draws the degrees by which a face is turned.</param>
    /// <param name="goesOn">Whether a crop's outermost pixels go on around it, as they do where it is aligned alone.</param>
    /// <param name="random">Draws everything else.</param>
    public static (RgbImage Picture, List<PastedFace> Faces) Paint(
        PhotographFaces faces, Func<int> choose, int count, int smallest, int largest, Func<Random, double> turn, bool goesOn,
        Random random)
    {
        using SKBitmap picture = new(new SKImageInfo(Width, Height, SKColorType.Rgba8888, SKAlphaType.Opaque));
        using SKCanvas canvas = new(picture);
        Background(canvas, random);
        List<PastedFace> pasted = [];
        List<SKRect> taken = [];
        for (int attempts = 0; pasted.Count < count && attempts < 2000; attempts++)
        {
            int size = random.Next(smallest, largest + 1);
            double degrees = turn(random);
            float x = random.Next(0, Width - size), y = random.Next(0, Height - size), gap = size * (goesOn ? WideGap : Gap);
            SKRect area = new(x - gap, y - gap, x + size + gap, y + size + gap);
            if (area.Left < 0 || area.Top < 0 || area.Right > Width || area.Bottom > Height || taken.Exists(area.IntersectsWith))
            {
                continue;
            }

            taken.Add(area);
            int index = choose();
            using SKBitmap crop = faces.Bitmap(index);
            pasted.Add(Paste(canvas, crop, index, faces.Alone(index)?.Box, size, x, y, degrees, goesOn));
        }

        return (ImageDecoder.FromBitmap(picture), pasted);
    }

    /// <summary>Pictures without a face: shapes, noise, and text, by turns.</summary>
    public static IEnumerable<RgbImage> Faceless(int count, int seed)
    {
        Random random = new(seed);
        for (int i = 0; i < count; i++)
        {
            (int width, int height) = i % 3 == 0 ? (640, 480) : (Width, Height);
            using SKBitmap picture = new(new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Opaque));
            using SKCanvas canvas = new(picture);
            canvas.Clear(SKColor.FromHsv(random.Next(360), 40, random.Next(20, 90)));
            switch (i % 3)
            {
                case 0:
                    Shapes(canvas, width, height, random);
                    break;
                case 1:
                    Noise(canvas, width, height, i, random);
                    break;
                default:
                    Text(canvas, width, height, random);
                    break;
            }

            yield return ImageDecoder.FromBitmap(picture);
        }
    }

    // The box of the face alone, turned with it about the crop's middle; its sides stay upright, as a detector's do.
    private static PastedFace Paste(
        SKCanvas canvas, SKBitmap crop, int index, FaceRectangle? alone, int size, float x, float y, double degrees, bool goesOn)
    {
        double scale = size / (double)crop.Width, middleX = x + (size / 2.0), middleY = y + (size / 2.0);
        (double sine, double cosine) = Math.SinCos(degrees * Math.PI / 180);
        SimilarityTransform turned = new(scale * cosine, scale * sine, 0, 0);
        (double left, double top) = turned.Apply(crop.Width / 2.0, crop.Height / 2.0);
        SimilarityTransform fromCrop = turned with { ShiftX = middleX - left, ShiftY = middleY - top };
        canvas.Save();
        canvas.SetMatrix(new(
            (float)fromCrop.A, (float)-fromCrop.B, (float)fromCrop.ShiftX, (float)fromCrop.B, (float)fromCrop.A, (float)fromCrop.ShiftY,
            0, 0, 1));
        using SKShader pixels = SKShader.CreateBitmap(crop, SKShaderTileMode.Clamp, SKShaderTileMode.Clamp);
        using SKPaint paint = new() { FilterQuality = SKFilterQuality.High, IsAntialias = true, Shader = pixels };
        float around = goesOn ? Surroundings * crop.Width : 0;
        canvas.DrawRect(-around, -around, crop.Width + (2 * around), crop.Height + (2 * around), paint);
        canvas.Restore();

        // Where nothing is found in the crop alone, the face is taken to fill its middle.
        FaceRectangle box = alone ?? new(0.1f * crop.Width, 0.1f * crop.Height, 0.8f * crop.Width, 0.8f * crop.Height);
        (double centerX, double centerY) = fromCrop.Apply(box.CenterX, box.CenterY);
        (double width, double height) = (box.Width * scale, box.Height * scale);
        return new(
            index, new((float)(centerX - (width / 2)), (float)(centerY - (height / 2)), (float)width, (float)height), fromCrop);
    }

    private static void Background(SKCanvas canvas, Random random)
    {
        SKColor from = SKColor.FromHsv(random.Next(360), 30, 70), to = SKColor.FromHsv(random.Next(360), 30, 30);
        using SKShader gradient = SKShader.CreateLinearGradient(new(0, 0), new(Width, Height), [from, to], SKShaderTileMode.Clamp);
        using (SKPaint paint = new() { Shader = gradient })
        {
            canvas.DrawRect(0, 0, Width, Height, paint);
        }

        for (int i = 0; i < 40; i++)
        {
            using SKPaint paint = new() { Color = SKColor.FromHsv(random.Next(360), 40, random.Next(20, 90)), IsAntialias = true };
            if (i % 2 == 0)
            {
                canvas.DrawRect(random.Next(Width), random.Next(Height), random.Next(200), random.Next(200), paint);
            }
            else
            {
                canvas.DrawCircle(random.Next(Width), random.Next(Height), random.Next(80), paint);
            }
        }
    }

    private static void Shapes(SKCanvas canvas, int width, int height, Random random)
    {
        for (int i = 0; i < 60; i++)
        {
            using SKPaint paint = new()
            {
                Color = Colour(random),
                IsAntialias = true,
                Style = random.Next(2) == 0 ? SKPaintStyle.Fill : SKPaintStyle.Stroke,
                StrokeWidth = random.Next(1, 12),
            };
            switch (random.Next(3))
            {
                case 0:
                    canvas.DrawRect(random.Next(width), random.Next(height), random.Next(200), random.Next(200), paint);
                    break;
                case 1:
                    canvas.DrawOval(random.Next(width), random.Next(height), random.Next(90), random.Next(90), paint);
                    break;
                default:
                    canvas.DrawLine(random.Next(width), random.Next(height), random.Next(width), random.Next(height), paint);
                    break;
            }
        }
    }

    private static void Noise(SKCanvas canvas, int width, int height, int seed, Random random)
    {
        bool isFractal = random.Next(2) == 0;
        float across = (float)((random.NextDouble() * 0.1) + 0.002), down = (float)((random.NextDouble() * 0.1) + 0.002);
        int octaves = random.Next(1, 6);
        using SKShader noise = isFractal
            ? SKShader.CreatePerlinNoiseFractalNoise(across, down, octaves, seed)
            : SKShader.CreatePerlinNoiseTurbulence(across, down, octaves, seed);
        using SKPaint paint = new() { Shader = noise };
        canvas.DrawRect(0, 0, width, height, paint);
    }

    private static void Text(SKCanvas canvas, int width, int height, Random random)
    {
        for (int i = 0; i < 25; i++)
        {
            using SKPaint paint = new() { Color = Colour(random), IsAntialias = true, TextSize = random.Next(10, 120) };
            string text = new([.. Enumerable.Range(0, random.Next(5, 30)).Select(_ => (char)random.Next(33, 126))]);
            canvas.DrawText(text, random.Next(-50, width), random.Next(height), paint);
        }
    }

    private static SKColor Colour(Random random) => SKColor.FromHsv(random.Next(360), random.Next(80), random.Next(10, 95));
}
