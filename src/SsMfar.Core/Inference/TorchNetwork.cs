using System.Collections.Immutable;
using System.Runtime.InteropServices;
using SsMfar.Augmentation;
using SsMfar.Imaging;
using SsMfar.Metadata;
using SsMfar.Models;
using SsMfar.Runtime;
using TorchSharp;

namespace SsMfar.Inference;

/// <summary>
/// A model on TorchSharp, in evaluation mode and in the layout that convolutions like. Owns the model. Safe for many threads.
/// </summary>
internal sealed class TorchNetwork : IAffectNetwork
{
    private const int CpuBatchSize = 32;
    private const int CudaBatchSize = 256;

    private readonly MultiTaskModel _model;
    private readonly torch.Device _device;
    private readonly PixelNormalization _normalization;

    /// <summary>Takes a model; the caller still owns it when this throws.</summary>
    public TorchNetwork(string name, MultiTaskModel model, ModelMetadata metadata, torch.Device device)
    {
        Name = name;
        _model = model;
        _device = device;
        Metadata = metadata;
        ImagePreprocessing input = metadata.Input;
        (ChannelValues mean, ChannelValues deviation) = (input.Mean, input.StandardDeviation);
        bool bgr = input.ChannelOrder == ChannelOrder.Bgr;
        _normalization = bgr
            ? new([mean.Blue, mean.Green, mean.Red], [deviation.Blue, deviation.Green, deviation.Red], bgr)
            : new([mean.Red, mean.Green, mean.Blue], [deviation.Red, deviation.Green, deviation.Blue], bgr);
        _model.to(device);
        ChannelsLast.Apply(_model);
        _model.eval();
    }

    public string Name { get; }

    public ModelMetadata Metadata { get; }

    public ImmutableArray<string> Tasks => _model.TaskNames;

    public int PreferredBatchSize => _device.type == DeviceType.CUDA ? CudaBatchSize : CpuBatchSize;

    public float[][] Run(ReadOnlyMemory<byte> pixels, int count)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using var inference = torch.inference_mode();
        long[] shape = [count, Metadata.Input.Height, Metadata.Input.Width, 3];
        if (_device.type == DeviceType.CPU)
        {
            return Outputs(Normalized(pixels.Span, shape).permute(0, 3, 1, 2));
        }

        torch.Tensor host = torch.empty(shape, torch.ScalarType.Byte, torch.CPU);
        pixels.Span.CopyTo(host.bytes);
        return Run(host.permute(0, 3, 1, 2));
    }

    /// <summary>Runs the network on pixels that are a tensor already.</summary>
    /// <param name="pixels">uint8 or float32 [N, 3, height, width] of 0 to 255, RGB, on any device.</param>
    public float[][] Run(torch.Tensor pixels)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using var inference = torch.inference_mode();
        return Outputs(_normalization.Apply(pixels.to(_device)));
    }

    public void Dispose() => _model.Dispose();

    // Image by image: no span reaches over all of a batch whose float32 values exceed 2 GB.
    private torch.Tensor Normalized(ReadOnlySpan<byte> pixels, long[] shape)
    {
        torch.Tensor values = torch.empty(shape, torch.ScalarType.Float32, torch.CPU);
        int bytes = Metadata.Input.Height * Metadata.Input.Width * 3;
        for (int i = 0; i < shape[0]; i++)
        {
            using torch.Tensor image = values.narrow(0, i, 1);
            _normalization.Write(pixels.Slice(i * bytes, bytes), MemoryMarshal.Cast<byte, float>(image.bytes));
        }

        return values;
    }

    private float[][] Outputs(torch.Tensor normalized)
    {
        using TaskOutputs outputs = _model.call(normalized);
        return [.. Tasks.Select(task => Transfers.ToHost(outputs[task].to(torch.ScalarType.Float32)).contiguous().data<float>().ToArray())];
    }
}
