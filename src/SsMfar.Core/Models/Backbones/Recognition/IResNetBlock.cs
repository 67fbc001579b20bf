using SsMfar.Kernels;
using SsMfar.Runtime;
using TorchSharp;
using TorchSharp.Modules;
using TorchSharp.Utils;

namespace SsMfar.Models;

/// <summary>
/// The residual block of insightface's ResNets: normalisation, 3×3, normalisation, PReLU, 3×3 with the stride, normalisation, and nothing
/// after the sum. Parameter names are insightface's.
/// </summary>
internal sealed class IResNetBlock : torch.nn.Module<torch.Tensor, torch.Tensor>, IFusiblePart
{
    [ComponentName(Name = "bn1")]
    private readonly BatchNorm2d _bn1;
    [ComponentName(Name = "conv1")]
    private readonly ConvolutionLayer _conv1;
    [ComponentName(Name = "bn2")]
    private readonly BatchNorm2d _bn2;
    [ComponentName(Name = "prelu")]
    private readonly PReluLayer _prelu;
    [ComponentName(Name = "conv2")]
    private readonly ConvolutionLayer _conv2;
    [ComponentName(Name = "bn3")]
    private readonly BatchNorm2d _bn3;
    [ComponentName(Name = "downsample")]
    private readonly NormalizedConvolution? _downsample;

    public IResNetBlock(WeightInitializer initializer, int inputs, int width, int stride)
        : base(nameof(IResNetBlock))
    {
        _bn1 = torch.nn.BatchNorm2d(inputs);
        _conv1 = new(IResNet.Draw(initializer, width, inputs, kernel: 3));
        _bn2 = torch.nn.BatchNorm2d(width);
        _prelu = new(width);
        _conv2 = new(IResNet.Draw(initializer, width, width, kernel: 3), stride);
        _bn3 = torch.nn.BatchNorm2d(width);
        if (stride != 1 || inputs != width)
        {
            _downsample = new(new(IResNet.Draw(initializer, width, inputs, kernel: 1), stride), Activation.None);
        }

        RegisterComponents();
    }

    public torch.nn.Module<torch.Tensor, torch.Tensor> Fuse() => new FusedSum(
        torch.nn.Sequential(
        [
            new FusedScaling(_bn1),
            new FusedUnit(_conv1, _bn2, Activation.PRelu, _prelu),
            new FusedUnit(_conv2, _bn3, Activation.None),
        ]),
        _downsample?.Fuse());

    public override torch.Tensor forward(torch.Tensor input)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor output = _conv1.call(CpuKernels.Normalize(_bn1, input));
        output = _conv2.call(_prelu.call(CpuKernels.Normalize(_bn2, output)));

        // In place: batch normalisation keeps its input for the backward pass, not its output.
        return CpuKernels.Normalize(_bn3, output).PlusInPlace(_downsample is null ? input : _downsample.call(input))
            .MoveToOuterDisposeScope();
    }
}
