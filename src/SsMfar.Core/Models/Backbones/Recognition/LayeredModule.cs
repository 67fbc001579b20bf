using SsMfar.Runtime;
using TorchSharp;
using TorchSharp.Utils;

namespace SsMfar.Models;

/// <summary>
/// Something under the name <c>layers</c>, as insightface's MobileFaceNet nests its parts; its input is added where it is residual.
/// </summary>
internal sealed class LayeredModule : torch.nn.Module<torch.Tensor, torch.Tensor>, IFusiblePart
{
    [ComponentName(Name = "layers")]
    private readonly torch.nn.Module<torch.Tensor, torch.Tensor> _layers;

    private readonly bool _isResidual;

    /// <param name="layers">What it computes; ends with a part that makes a tensor of its own.</param>
    /// <param name="isResidual">Whether the input is added.</param>
    public LayeredModule(torch.nn.Module<torch.Tensor, torch.Tensor> layers, bool isResidual = false)
        : base(nameof(LayeredModule))
    {
        _layers = layers;
        _isResidual = isResidual;
        RegisterComponents();
    }

    public torch.nn.Module<torch.Tensor, torch.Tensor> Fuse()
    {
        torch.nn.Module<torch.Tensor, torch.Tensor> layers = IFusiblePart.Fuse(_layers);
        return _isResidual ? new FusedSum(layers) : layers;
    }

    public override torch.Tensor forward(torch.Tensor input)
    {
        if (!_isResidual)
        {
            return _layers.call(input);
        }

        using DisposeScope scope = torch.NewDisposeScope();
        return _layers.call(input).PlusInPlace(input).MoveToOuterDisposeScope();
    }
}
