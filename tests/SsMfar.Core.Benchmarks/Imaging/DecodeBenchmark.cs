using System.Globalization;
using SkiaSharp;
using SsMfar.Benchmarks.Measurement;
using SsMfar.Data;
using SsMfar.Imaging;
using SsMfar.RenderedFaces;

namespace SsMfar.Benchmarks.Imaging;

/// <summary>The first decoding of a data set: files into the image cache, by one thread, against PIL's open, convert and resize.</summary>
internal static class DecodeBenchmark
{
    private const int SmallImages = 2000;
    private const int LargeImages = 200;
    private const int LargeWidth = 640;
    private const int LargeHeight = 480;
    private const int Drawn = 100;
    private const int Quality = 92;

    public static void Run(MeasurementOptions options)
    {
        int size = options.Size ?? 112;
        Measure(options, size, size, size, SmallImages);
        Measure(options, LargeWidth, LargeHeight, size, LargeImages);
    }

    private static void Measure(MeasurementOptions options, int width, int height, int size, int count)
    {
        using TemporaryFolder folder = new();
        Draw(folder, width, height, count);
        using FolderImageSource source = new(folder.Path);
        IReadOnlyList<string> names = source.GetImageNames();
        ImageCacheOptions cache = new() { Width = size, Height = size, DecodeThreads = 1 };
        using PythonPeer peer = PythonPeer.Start(
            options with { Threads = 1 },
            "decode",
            folder.Path,
            size.ToString(CultureInfo.InvariantCulture));
        PairedResult result = Paired.Run(
            options.Rounds,
            1,
            repetitions => Paired.Time(() =>
            {
                for (int i = 0; i < repetitions; i++)
                {
                    ImageCache.Build(source, names, cache).Dispose();
                }
            }),
            peer.Run);
        Table.Write(
            $"first decode of {width}x{height} JPEGs to {size} px, one thread",
            $"{count / result.Ours * 1000:F0} a second",
            $"{count / result.Peer * 1000:F0} a second",
            $"{result.Ratio:F2}x");
    }

    /// <summary>Some drawn faces, encoded once and written often: only files of their own are read and decoded anew.</summary>
    private static void Draw(TemporaryFolder folder, int width, int height, int count)
    {
        int side = Math.Max(width, height);
        RenderedFaceOptions drawing = new() { TrainingCount = Drawn, ValidationCount = 0, Size = side };
        Parallel.For(0, Drawn, face =>
        {
            using SKBitmap picture = RenderedFaceSet.Render(drawing, FaceSplit.Training, face);
            using SKBitmap part = new();
            picture.ExtractSubset(part, SKRectI.Create((side - width) / 2, (side - height) / 2, width, height));
            using SKData jpeg = part.Encode(SKEncodedImageFormat.Jpeg, Quality);
            byte[] bytes = jpeg.ToArray();
            for (int i = face; i < count; i += Drawn)
            {
                File.WriteAllBytes(folder[string.Create(CultureInfo.InvariantCulture, $"{i:00000}.jpg")], bytes);
            }
        });
    }
}
