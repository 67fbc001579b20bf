using Microsoft.ML.OnnxRuntime;

namespace SsMfar.Onnx;

/// <summary>
/// Pinned memory for the input and outputs of one number of images, known to a session, so that a call copies pixels in and numbers out
/// and allocates nothing else. For one thread at a time.
/// </summary>
internal sealed class OnnxBuffers : IDisposable
{
    private readonly OnnxModelDescription _description;
    private readonly OrtIoBinding _binding;
    private readonly OrtValue _input;
    private readonly byte[] _pixels;
    private readonly float[] _images;
    private readonly float[][] _outputs;
    private readonly List<OrtValue> _values = [];

    public OnnxBuffers(InferenceSession session, OnnxModelDescription description, int count)
    {
        (int width, int height) = (description.Metadata.Input.Width, description.Metadata.Input.Height);
        int size = checked(count * height * width * 3);
        Count = count;
        _description = description;
        _pixels = GC.AllocateUninitializedArray<byte>(description.TakesPixels ? size : 0, pinned: true);
        _images = GC.AllocateUninitializedArray<float>(description.TakesPixels ? 0 : size, pinned: true);
        _outputs = [.. description.Widths.Select(outputs => GC.AllocateUninitializedArray<float>(count * outputs, pinned: true))];
        _binding = session.CreateIoBinding();
        try
        {
            _input = Keep(description.TakesPixels
                ? OrtValue.CreateTensorValueFromMemory(_pixels, [count, height, width, 3])
                : OrtValue.CreateTensorValueFromMemory(_images, [count, 3, height, width]));
            for (int task = 0; task < _outputs.Length; task++)
            {
                _binding.BindOutput(
                    description
                        .OutputNames[task], Keep(OrtValue.CreateTensorValueFromMemory(_outputs[task], [count, description.Widths[task]])));
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Gets the number of images.</summary>
    public int Count { get; }

    /// <summary>Runs the session.</summary>
    /// <param name="session">The session that the buffers were made for.</param>
    /// <param name="options">The run's options.</param>
    /// <param name="pixels">The images, packed.</param>
    /// <returns>Each task's outputs; the caller's.</returns>
    public float[][] Run(InferenceSession session, RunOptions options, ReadOnlySpan<byte> pixels)
    {
        if (_description.TakesPixels)
        {
            pixels.CopyTo(_pixels);
        }
        else
        {
            int size = _images.Length / Count;
            for (int i = 0; i < Count; i++)
            {
                _description.Metadata.Input.Normalize(pixels.Slice(i * size, size), _images.AsSpan(i * size, size));
            }
        }

        // Each time anew: where the provider computes on a device, binding is what copies the input there.
        _binding.BindInput(_description.InputName, _input);
        session.RunWithBinding(options, _binding);
        float[][] outputs = new float[_outputs.Length][];
        for (int task = 0; task < outputs.Length; task++)
        {
            outputs[task] = _outputs[task].AsSpan().ToArray();
        }

        return outputs;
    }

    public void Dispose()
    {
        _binding.Dispose();
        _values.ForEach(value => value.Dispose());
    }

    private OrtValue Keep(OrtValue value)
    {
        _values.Add(value);
        return value;
    }
}
