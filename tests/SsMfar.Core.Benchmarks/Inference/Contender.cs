using SsMfar.Imaging;
using SsMfar.Inference;
using SsMfar.Onnx;
using SsMfar.Runtime;

namespace SsMfar.Benchmarks.Inference;

/// <summary>A way to predict one image file.</summary>
internal abstract class Contender : IDisposable
{
    public static readonly string[] Names = ["torch", "onnx", "onnx-by-hand"];

    /// <summary>From an image file's bytes to numbers.</summary>
    public abstract float Predict(byte[] encoded);

    public abstract void Dispose();

    /// <summary>Opens a contender.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <param name="model">The model file for torch, the ONNX file for the others.</param>
    /// <param name="threads">Threads that work on one call.</param>
    /// <param name="spinning">Whether ONNX Runtime's threads spin.</param>
    public static Contender Open(string name, string model, int threads, bool spinning = true) => name switch
    {
        "torch" => new Predictor(AffectPredictor.Load(model, new() { Device = ComputeDevice.Cpu })),
        "onnx" => new Predictor(OnnxAffectPredictor.Load(model, new() { Threads = threads, Spinning = spinning })),
        "onnx-by-hand" => new ByHand(model, threads, spinning),
        _ => throw new ArgumentException($"There is no contender '{name}'; there are {string.Join(", ", Names)}.", nameof(name)),
    };

    private sealed class Predictor(IAffectPredictor predictor) : Contender
    {
        public override float Predict(byte[] encoded) => predictor.Predict(encoded).Valence!.Value;

        public override void Dispose() => predictor.Dispose();
    }

    /// <summary>Our decoder and resizer for the image, since another one would measure images and not the wrapper.</summary>
    private sealed class ByHand(string model, int threads, bool spinning) : Contender
    {
        private readonly RawSession _session = new(model, threads, spinning);

        public override float Predict(byte[] encoded)
        {
            byte[] pixels = new byte[_session.Height * _session.Width * 3];
            ImageDecoder.Default.DecodeResized(encoded, "image", null, _session.Width, _session.Height, pixels);
            return _session.ValenceArousal(pixels, 1)[0];
        }

        public override void Dispose() => _session.Dispose();
    }
}
