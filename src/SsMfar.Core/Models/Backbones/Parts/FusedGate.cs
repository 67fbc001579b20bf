using TorchSharp;
using TorchSharp.Modules;
using TorchSharp.Utils;

namespace SsMfar.Models;

/// <summary>A <see cref="SqueezeExcitation"/> for inference.</summary>
internal sealed class FusedGate : torch.nn.Module<torch.Tensor, torch.Tensor>
{
    private static readonly ConvolutionEdges Edges = new(kernel: 1, stride: 1, EdgePadding.Centered);

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
        torch.Tensor squeezed = Edges.Convolve(input.mean([2, 3], keepdim: true), _weight1, _bias1, groups: 1).silu_();
        torch.Tensor gate = Edges.Convolve(squeezed, _weight2, _bias2, groups: 1).sigmoid_();
        return input.mul(gate).MoveToOuterDisposeScope();
    }
}
