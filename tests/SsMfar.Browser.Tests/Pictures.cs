using SkiaSharp;
using SsMfar.RenderedFaces;

namespace SsMfar.Tests.Browser;

/// <summary>Drawn faces, as PNG files.</summary>
internal static class Pictures
{
    public static byte[] Face(int size, int index)
    {
        using SKBitmap face = RenderedFaceSet.Render(
            new() { TrainingCount = 40, ValidationCount = 1, Size = size, Seed = 11 }, FaceSplit.Training, index);
        return Encoded(face);
    }

    // Three turned faces before a coloured wall.
    public static byte[] Scene(int number)
    {
        using SKBitmap scene = new(640, 480);
        using SKCanvas canvas = new(scene);
        canvas.Clear(new SKColor((byte)(60 + (30 * number)), 110, 140));
        (int Size, int X, int Y, float Degrees)[] places = [(200, 40, 60, 12), (150, 400, 40, -15), (180, 300, 260, 5)];
        foreach ((int size, int x, int y, float degrees) in places)
        {
            using SKBitmap face = SKBitmap.Decode(Face(224, (3 * number) + (x / 150)));
            canvas.Save();
            canvas.RotateDegrees(degrees, x + (size / 2f), y + (size / 2f));
            using SKPaint paint = new() { FilterQuality = SKFilterQuality.High };
            canvas.DrawBitmap(face, SKRect.Create(x, y, size, size), paint);
            canvas.Restore();
        }

        canvas.Flush();
        return Encoded(scene);
    }

    public static byte[] Encoded(SKBitmap bitmap)
    {
        using SKData data = bitmap.Encode(SKEncodedImageFormat.Png, 100);
        return data.ToArray();
    }
}
