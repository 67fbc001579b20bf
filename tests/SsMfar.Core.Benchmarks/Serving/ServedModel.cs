using System.CommandLine;
using SkiaSharp;
using SsMfar.Benchmarks.Inference;
using SsMfar.Onnx;
using SsMfar.RenderedFaces;

namespace SsMfar.Benchmarks.Serving;

/// <summary>The ONNX file that is served, given or with weights at random, and pictures to send.</summary>
internal sealed class ServedModel : IDisposable
{
    private readonly BenchmarkModel? _made;

    private ServedModel(string onnx, BenchmarkModel? made)
    {
        (Onnx, _made) = (onnx, made);
        using OnnxAffectPredictor predictor = OnnxAffectPredictor.Load(onnx, new() { Threads = 1 });
        RenderedFaceOptions faces = new()
        {
            TrainingCount = 16, ValidationCount = 1, Size = predictor.Metadata.Input.Width, Seed = 3,
        };
        Pictures = [.. Enumerable.Range(0, faces.TrainingCount).Select(i => Draw(faces, i))];
    }

    public string Onnx { get; }

    /// <summary>Gets drawn faces as JPEG files of the model's size.</summary>
    public IReadOnlyList<byte[]> Pictures { get; }

    public static ServedModel Of(ParseResult parsed)
    {
        if (parsed.GetValue(BenchmarkModel.ModelOption) is { } given && given.EndsWith(".onnx", StringComparison.OrdinalIgnoreCase))
        {
            return new(given, null);
        }

        BenchmarkModel made = BenchmarkModel.Of(parsed);
        return new(made.Onnx, made);
    }

    public void Dispose() => _made?.Dispose();

    private static byte[] Draw(RenderedFaceOptions options, int index)
    {
        using SKBitmap face = RenderedFaceSet.Render(options, FaceSplit.Training, index);
        using SKData encoded = face.Encode(SKEncodedImageFormat.Jpeg, 92);
        return encoded.ToArray();
    }
}
