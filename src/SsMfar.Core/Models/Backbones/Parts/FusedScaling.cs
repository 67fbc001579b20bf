using SsMfar.Runtime;
using TorchSharp;
using TorchSharp.Modules;
using TorchSharp.Utils;

namespace SsMfar.Models;

/// <summary>
/// A batch normalisation for inference that no convolution can take in: x·γ/√(σ² + ε) + β - μ·γ/√(σ² + ε), factors computed in float64.
/// Before a convolution it stays by itself, as that pads with zeros after it.
/// </summary>
internal sealed class FusedScaling : torch.nn.Module<torch.Tensor, torch.Tensor>
{
    [ComponentName(Name = "scale")]
    private readonly Parameter _scale;
    [ComponentName(Name = "shift")]
    private readonly Parameter _shift;

    public FusedScaling(BatchNorm2d norm)
        : base(nameof(FusedScaling))
    {
        using DisposeScope scope = torch.NewDisposeScope();
        (Parameter scale, Parameter shift) = FusedConvolution.Fuse(torch.ones(norm.weight!.size(0), 1, 1, 1), norm);
        _scale = FusedConvolution.Fixed(scale.view(1, -1, 1, 1));
        _shift = FusedConvolution.Fixed(shift.view(1, -1, 1, 1));
        scale.Dispose();
        shift.Dispose();
        RegisterComponents();
    }

    /// <summary>Gets the factors [1, channels, 1, 1].</summary>
    public Parameter Scale => _scale;

    /// <summary>Gets what is added [1, channels, 1, 1].</summary>
    public Parameter Shift => _shift;

    public override torch.Tensor forward(torch.Tensor input)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        return input.mul(_scale).PlusInPlace(_shift).MoveToOuterDisposeScope();
    }
}
