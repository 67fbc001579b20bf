using SsMfar.Imaging;
using SsMfar.Tests.Data;

namespace SsMfar.Tests;

/// <summary>A folder of small JPEGs that differ, and a place beside it for cache files.</summary>
internal sealed class ImageFolder : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public ImageFolder(int count)
    {
        Directory.CreateDirectory(Path("images"));
        Names = [.. Enumerable.Range(0, count).Select(i => FormattableString.Invariant($"{i:D3}.jpg"))];
        for (int i = 0; i < count; i++)
        {
            File.WriteAllBytes(Image(Names[i]), TestImages.Jpeg(40 + i % 5, 36, i));
        }

        Source = new FolderImageSource(Path("images"));
    }

    public string[] Names { get; }

    public FolderImageSource Source { get; }

    public string Path(string name) => _folder.File(name);

    public string Image(string name) => System.IO.Path.Combine(Path("images"), name);

    public byte[] Expected(string name, int width, int height)
    {
        byte[] pixels = new byte[width * height * 3];
        ImageDecoder.Default.DecodeResized(Source, name, null, width, height, pixels);
        return pixels;
    }

    public void Dispose()
    {
        Source.Dispose();
        _folder.Dispose();
    }
}
