using TorchSharp;
using TorchSharp.Modules;
using TorchSharp.Utils;

namespace SsMfar.Models;

/// <summary>PReLU with a slope for each channel, 0.25 at first. Computes in its input's type.</summary>
internal sealed class PReluLayer : torch.nn.Module<torch.Tensor, torch.Tensor>
{
    private const double InitialSlope = 0.25;

    [ComponentName(Name = "weight")]
    private readonly Parameter _weight;

    public PReluLayer(int channels)
        : base(nameof(PReluLayer))
    {
        _weight = WeightInitializer.Constant(InitialSlope, channels);
        RegisterComponents();
    }

    public Parameter Weight => _weight;

    public override torch.Tensor forward(torch.Tensor input)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        return input.prelu(_weight.to(input.dtype)).MoveToOuterDisposeScope();
    }
}
