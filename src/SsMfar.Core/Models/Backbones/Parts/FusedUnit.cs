using TorchSharp;
using TorchSharp.Modules;
using TorchSharp.Utils;

namespace SsMfar.Models;

/// <summary>A normalised convolution and what follows it, for inference.</summary>
internal sealed class FusedUnit : torch.nn.Module<torch.Tensor, torch.Tensor>
{
    [ComponentName(Name = "convolution")]
    private readonly FusedConvolution _convolution;
    [ComponentName(Name = "slopes")]
    private readonly Parameter? _slopes;

    /// <param name="convolution">The convolution; it stays as it is.</param>
    /// <param name="norm">What normalises its output.</param>
    /// <param name="activation">What follows.</param>
    /// <param name="slopes">The slopes of <see cref="Activation.PRelu"/>.</param>
    public FusedUnit(ConvolutionLayer convolution, BatchNorm2d norm, Activation activation, PReluLayer? slopes = null)
        : base(nameof(FusedUnit))
    {
        _convolution = new(convolution, norm);
        _slopes = slopes is null ? null : FusedConvolution.Fixed(slopes.Weight);
        Activation = activation;
        RegisterComponents();
    }

    public FusedConvolution Convolution => _convolution;

    public Activation Activation { get; }

    /// <summary>Gets the slopes [channels] of <see cref="Activation.PRelu"/>.</summary>
    public Parameter? Slopes => _slopes;

    public override torch.Tensor forward(torch.Tensor input)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor output = _convolution.call(input);
        return (Activation switch
        {
            Activation.Silu => output.silu_(),
            Activation.PRelu => output.prelu(_slopes!),
            _ => output,
        }).MoveToOuterDisposeScope();
    }
}
