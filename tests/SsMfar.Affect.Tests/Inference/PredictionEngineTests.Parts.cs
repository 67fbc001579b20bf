using SkiaSharp;
using SsMfar.Data;
using SsMfar.Imaging;
using SsMfar.Inference;
using SsMfar.Metadata;
using SsMfar.Predictions;

namespace SsMfar.Tests.Inference;

/// <content>What the tests are made of.</content>
public sealed partial class PredictionEngineTests
{
    private static double Sigmoid(double logit) => 1 / (1 + Math.Exp(-logit));

    private static SKBitmap Pattern(int width, int height)
    {
        var bitmap = new SKBitmap(new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Opaque));
        for (int y = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++)
            {
                bitmap.SetPixel(x, y, new SKColor((byte)(x * 37), (byte)(y * 53), (byte)(x * y)));
            }
        }

        return bitmap;
    }

    private sealed class Counter(List<int> counts) : IProgress<int>
    {
        public void Report(int value) => counts.Add(value);
    }

    private sealed class Halved : ITaskDecoder<Halved>
    {
        public static string Kind => "halved";

        public static Halved Create(PartDescription description) => new();

        public void Activate(Span<float> outputs) => outputs[0] /= 2;

        public object Decode(ReadOnlySpan<float> values) => values[0].ToString(System.Globalization.CultureInfo.InvariantCulture);
    }

    private sealed class FailingSource : IImageSource
    {
        public Stream Open(string name) => throw new TimeZoneNotFoundException();

        public bool Exists(string name) => true;

        public ImageStamp? GetStamp(string name) => null;

        public string Describe(string name) => name;

        public void Dispose()
        {
        }
    }

    private sealed class BrokenStream : MemoryStream
    {
        public override int Read(byte[] buffer, int offset, int count) => throw new IOException("torn");

        public override int Read(Span<byte> buffer) => throw new IOException("torn");
    }
}
