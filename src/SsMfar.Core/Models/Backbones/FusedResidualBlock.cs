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
        torch.Tensor map = input;
        for (int i = 0; i < _convolutions.Count - 1; i++)
        {
            map = _convolutions[i].Apply(map, rectifies: true);
        }

        torch.Tensor addend = _shortcut is null ? input : _shortcut.call(input);
        return _convolutions[^1].Apply(map, addend, rectifies: true).MoveToOuterDisposeScope();
    }
}
