using TorchSharp;
using TorchSharp.Utils;

namespace SsMfar.Models;

/// <summary>
/// Squeeze-and-excitation (Hu et al., 2018) as EfficientNet has it: each channel times a number from 0 to 1 that follows from the means of
/// all. Parameter names are torchvision's.
/// </summary>
internal sealed class SqueezeExcitation : torch.nn.Module<torch.Tensor, torch.Tensor>, IFusiblePart
{
    [ComponentName(Name = "fc1")]
    private readonly ConvolutionLayer _squeeze;
    [ComponentName(Name = "fc2")]
    private readonly ConvolutionLayer _excitation;

    public SqueezeExcitation(WeightInitializer initializer, int channels, int squeezed)
        : base(nameof(SqueezeExcitation))
    {
        _squeeze = new(
            initializer.KaimingNormal(squeezed, channels, kernel: 1), bias: WeightInitializer.Constant(0, squeezed));
        _excitation = new(
            initializer.KaimingNormal(channels, squeezed, kernel: 1), bias: WeightInitializer.Constant(0, channels));
        RegisterComponents();
    }

    public torch.nn.Module<torch.Tensor, torch.Tensor> Fuse() => new FusedGate(_squeeze, _excitation);

    public override torch.Tensor forward(torch.Tensor input)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor gate = _excitation.call(_squeeze.call(input.mean([2, 3], keepdim: true)).silu()).sigmoid();
        return input.mul(gate).MoveToOuterDisposeScope();
    }
}
