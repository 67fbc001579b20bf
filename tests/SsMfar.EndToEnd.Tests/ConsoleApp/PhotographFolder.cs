using SkiaSharp;
using SsMfar.Imaging;
using SsMfar.Tests.Faces;

namespace SsMfar.Tests.ConsoleApp;

/// <summary>A folder of drawn photographs: two faces, one in a subfolder, none, and more where a test wants them.</summary>
internal sealed class PhotographFolder : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public PhotographFolder()
    {
        Write("two.png", DrawnFace.In(640, 480, (150, 40, 50), (240, 340, 180)));
        Write("trip/one, day.png", DrawnFace.In(480, 360, (200, 150, 90)));
        Write("wall.png", DrawnFace.In(320, 240));
    }

    public string Photographs => _folder.File("photographs");

    public string PathOf(string name) => _folder.File(name);

    public string Picture(string name) => Path.Combine(Photographs, name);

    public void Write(string name, RgbImage image)
    {
        using SKBitmap bitmap = image.ToBitmap();
        Directory.CreateDirectory(Path.GetDirectoryName(Picture(name))!);
        File.WriteAllBytes(Picture(name), TestImages.Encode(bitmap));
    }

    public void Dispose() => _folder.Dispose();
}
