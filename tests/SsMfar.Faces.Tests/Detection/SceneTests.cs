using SkiaSharp;
using SsMfar.Faces;
using SsMfar.Imaging;
using SsMfar.RenderedFaces;

namespace SsMfar.Tests.Faces;

/// <summary>
/// The short form of what docs/faces.md measures on photographs: drawn faces in drawn scenes, turned, and scenes without any.
/// </summary>
public sealed class SceneTests
{
    private static readonly (int Size, int X, int Y, float Degrees)[] Places =
    [
        (230, 40, 60, 20), (130, 330, 80, -20), (180, 520, 300, 10), (150, 800, 50, 0), (200, 1010, 420, -12), (140, 60, 480, 15),
            (160, 300, 500, -5),
    ];

    [RequiresTool("npm")]
    public void Drawn_people_in_a_scene_are_found_where_the_detector_finds_them_alone()
    {
        using OnnxFaceDetector detector = OnnxFaceDetector.LoadBuiltIn();
        (int found, int all, int alarms) = (0, 0, 0);
        for (int scene = 0; scene < 3; scene++)
        {
            using SKBitmap picture = Scene(1280, 720, scene);
            using SKCanvas canvas = new(picture);
            List<FaceRectangle> expected = [];
            foreach ((int size, int x, int y, float degrees) in Places)
            {
                using SKBitmap face = RenderedFaceSet.Render(
                    new() { Size = 224 }, FaceSplit.Validation, (scene * 40) + (5 * expected.Count));
                FaceRectangle alone = detector.Detect(ImageDecoder.FromBitmap(face)).DefaultIfEmpty(new(new(22, 22, 180, 180), [], 0))
                    .First().Box;
                expected.Add(Paste(canvas, face, alone, size, x, y, degrees));
            }

            List<FaceRectangle> seen = [.. detector.Detect(ImageDecoder.FromBitmap(picture)).Select(face => face.Box)];
            all += expected.Count;
            foreach (FaceRectangle face in expected)
            {
                int match = seen.FindIndex(other => other.IntersectionOverUnion(face) >= 0.5f);
                if (match >= 0)
                {
                    found++;
                    seen.RemoveAt(match);
                }
            }

            alarms += seen.Count;
        }

        (found / (double)all).Should().BeGreaterThanOrEqualTo(0.9);
        alarms.Should().BeLessThanOrEqualTo(1);
    }

    [RequiresTool("npm")]
    public void Scenes_without_people_have_no_faces()
    {
        using OnnxFaceDetector detector = OnnxFaceDetector.LoadBuiltIn();
        int alarms = 0;
        for (int scene = 0; scene < 12; scene++)
        {
            using SKBitmap picture = Scene(960, 540, 100 + scene);
            if (scene % 2 == 1)
            {
                using SKCanvas canvas = new(picture);
                using SKPaint paint = new() { Color = SKColors.White, TextSize = 20 + (7 * scene), IsAntialias = true };
                for (int line = 0; line < 8; line++)
                {
                    canvas.DrawText("(o_o) 8:) 00 @@ OO {%} faces? none", 10 + (20 * line), 60 + (60 * line), paint);
                }
            }

            alarms += detector.Detect(ImageDecoder.FromBitmap(picture)).Length;
        }

        alarms.Should().BeLessThanOrEqualTo(1);
    }

    private static FaceRectangle Paste(SKCanvas canvas, SKBitmap face, FaceRectangle alone, int size, int x, int y, float degrees)
    {
        float scale = size / (float)face.Width, half = face.Width / 2f;
        canvas.Save();
        canvas.Translate(x + (size / 2f), y + (size / 2f));
        canvas.RotateDegrees(degrees);
        canvas.Scale(scale);
        using SKPaint paint = new() { FilterQuality = SKFilterQuality.High, IsAntialias = true };
        canvas.DrawBitmap(face, -half, -half, paint);
        canvas.Restore();
        (double sine, double cosine) = Math.SinCos(degrees * Math.PI / 180);
        double right = (alone.CenterX - half) * scale, down = (alone.CenterY - half) * scale;
        double centerX = x + (size / 2.0) + (right * cosine) - (down * sine), centerY = y + (size / 2.0) + (right * sine) + (down * cosine);
        (double width, double height) = (alone.Width * scale, alone.Height * scale);
        return new((float)(centerX - (width / 2)), (float)(centerY - (height / 2)), (float)width, (float)height);
    }

    private static SKBitmap Scene(int width, int height, int seed)
    {
        SKBitmap picture = new(new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Opaque));
        using SKCanvas canvas = new(picture);
        DetectorFiles.Numbers numbers = new((uint)seed);
        canvas.Clear(SKColor.FromHsv(numbers.Take(1, 0, 360)[0], 30, 50));
        for (int shape = 0; shape < 40; shape++)
        {
            float[] at = numbers.Take(6, 0, 1);
            using SKPaint paint = new() { Color = SKColor.FromHsv(360 * at[0], 45, 20 + (70 * at[1])), IsAntialias = true };
            if (shape % 2 == 0)
            {
                canvas.DrawRect(width * at[2], height * at[3], 200 * at[4], 200 * at[5], paint);
            }
            else
            {
                canvas.DrawOval(width * at[2], height * at[3], 80 * at[4], 80 * at[5], paint);
            }
        }

        return picture;
    }
}
