using SsMfar.Metadata;
using SsMfar.Models;
using SsMfar.Randomness;
using SsMfar.Runtime;
using SsMfar.Tasks;
using TorchSharp;

namespace SsMfar.Benchmarks.Training;

/// <summary>The network that both sides run: ResNet-18, a head with 16 hidden units for each task, L2 norm of the features.</summary>
internal static class PaperNetwork
{
    public const int Classes = 8;
    public const int Units = 12;
    private const int Hidden = 16;

    /// <summary>Makes it, without dropout: the two sides could not draw alike.</summary>
    public static MultiTaskModel Create(RandomKey key, ComputePrecision precision)
    {
        var backbone = new ResNet(18, key) { Precision = precision };
        return new(backbone, new(dropout: 0, l2Normalize: true), new Dictionary<string, ITaskHead>
        {
            [AffectTaskNames.Expression] = new MlpHead(backbone.FeatureWidth, Hidden, Classes, key.Fold(1)),
            [AffectTaskNames.ValenceArousal] = new MlpHead(backbone.FeatureWidth, Hidden, 2, key.Fold(2)),
            [AffectTaskNames.ActionUnits] = new PerOutputMlpHead(backbone.FeatureWidth, Hidden, Units, key.Fold(3)),
        });
    }

    /// <summary>A copy of its weights on the CPU, by the names under which the peer reads them from a file.</summary>
    public static Dictionary<string, torch.Tensor> Share(MultiTaskModel model) => model.state_dict()
        .Where(pair => !pair.Key.EndsWith("num_batches_tracked", StringComparison.Ordinal))
        .ToDictionary(pair => $"model.{pair.Key}", pair => pair.Value.detach().cpu().contiguous().clone());
}
