using Microsoft.ML.OnnxRuntime;
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

    /// <summary>
    /// What someone writes who calls ONNX Runtime directly and cares for speed: our decoder and resizer for the image, since another one
    /// would measure images and not the wrapper; one input and the three outputs, no typed results.
    /// </summary>
    private sealed class ByHand : Contender
    {
        private static readonly string[] Outputs = ["expression", "valence_arousal", "action_units"];

        private readonly RunOptions _options = new();
        private readonly InferenceSession _session;
        private readonly int _height;
        private readonly int _width;

        public ByHand(string model, int threads, bool spinning)
        {
            using var options = new SessionOptions { IntraOpNumThreads = threads };
            if (!spinning)
            {
                options.AddSessionConfigEntry("session.intra_op.allow_spinning", "0");
            }

            _session = new(model, options);
            (_height, _width) = (_session.InputMetadata["pixels"].Dimensions[1], _session.InputMetadata["pixels"].Dimensions[2]);
        }

        public override float Predict(byte[] encoded)
        {
            byte[] pixels = new byte[_height * _width * 3];
            ImageDecoder.Default.DecodeResized(encoded, "image", null, _width, _height, pixels);
            using OrtValue input = OrtValue.CreateTensorValueFromMemory(pixels, [1, _height, _width, 3]);
            using IDisposableReadOnlyCollection<OrtValue> outputs = _session.Run(_options, ["pixels"], [input], Outputs);
            return outputs[1].GetTensorDataAsSpan<float>()[0];
        }

        public override void Dispose()
        {
            _session.Dispose();
            _options.Dispose();
        }
    }
}
