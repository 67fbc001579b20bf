using SsMfar.Runtime;
using TorchSharp;
using TorchSharp.Utils;

namespace SsMfar.Models;

/// <summary>What a residual block gives and its shortcut, added; for inference.</summary>
internal sealed class FusedSum : torch.nn.Module<torch.Tensor, torch.Tensor>
{
    [ComponentName(Name = "body")]
    private readonly torch.nn.Module<torch.Tensor, torch.Tensor> _body;
    [ComponentName(Name = "shortcut")]
    private readonly torch.nn.Module<torch.Tensor, torch.Tensor>? _shortcut;

    /// <summary>Composes a block, which owns its parts.</summary>
    /// <param name="body">Ends with a part that makes a tensor of its own.</param>
    /// <param name="shortcut">From input to sum; null where the input is added as it is.</param>
    public FusedSum(
        torch.nn.Module<torch.Tensor, torch.Tensor> body, torch.nn.Module<torch.Tensor, torch.Tensor>? shortcut = null)
        : base(nameof(FusedSum))
    {
        _body = body;
        _shortcut = shortcut;
        RegisterComponents();
    }

    public torch.nn.Module<torch.Tensor, torch.Tensor> Body => _body;

    public torch.nn.Module<torch.Tensor, torch.Tensor>? Shortcut => _shortcut;

    public override torch.Tensor forward(torch.Tensor input)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        return _body.call(input).PlusInPlace(_shortcut is null ? input : _shortcut.call(input)).MoveToOuterDisposeScope();
    }
}
