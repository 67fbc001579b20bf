using SsMfar.Metadata;
using SsMfar.Models;
using SsMfar.Randomness;
using SsMfar.Runtime;
using SsMfar.Tasks;
using TorchSharp;
using TorchSharp.Modules;

namespace SsMfar.Tests.Models;

/// <summary>Models and tensors that several tests use.</summary>
internal static class Build
{
    /// <summary>The paper's model, in evaluation mode.</summary>
    public static MultiTaskModel Paper(long seed = 1, int depth = 18, int hidden = 16) =>
        Of(FormattableString.Invariant($"resnet{depth}"), seed, hidden);

    /// <summary>The paper's model on another built-in backbone, in evaluation mode.</summary>
    public static MultiTaskModel Of(string backboneName, long seed = 1, int hidden = 16)
    {
        var key = RandomKey.FromSeed(seed);
        IBackbone backbone = BackboneFactory.Parse(backboneName).Create(key.Fold(0));
        var model = new MultiTaskModel(backbone, FeatureProcessing.Paper, new Dictionary<string, ITaskHead>
        {
            [AffectTaskNames.Expression] = new MlpHead(backbone.FeatureWidth, hidden, 8, key.Fold(1)),
            [AffectTaskNames.ActionUnits] = new PerOutputMlpHead(backbone.FeatureWidth, hidden, 12, key.Fold(2)),
            [AffectTaskNames.ValenceArousal] = new MlpHead(backbone.FeatureWidth, hidden, 2, key.Fold(3)),
        });
        model.eval();
        return model;
    }

    /// <summary>Normal images [count, 3, size, size] of a seed.</summary>
    public static torch.Tensor Images(int count, int size, ulong seed = 1)
    {
        using var generator = new torch.Generator(seed);
        return torch.empty(count, 3, size, size).normal_(0, 1, generator);
    }

    public static float[] Values(torch.Tensor tensor)
    {
        using var scope = torch.NewDisposeScope();
        return tensor.detach().cpu().to(torch.ScalarType.Float32).contiguous().data<float>().ToArray();
    }

    public static double Difference(torch.Tensor first, torch.Tensor second)
    {
        using var scope = torch.NewDisposeScope();
        return (first.detach() - second.detach()).abs().max().to(torch.ScalarType.Float64).item<double>();
    }

    /// <summary>Gives every batch normalisation weights and statistics as training leaves them: none at 0 and 1.</summary>
    public static void Norms(MultiTaskModel model, ulong seed)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        using var generator = new torch.Generator(seed);
        foreach (BatchNorm2d norm in model.modules().OfType<BatchNorm2d>())
        {
            norm.weight!.uniform_(0.2, 1, generator);
            norm.bias!.uniform_(-0.3, 0.3, generator);
            norm.running_mean!.uniform_(-0.5, 0.5, generator);
            norm.running_var!.uniform_(0.3, 2, generator);
        }
    }
}
