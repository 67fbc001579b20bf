using Microsoft.ML.OnnxRuntime;

namespace SsMfar.Benchmarks.Inference;

/// <summary>
/// What someone writes who calls ONNX Runtime directly and cares for speed: one input and the three outputs, no typed results.
/// </summary>
internal sealed class RawSession : IDisposable
{
    private static readonly string[] Outputs = ["expression", "valence_arousal", "action_units"];

    private readonly RunOptions _options = new();
    private readonly InferenceSession _session;

    public RawSession(string model, int threads, bool spinning = true)
    {
        using SessionOptions options = new() { IntraOpNumThreads = threads };
        if (!spinning)
        {
            options.AddSessionConfigEntry("session.intra_op.allow_spinning", "0");
        }

        _session = new(model, options);
        (Height, Width) = (_session.InputMetadata["pixels"].Dimensions[1], _session.InputMetadata["pixels"].Dimensions[2]);
    }

    public int Height { get; }

    public int Width { get; }

    /// <summary>Reads images.</summary>
    /// <param name="pixels">[count, height, width, 3].</param>
    /// <param name="count">How many there are.</param>
    /// <returns>[count, 2].</returns>
    public float[] ValenceArousal(byte[] pixels, int count)
    {
        using OrtValue input = OrtValue.CreateTensorValueFromMemory(pixels, [count, Height, Width, 3]);
        using IDisposableReadOnlyCollection<OrtValue> outputs = _session.Run(_options, ["pixels"], [input], Outputs);
        return outputs[1].GetTensorDataAsSpan<float>().ToArray();
    }

    public void Dispose()
    {
        _session.Dispose();
        _options.Dispose();
    }
}
