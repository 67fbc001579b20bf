using SkiaSharp;
using SsMfar.Faces;
using SsMfar.Imaging;
using SsMfar.Inference;

namespace SsMfar.Tests.Faces;

/// <summary>Pictures as they come: each is read, or is one clear line.</summary>
public sealed class HostilePictureTests : IDisposable
{
    // A drawn face in kinds of files that cameras, scanners and print shops make (Golden/write.py).
    private static readonly string[] Unusual = ["sixteen-bits.png", "cmyk.jpg", "animated.webp", "portrait.jpg"];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [RequiresTool("npm")]
    public void Unusual_pictures_are_read_and_bad_ones_are_one_line_each()
    {
        using SKBitmap drawn = Bitmap(DrawnFace.In(480, 360, (200, 60, 80)));
        using SKBitmap onItsSide = Bitmap(DrawnFace.In(360, 480, (200, 60, 80)), turned: true);
        byte[] png = TestImages.Encode(drawn), jpeg = TestImages.Encode(onItsSide, SKEncodedImageFormat.Jpeg);
        FaceImage[] pictures =
        [
            FaceImage.FromBytes(png, name: "plain.png"),
            FaceImage.FromBytes(Array.Empty<byte>(), name: "empty.jpg"),
            FaceImage.FromBytes(TestImages.WithOrientation(jpeg, 6), name: "portrait.jpg"),
            FaceImage.FromBytes(png.AsMemory(0, png.Length / 2), name: "cut.png"),
            FaceImage.FromBytes(TestImages.EmptyPng(12_000, 9_000), name: "huge.png"),
            FaceImage.FromFile(_folder.File("gone.png")),
            FaceImage.FromBytes(TestImages.Encode(drawn, SKEncodedImageFormat.Webp), name: "web.webp"),
            .. Unusual.Select(name => FaceImage.FromFile(Path.Combine(AppContext.BaseDirectory, "Golden", "pictures", name))),
        ];
        long before = Environment.WorkingSet;
        using FaceReader reader = FaceReader.Create();

        IReadOnlyList<PictureResult> results = reader.ReadAll(pictures);

        results.Select(result => (result.Name[(result.Name.LastIndexOf('/') + 1)..], result.Succeeded, result.Faces.Length)).Should().Equal(
            ("plain.png", true, 1), ("empty.jpg", false, 0), ("portrait.jpg", true, 1), ("cut.png", false, 0), ("huge.png", false, 0),
            ("gone.png", false, 0), ("web.webp", true, 1),
            ("sixteen-bits.png", true, 1), ("cmyk.jpg", true, 1), ("animated.webp", true, 1), ("portrait.jpg", true, 1));
        results.Where(result => !result.Succeeded).Should().OnlyContain(result => !result.Error!.Message.Contains('\n'));
        results[4].Error!.Message.Should().Contain("12000x9000");
        (results[2].Width, results[2].Height).Should().Be((360, 480), "the picture is turned upright");
        results[2].Faces[0].Face.Box.IntersectionOverUnion(results[0].Faces[0].Face.Box).Should().BeGreaterThan(0.7f);
        (results[^1].Width, results[^1].Height).Should().Be((240, 320), "Pillow's EXIF is read as well");
        foreach (PictureResult unusual in results.TakeLast(Unusual.Length).SkipLast(1))
        {
            // Of the animation it is the first frame: the second one has no face.
            unusual.Faces[0].Face.Box.IntersectionOverUnion(results[^2].Faces[0].Face.Box).Should().BeGreaterThan(0.9f);
        }

        (Environment.WorkingSet - before).Should().BeLessThan(700L << 20, "324 MB of pixels were never made");
    }

    // A portrait that a telephone stores on its side: turned to the left, to be turned back by its EXIF orientation 6.
    private static SKBitmap Bitmap(RgbImage image, bool turned = false)
    {
        SKBitmap bitmap = new(new SKImageInfo(
            turned ? image.Height : image.Width, turned ? image.Width : image.Height, SKColorType.Rgba8888, SKAlphaType.Opaque));
        for (int y = 0; y < image.Height; y++)
        {
            for (int x = 0; x < image.Width; x++)
            {
                (byte red, byte green, byte blue) = image.At(x, y);
                bitmap.SetPixel(turned ? y : x, turned ? image.Width - 1 - x : y, new(red, green, blue));
            }
        }

        return bitmap;
    }
}
