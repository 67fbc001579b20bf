using SsMfar.Imaging;
using SsMfar.RenderedFaces;

namespace SsMfar.Benchmarks.FullSize;

/// <summary>
/// As many images as are asked for, in memory: some hundred drawn faces over and over, each name an image of its own. So decoding is real,
/// and no disk is filled but by the cache.
/// </summary>
internal sealed class RepeatedImages : IImageSource
{
    private const int Faces = 256;

    private readonly byte[][] _files;

    /// <param name="size">The pixels a side.</param>
    public RepeatedImages(int size)
    {
        using Measurement.TemporaryFolder folder = new();
        var (rows, _) = RenderedFaceSet.Write(folder.Path, new() { TrainingCount = Faces, ValidationCount = 0, Size = size });
        _files = [.. rows.Select(row => File.ReadAllBytes(Path.Combine(folder.Path, row.Image)))];
    }

    /// <summary>Gets the mean length of a file in bytes.</summary>
    public double MeanLength => _files.Average(file => file.Length);

    public Stream Open(string name) => new MemoryStream(Of(name), writable: false);

    public bool Exists(string name) => true;

    public ImageStamp? GetStamp(string name) => new(Of(name).Length, Hash(name));

    public string Describe(string name) => name;

    public void Dispose()
    {
    }

    // FNV-1a.
    private static ulong Hash(string name) => name.Aggregate(14695981039346656037, (hash, c) => (hash ^ c) * 1099511628211);

    private byte[] Of(string name) => _files[(int)(Hash(name) % Faces)];
}
