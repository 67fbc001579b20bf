using TorchSharp;
using TorchSharp.Modules;
using TorchSharp.Utils;

namespace SsMfar.Models;

/// <summary>A <see cref="SqueezeExcitation"/> for inference.</summary>
internal sealed class FusedGate : torch.nn.Module<torch.Tensor, torch.Tensor>
{
    [ComponentName(Name = "weight1")]
    private readonly Parameter _weight1;
    [ComponentName(Name = "bias1")]
    private readonly Parameter _bias1;
    [ComponentName(Name = "weight2")]
    private readonly Parameter _weight2;
    [ComponentName(Name = "bias2")]
    private readonly Parameter _bias2;

    public FusedGate(ConvolutionLayer squeeze, ConvolutionLayer excitation)
        : base(nameof(FusedGate))
    {
        _weight1 = FusedConvolution.Fixed(squeeze.Weight);
        _bias1 = FusedConvolution.Fixed(squeeze.Bias!);
        _weight2 = FusedConvolution.Fixed(excitation.Weight);
        _bias2 = FusedConvolution.Fixed(excitation.Bias!);
        RegisterComponents();
    }

    /// <summary>Gets weights [squeezed, channels, 1, 1] and bias [squeezed] of the first layer.</summary>
    public (Parameter Weight, Parameter Bias) Squeeze => (_weight1, _bias1);

    /// <summary>Gets weights [channels, squeezed, 1, 1] and bias [channels] of the second layer.</summary>
    public (Parameter Weight, Parameter Bias) Excitation => (_weight2, _bias2);

    public override torch.Tensor forward(torch.Tensor input)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor squeezed = torch.nn.functional.conv2d(input.mean([2, 3], keepdim: true), _weight1, _bias1).silu_();
        torch.Tensor gate = torch.nn.functional.conv2d(squeezed, _weight2, _bias2).sigmoid_();
        return input.mul(gate).MoveToOuterDisposeScope();
    }
}
