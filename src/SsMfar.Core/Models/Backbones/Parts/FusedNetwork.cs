using SsMfar.Metadata;
using TorchSharp;
using TorchSharp.Modules;
using TorchSharp.Utils;

namespace SsMfar.Models;

/// <summary>A backbone for inference, of parts one after another.</summary>
internal sealed class FusedNetwork : torch.nn.Module<torch.Tensor, torch.Tensor>, IBackbone
{
    [ComponentName(Name = "parts")]
    private readonly Sequential _parts;

    /// <summary>Composes a network, which owns its parts.</summary>
    /// <param name="origin">What it is made of.</param>
    /// <param name="parts">Its parts, as <see cref="IFusiblePart.Fuse()"/> gives them.</param>
    public FusedNetwork(IBackbone origin, IEnumerable<torch.nn.Module<torch.Tensor, torch.Tensor>> parts)
        : base(nameof(FusedNetwork))
    {
        Description = new($"fused-{origin.Description.Kind}");
        FeatureWidth = origin.FeatureWidth;
        _parts = torch.nn.Sequential(parts);
        RegisterComponents();
    }

    public int FeatureWidth { get; }

    /// <summary>Gets a kind that nothing loads: the fused network lives in a predictor alone.</summary>
    public PartDescription Description { get; }

    public Sequential Parts => _parts;

    torch.nn.Module<torch.Tensor, torch.Tensor> IBackbone.Module => this;

    public override torch.Tensor forward(torch.Tensor input) => _parts.call(input);
}
