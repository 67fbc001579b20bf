using System.Collections.Immutable;
using System.Globalization;
using SsMfar.Weights;

namespace SsMfar.Models;

/// <summary>The MobileFaceNets of insightface's <c>arcface_torch</c>.</summary>
internal sealed class MobileFaceNetFamily : NetworkFamily
{
    // The blocks of layers 3, 5 and 7; of the larger one layer 1 is such a stage too.
    private static readonly (int Layer, int Blocks)[] Stages = [(3, 4), (5, 6), (7, 2)];
    private static readonly int[] Bottlenecks = [2, 4, 6];

    private static readonly KnownNetwork Network = new("MobileFaceNet", BackboneFactory.MobileFaceNet, Tensors);
    private static readonly KnownNetwork Large = new("MobileFaceNet-large");

    public override string Name => "MobileFaceNet";

    public override string NamedBy => "insightface's";

    public override string FirstConvolution => "layers.0.layers.0.weight";

    public override ImmutableArray<WeightLayout> Layouts { get; } =
        [new("layers.0.layers.0.weight", ["conv_sep.layers.0.weight"], ["layers", "conv_sep"], heads: ["features"])];

    public override KnownNetwork? Describe(IBackbone backbone) => backbone is MobileFaceNet ? Network : null;

    public override KnownNetwork? Held(Func<string, WeightEntry?> find)
    {
        (int layer, int blocks) = Stages[0];
        return find("layers.1.layers.0.layers.0.layers.0.weight") is not null ? Large
            : HasBlock(blocks - 1) && !HasBlock(blocks) ? Network
            : null;

        bool HasBlock(int index) =>
            find(string.Create(CultureInfo.InvariantCulture, $"layers.{layer}.layers.{index}.layers.0.layers.0.weight")) is not null;
    }

    private static IEnumerable<string> Tensors() =>
    [
        .. Unit("layers.0"), .. Unit("layers.1"), .. Unit("conv_sep"),
        .. Bottlenecks.SelectMany(layer => Block(string.Create(CultureInfo.InvariantCulture, $"layers.{layer}"))),
        .. from stage in Stages
           from block in Enumerable.Range(0, stage.Blocks)
           from name in Block(string.Create(CultureInfo.InvariantCulture, $"layers.{stage.Layer}.layers.{block}"))
           select name,
    ];

    private static IEnumerable<string> Block(string name) =>
    [
        .. Unit($"{name}.layers.0"), .. Unit($"{name}.layers.1"),
        .. KnownNetwork.Pair($"{name}.layers.2.layers.0", $"{name}.layers.2.layers.1"),
    ];

    private static IEnumerable<string> Unit(string name) =>
        [.. KnownNetwork.Pair($"{name}.layers.0", $"{name}.layers.1"), $"{name}.layers.2.weight"];
}
