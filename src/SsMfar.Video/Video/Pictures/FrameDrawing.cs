using System.Globalization;
using SkiaSharp;
using SsMfar.Faces;
using SsMfar.Imaging;
using SsMfar.Shared;

namespace SsMfar.Video;

/// <summary>Marks faces in frames: the box in the track's colour, the expression, a cross of valence and arousal, and the units.</summary>
public static class FrameDrawing
{
    private const int JpegQuality = 90;
    private const string Prefix = "frame_";
    private const string Ending = ".jpg";

    // Hues that can be told apart (Okabe and Ito).
    private static readonly SKColor[] Hues =
    [
        new(86, 180, 233), new(230, 159, 0), new(0, 158, 115), new(204, 121, 167), new(240, 228, 66), new(213, 94, 0), new(0, 114, 178),
    ];

    /// <summary>Draws the marks of a frame's faces on a canvas in the frame's pixels.</summary>
    /// <param name="canvas">The canvas; it stays the caller's.</param>
    /// <param name="frame">What was read in the frame.</param>
    public static void Draw(SKCanvas canvas, FrameResult frame)
    {
        ArgumentNullException.ThrowIfNull(canvas);
        ArgumentNullException.ThrowIfNull(frame);
        foreach (TrackedFace face in frame.Faces)
        {
            Draw(canvas, face);
        }
    }

    /// <summary>Writes a frame with its faces marked, as JPEG.</summary>
    /// <param name="path">The file to make or replace, with its folder where it is not there.</param>
    /// <param name="image">The frame's pixels.</param>
    /// <param name="frame">What was read in it.</param>
    public static void Save(string path, RgbImage image, FrameResult frame)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(image);
        using SKBitmap bitmap = image.ToBitmap();
        using (SKCanvas canvas = new(bitmap))
        {
            Draw(canvas, frame);
        }

        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        byte[] jpeg = FramePixels.Jpeg(bitmap, JpegQuality);
        AtomicFile.Write(path, stream => stream.Write(jpeg));
    }

    /// <summary>The name of a marked frame's file.</summary>
    internal static string NameOf(long frame) => string.Create(CultureInfo.InvariantCulture, $"{Prefix}{frame:D6}{Ending}");

    /// <summary>Removes what an earlier run marked; a folder that none wrote, and files of other names, are somebody else's.</summary>
    internal static void RemoveMarked(string folder)
    {
        if (!WrittenFolder.IsMarked(folder, WrittenFolder.MarkedFaces))
        {
            return;
        }

        foreach (string path in Directory.EnumerateFiles(folder, $"{Prefix}*{Ending}").ToArray())
        {
            string name = Path.GetFileName(path);
            if (long.TryParse(name.AsSpan()[Prefix.Length..^Ending.Length], NumberStyles.None, CultureInfo.InvariantCulture, out long frame)
                && name == NameOf(frame))
            {
                File.Delete(path);
            }
        }
    }

    private static void Draw(SKCanvas canvas, TrackedFace face)
    {
        FaceRectangle box = face.Box;
        SKColor color = Hues[face.Track % Hues.Length];
        float line = Math.Max(2, box.Height / 80), size = Math.Clamp(box.Height / 9, 10, 32);
        using SKPaint paint = new() { Color = color, IsAntialias = true, Style = SKPaintStyle.Stroke, StrokeWidth = line, TextSize = size };
        canvas.DrawRect(box.X, box.Y, box.Width, box.Height, paint);
        if (face.Prediction?.ValenceArousal is { } affect)
        {
            Cross(canvas, paint, box, affect.Valence, affect.Arousal, line);
        }

        paint.Style = SKPaintStyle.Fill;
        Text(canvas, paint, Label(face), box.X, Math.Max(size, box.Y - (2 * line)));
        if (face.Prediction?.ActionUnits is { } units && units.Present.Any())
        {
            Text(canvas, paint, units.ToString(), box.X, box.Y + box.Height + size);
        }
    }

    // In the box's lower right corner: valence to the right, arousal upwards.
    private static void Cross(SKCanvas canvas, SKPaint paint, FaceRectangle box, float valence, float arousal, float line)
    {
        float half = Math.Min(box.Width, box.Height) / 7;
        float x = box.X + box.Width - half - (2 * line), y = box.Y + box.Height - half - (2 * line);
        canvas.DrawLine(x - half, y, x + half, y, paint);
        canvas.DrawLine(x, y - half, x, y + half, paint);
        paint.Style = SKPaintStyle.Fill;
        canvas.DrawCircle(x + (half * valence), y - (half * arousal), Math.Max(2, 2 * line), paint);
    }

    private static string Label(TrackedFace face) => face.Prediction?.Expression is { } expression
        ? string.Create(CultureInfo.InvariantCulture, $"{face.Track} {expression.Name} {expression.Confidence:0.00}")
        : string.Create(CultureInfo.InvariantCulture, $"{face.Track} {face.Score:0.00}");

    // On a dark ground, to be read on any picture.
    private static void Text(SKCanvas canvas, SKPaint paint, string text, float x, float y)
    {
        SKColor color = paint.Color;
        paint.Color = SKColors.Black.WithAlpha(160);
        canvas.DrawRect(x, y - paint.TextSize, paint.MeasureText(text) + 4, paint.TextSize * 1.2f, paint);
        paint.Color = color;
        canvas.DrawText(text, x + 2, y, paint);
    }
}
