using SsMfar.Kernels;
using TorchSharp;
using TorchSharp.Modules;
using TorchSharp.Utils;

namespace SsMfar.Models;

/// <summary>
/// One residual block (He et al., 2016): two 3×3 convolutions ("basic"), or 1×1, 3×3, 1×1 with four times as many outputs and the
/// stride on the 3×3 ("bottleneck", as torchvision has it). Parameter names are torchvision's.
/// </summary>
internal sealed class ResidualBlock : torch.nn.Module<torch.Tensor, torch.Tensor>
{
    public const int BottleneckExpansion = 4;

    [ComponentName(Name = "conv1")]
    private readonly ConvolutionLayer _conv1;
    [ComponentName(Name = "bn1")]
    private readonly BatchNorm2d _bn1;
    [ComponentName(Name = "conv2")]
    private readonly ConvolutionLayer _conv2;
    [ComponentName(Name = "bn2")]
    private readonly BatchNorm2d _bn2;
    [ComponentName(Name = "conv3")]
    private readonly ConvolutionLayer? _conv3;
    [ComponentName(Name = "bn3")]
    private readonly BatchNorm2d? _bn3;
    [ComponentName(Name = "downsample")]
    private readonly Sequential? _downsample;

    // The parts of the downsampling; a field for each would be registered a second time.
    private readonly (ConvolutionLayer Convolution, BatchNorm2d Norm)? _shortcut;

    public ResidualBlock(WeightInitializer initializer, bool bottleneck, int inputs, int width, int stride)
        : base(nameof(ResidualBlock))
    {
        int outputs = bottleneck ? width * BottleneckExpansion : width;
        _conv1 = bottleneck
            ? new ConvolutionLayer(initializer, inputs, width, kernel: 1)
            : new ConvolutionLayer(initializer, inputs, width, kernel: 3, stride);
        _bn1 = torch.nn.BatchNorm2d(width);
        _conv2 = new ConvolutionLayer(initializer, width, width, kernel: 3, bottleneck ? stride : 1);
        _bn2 = torch.nn.BatchNorm2d(width);
        if (bottleneck)
        {
            _conv3 = new ConvolutionLayer(initializer, width, outputs, kernel: 1);
            _bn3 = torch.nn.BatchNorm2d(outputs);
        }

        if (stride != 1 || inputs != outputs)
        {
            var convolution = new ConvolutionLayer(initializer, inputs, outputs, kernel: 1, stride);
            BatchNorm2d norm = torch.nn.BatchNorm2d(outputs);
            _downsample = torch.nn.Sequential(("0", convolution), ("1", norm));
            _shortcut = (convolution, norm);
        }

        RegisterComponents();
    }

    /// <summary>A copy for inference; the caller owns it.</summary>
    public FusedResidualBlock Fuse()
    {
        List<FusedConvolution> convolutions = [new(_conv1, _bn1), new(_conv2, _bn2)];
        if (_conv3 is not null && _bn3 is not null)
        {
            convolutions.Add(new(_conv3, _bn3));
        }

        return new(
            convolutions,
            _shortcut is var (convolution, norm) ? new FusedConvolution(convolution, norm) : null);
    }

    public override torch.Tensor forward(torch.Tensor input)
    {
        using var scope = torch.NewDisposeScope();

        torch.Tensor output = _conv2.call(CpuKernels.NormalizeAndRectify(_bn1, _conv1.call(input)));
        BatchNorm2d last = _bn2;
        if (_conv3 is not null && _bn3 is not null)
        {
            output = _conv3.call(CpuKernels.NormalizeAndRectify(_bn2, output));
            last = _bn3;
        }

        torch.Tensor shortcut = _shortcut is var (convolution, norm) ? CpuKernels.Normalize(norm, convolution.call(input)) : input;
        return CpuKernels.NormalizeAndRectify(last, output, shortcut).MoveToOuterDisposeScope();
    }
}
