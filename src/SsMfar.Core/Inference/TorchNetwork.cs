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
        bool onCpu = _device.type == DeviceType.CPU;
        torch.Tensor host = torch.empty(
            [count, Metadata.Input.Height, Metadata.Input.Width, 3],
            onCpu ? torch.ScalarType.Float32 : torch.ScalarType.Byte,
            torch.CPU);
        if (onCpu)
        {
            _normalization.Write(pixels.Span, MemoryMarshal.Cast<byte, float>(host.bytes));
            return Outputs(host.permute(0, 3, 1, 2));
        }

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

    private float[][] Outputs(torch.Tensor normalized)
    {
        using TaskOutputs outputs = _model.call(normalized);
        return [.. Tasks.Select(task => Transfers.ToHost(outputs[task].to(torch.ScalarType.Float32)).contiguous().data<float>().ToArray())];
    }
}
