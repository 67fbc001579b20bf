using SsMfar.Runtime;
using TorchSharp;
using TorchSharp.Modules;

namespace SsMfar.Models;

/// <summary>A <see cref="ResidualBlock"/> for inference.</summary>
internal sealed class FusedResidualBlock : torch.nn.Module<torch.Tensor, torch.Tensor>
{
    private readonly ModuleList<FusedConvolution> _convolutions;
    private readonly FusedConvolution? _shortcut;

    /// <summary>Composes a block, which owns its parts.</summary>
    /// <param name="convolutions">Two or three, with ReLU between them.</param>
    /// <param name="shortcut">From input to sum; null where the input is added as it is.</param>
    public FusedResidualBlock(IEnumerable<FusedConvolution> convolutions, FusedConvolution? shortcut)
        : base(nameof(FusedResidualBlock))
    {
        _convolutions = new([.. convolutions]);
        _shortcut = shortcut;
        RegisterComponents();
    }

    public override torch.Tensor forward(torch.Tensor input)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor output = _convolutions[0].call(input);
        foreach (FusedConvolution convolution in _convolutions.Skip(1))
        {
            output = convolution.call(output.relu_());
        }

        return output.PlusInPlace(_shortcut is null ? input : _shortcut.call(input)).relu_().MoveToOuterDisposeScope();
    }
}
