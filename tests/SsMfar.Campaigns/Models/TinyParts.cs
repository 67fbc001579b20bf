using System.Collections.Immutable;
using SsMfar.Data;
using SsMfar.Export;
using SsMfar.Imaging;
using SsMfar.Metadata;
using SsMfar.Models;
using SsMfar.Randomness;
using SsMfar.Runtime;
using TorchSharp;
using TorchSharp.Modules;
using TorchSharp.Utils;

namespace SsMfar.Campaigns.Models;

/// <summary>A convolution: a backbone whose files have a few kilobytes.</summary>
internal sealed class TinyBackbone : torch.nn.Module<torch.Tensor, torch.Tensor>, IBackbone<TinyBackbone>, IOnnxExportable
{
    private const int Width = 8;

    [ComponentName(Name = "weight")]
    private readonly Parameter _weight;

    public TinyBackbone(RandomKey key)
        : base(nameof(TinyBackbone))
    {
        using WeightInitializer initializer = new(key);
        _weight = initializer.KaimingNormal(Width, 3, 3);
        RegisterComponents();
    }

    public static string Kind => "tiny";

    public static BackboneFactory Factory { get; } = BackboneFactory.Of(key => new TinyBackbone(key));

    public int FeatureWidth => Width;

    public static TinyBackbone Create(PartDescription description, RandomKey key) => new(key);

    public override torch.Tensor forward(torch.Tensor input)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        return torch.nn.functional.conv2d(input, _weight, strides: [2, 2]).relu().MoveToOuterDisposeScope();
    }

    public OnnxValue AddTo(OnnxGraph graph, OnnxValue input) => graph.Node(
        "Relu", graph.Node("Conv", [input, graph.Initializer("weight", _weight)], OnnxAttribute.Of("strides", [2, 2])));
}

/// <summary>Small models of three tasks.</summary>
internal static class TinyParts
{
    /// <summary>Pixels across and down.</summary>
    public const int Side = 32;

    private const int Hidden = 4;

    /// <summary>Gets the parts that their files name.</summary>
    public static ModelParts Known { get; } = ModelParts.BuiltIn.WithBackbone<TinyBackbone>();

    /// <summary>Gets what their files say.</summary>
    public static ModelMetadata Metadata { get; } = new()
    {
        Input = new ImagePreprocessing { Width = Side, Height = Side },
        ExpressionClasses = [.. ExpressionClassSet.AffWild2.Names],
        ActionUnits = ActionUnits.Names,
        Decoders = new Dictionary<string, PartDescription>
        {
            [AffectTaskNames.Expression] = new ExpressionDecoder(ExpressionClassSet.AffWild2).Description,
            [AffectTaskNames.ActionUnits] = new ActionUnitDecoder([.. Enumerable.Repeat(0.5f, ActionUnits.Count)]).Description,
            [AffectTaskNames.ValenceArousal] = new ValenceArousalDecoder().Description,
        }.ToImmutableSortedDictionary(),
        Recipe = "recommended",
        Notes = ImmutableSortedDictionary<string, string>.Empty.Add("made by", "a campaign"),
    };

    /// <summary>A model, the caller's.</summary>
    public static MultiTaskModel Model(long seed = 1)
    {
        RandomKey key = RandomKey.FromSeed(seed);
        MultiTaskModel model = new(new TinyBackbone(key.Fold(0)), FeatureProcessing.Paper, new Dictionary<string, ITaskHead>
        {
            [AffectTaskNames.Expression] = new MlpHead(8, Hidden, 8, key.Fold(1)),
            [AffectTaskNames.ActionUnits] = new PerOutputMlpHead(8, Hidden, ActionUnits.Count, key.Fold(2)),
            [AffectTaskNames.ValenceArousal] = new LinearHead(8, 2, key.Fold(3)),
        });
        model.eval();
        return model;
    }
}
