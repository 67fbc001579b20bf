using SsMfar.Kernels;
using SsMfar.Metadata;
using TorchSharp;
using TorchSharp.Modules;

namespace SsMfar.Models;

/// <summary>A <see cref="ResNet"/> for inference.</summary>
internal sealed class FusedResNet : torch.nn.Module<torch.Tensor, torch.Tensor>, IBackbone
{
    private readonly FusedConvolution _stem;
    private readonly Sequential _blocks;

    /// <summary>Composes a network, which owns its parts.</summary>
    public FusedResNet(string kind, int featureWidth, FusedConvolution stem, IEnumerable<FusedResidualBlock> blocks)
        : base(nameof(FusedResNet))
    {
        Description = new(kind);
        FeatureWidth = featureWidth;
        _stem = stem;
        _blocks = torch.nn.Sequential(blocks.Cast<torch.nn.Module<torch.Tensor, torch.Tensor>>());
        RegisterComponents();
    }

    public int FeatureWidth { get; }

    /// <summary>Gets a kind that nothing loads: the fused network lives in a predictor alone.</summary>
    public PartDescription Description { get; }

    torch.nn.Module<torch.Tensor, torch.Tensor> IBackbone.Module => this;

    public override torch.Tensor forward(torch.Tensor input)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor map = _stem.call(input);
        return _blocks.call(CpuKernels.Pool(map)(map)).MoveToOuterDisposeScope();
    }
}
