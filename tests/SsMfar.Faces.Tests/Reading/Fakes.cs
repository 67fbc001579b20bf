using System.Collections.Immutable;
using SsMfar.Data;
using SsMfar.Faces;
using SsMfar.Imaging;
using SsMfar.Inference;
using SsMfar.Metadata;
using SsMfar.Predictions;

namespace SsMfar.Tests.Faces;

/// <summary>Finds a face of 20 pixels a side at each place where a picture is red, looked at every 20 pixels.</summary>
internal sealed class RedDetector : IFaceDetector
{
    public const int Side = 20;

    public ImmutableArray<FaceLandmark> Landmarks { get; init; } = [FaceLandmark.LeftEye, FaceLandmark.RightEye];

    public Action OnDetect { get; init; } = () => { };

    public int Disposals { get; private set; }

    public CancellationToken Token { get; private set; }

    public ImmutableArray<DetectedFace> Detect(RgbImage picture, CancellationToken cancellationToken = default)
    {
        Token = cancellationToken;
        OnDetect();
        var faces = ImmutableArray.CreateBuilder<DetectedFace>();
        for (int y = 0; y + Side <= picture.Height; y += Side)
        {
            for (int x = 0; x + Side <= picture.Width; x += Side)
            {
                if (picture.At(x + (Side / 2), y + (Side / 2)).R > 0)
                {
                    faces.Add(new(
                        new(x, y, Side, Side), [.. Landmarks.Select((landmark, i) => new LandmarkPoint(landmark, x + 6 + (8 * i), y + 8))],
                            0.9f));
                }
            }
        }

        return faces.ToImmutable();
    }

    public void Dispose() => Disposals++;
}

/// <summary>Finds the same faces in every picture, in the order given.</summary>
internal sealed class ListedDetector(params ImmutableArray<DetectedFace> faces) : IFaceDetector
{
    public ImmutableArray<FaceLandmark> Landmarks { get; } = [FaceLandmark.LeftEye, FaceLandmark.RightEye];

    public ImmutableArray<DetectedFace> Detect(RgbImage picture, CancellationToken cancellationToken = default) => faces;

    public void Dispose()
    {
    }
}

/// <summary>Says of a crop that its valence is the middle pixel's red, 0 to 1. Gives no numbers for a red of 13.</summary>
internal sealed class RedPredictor(FaceTemplate? alignment = null) : IAffectPredictor
{
    private readonly Lock _lock = new();

    public ImagePreprocessing Input { get; init; } = new();

    public ModelMetadata Metadata => new() { Input = Input, Alignment = alignment };

    public List<(int Width, int Height)> Sizes { get; } = [];

    public AffectPrediction Predict(FaceImage face)
    {
        RgbImage crop = face.Decode();
        lock (_lock)
        {
            Sizes.Add((crop.Width, crop.Height));
        }

        byte red = crop.At(crop.Width / 2, crop.Height / 2).R;
        return red == 13
            ? throw new NonFiniteOutputException("the model", "expression", 0, float.NaN)
            : new() { ValenceArousal = new ValenceArousal(red / 255f, 0) };
    }

    public void Dispose()
    {
    }
}

/// <summary>Pictures for both.</summary>
internal static class RedPictures
{
    /// <summary>A row of places, red as given; 0 is none.</summary>
    public static RgbImage Row(params ReadOnlySpan<byte> reds)
    {
        int width = RedDetector.Side * Math.Max(1, reds.Length);
        byte[] pixels = new byte[3 * width * RedDetector.Side];
        for (int y = 0; y < RedDetector.Side; y++)
        {
            for (int x = 0; x < RedDetector.Side * reds.Length; x++)
            {
                pixels[3 * ((y * width) + x)] = reds[x / RedDetector.Side];
            }
        }

        return new(width, RedDetector.Side, pixels);
    }

    public static FaceImage Named(string name, params ReadOnlySpan<byte> reds) => FaceImage.FromPixels(Row(reds), name: name);

    public static FaceImage Broken(string name = "broken") => FaceImage.FromBytes(new byte[] { 1, 2, 3 }, name: name);
}
