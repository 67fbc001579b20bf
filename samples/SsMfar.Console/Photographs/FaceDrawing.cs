using System.Globalization;
using SkiaSharp;
using SsMfar.Faces;
using SsMfar.Imaging;
using SsMfar.Metadata;

namespace SsMfar.ConsoleApp.Photographs;

/// <summary>Pictures that the program writes.</summary>
internal static class FaceDrawing
{
    private const int JpegQuality = 95;

    private static readonly SKColor Mark = new(0x2e, 0xcc, 0x71);

    /// <summary>Writes a picture with its faces marked.</summary>
    public static void Write(string path, PictureResult picture)
    {
        using SKBitmap bitmap = picture.Picture.Decode().ToBitmap();
        using (SKCanvas canvas = new(bitmap))
        {
            foreach (FaceResult face in picture.Faces)
            {
                Draw(canvas, face, Math.Max(1, Math.Max(bitmap.Width, bitmap.Height) / 400f));
            }
        }

        Save(path, bitmap);
    }

    /// <summary>
    /// Writes a picture under its own name: as JPEG where the name says so, WebP without loss likewise, and PNG under any other name, which
    /// every reader tells by its content.
    /// </summary>
    public static void Save(string path, RgbImage image)
    {
        using SKBitmap bitmap = image.ToBitmap();
        Save(path, bitmap);
    }

    private static void Save(string path, SKBitmap bitmap)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        SKEncodedImageFormat format = Path.GetExtension(path).ToUpperInvariant() switch
        {
            ".JPG" or ".JPEG" or ".JPE" or ".JFIF" => SKEncodedImageFormat.Jpeg,
            ".WEBP" => SKEncodedImageFormat.Webp,
            _ => SKEncodedImageFormat.Png,
        };
        using SKData data = bitmap.Encode(format, format == SKEncodedImageFormat.Jpeg ? JpegQuality : 100)
            ?? throw new IOException($"The picture '{path}' could not be encoded.");
        Shared.AtomicFile.Write(path, data.SaveTo);
    }

    private static void Draw(SKCanvas canvas, FaceResult face, float line)
    {
        FaceRectangle box = face.Face.Box;
        using SKPaint paint = new() { Color = Mark, IsAntialias = true, Style = SKPaintStyle.Stroke, StrokeWidth = line };
        canvas.DrawRect(box.X, box.Y, box.Width, box.Height, paint);
        paint.Style = SKPaintStyle.Fill;
        foreach (LandmarkPoint point in face.Face.Landmarks)
        {
            canvas.DrawCircle((float)point.X, (float)point.Y, 1.2f * line, paint);
        }

        paint.TextSize = Math.Clamp(box.Height / 8, 10, 48);
        canvas.DrawText(Label(face), box.X, Math.Max(paint.TextSize, box.Y - (2 * line)), paint);
    }

    private static string Label(FaceResult face) =>
        face.Prediction?.Expression?.Name ?? face.Face.Score.ToString("0.00", CultureInfo.InvariantCulture);
}
