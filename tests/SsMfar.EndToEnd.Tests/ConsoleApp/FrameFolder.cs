using System.Globalization;
using System.Text;
using SkiaSharp;
using SsMfar.RenderedFaces;

namespace SsMfar.Tests.ConsoleApp;

/// <summary>A folder of numbered frames with two drawn faces that move, and the table that says where they are.</summary>
internal sealed class FrameFolder : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public FrameFolder(int frames, int width = 320, int height = 200, int side = 100)
    {
        Directory.CreateDirectory(Frames);
        using SKBitmap left = RenderedFaceSet.Render(new() { Size = side }, FaceSplit.Validation, 3);
        using SKBitmap right = RenderedFaceSet.Render(new() { Size = side }, FaceSplit.Validation, 20);
        StringBuilder boxes = new("image,x,y,width,height\n");
        for (int i = 0; i < frames; i++)
        {
            using SKBitmap picture = new(new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Opaque));
            using (SKCanvas canvas = new(picture))
            {
                canvas.Clear(new SKColor(90, 100, 110));
                foreach ((int person, SKBitmap face) in ((int, SKBitmap)[])[(0, left), (1, right)])
                {
                    (int x, int y) = ((person * width / 2) + (width / 16) + (i % 20), (height - side) / 2);
                    canvas.DrawBitmap(face, x, y);
                    boxes.Append(CultureInfo.InvariantCulture, $"f{i:D4}.jpg,{x},{y},{side},{side}\n");
                }
            }

            File.WriteAllBytes(Frame(i), TestImages.Encode(picture, SKEncodedImageFormat.Jpeg));
        }

        File.WriteAllText(Boxes, boxes.ToString());
    }

    public string Frames => _folder.File("frames");

    public string Boxes => _folder.File("boxes.csv");

    public string Frame(int i) => Path.Combine(Frames, FormattableString.Invariant($"f{i:D4}.jpg"));

    public string PathOf(string name) => _folder.File(name);

    public void Dispose() => _folder.Dispose();
}
