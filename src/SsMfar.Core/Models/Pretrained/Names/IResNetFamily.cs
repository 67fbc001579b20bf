using System.Collections.Immutable;
using System.Globalization;
using SsMfar.Weights;

namespace SsMfar.Models;

/// <summary>
/// The ResNets of insightface's <c>arcface_torch</c>. They have the names of a ResNet's first layers, and PReLU's besides.
/// </summary>
internal sealed class IResNetFamily : NetworkFamily
{
    private static readonly ImmutableArray<string> Layers =
        ["conv1", "bn1", "prelu", "layer1", "layer2", "layer3", "layer4", "bn2"];

    // Blocks in each stage. Those without a backbone are told by their names.
    private static readonly (int Depth, int[] Blocks, KnownNetwork Network)[] Depths =
    [
        Entry(18, [2, 2, 2, 2], BackboneFactory.IResNet18), Entry(34, [3, 4, 6, 3]), Entry(50, [3, 4, 14, 3], BackboneFactory.IResNet50),
        Entry(100, [3, 13, 30, 3]), Entry(200, [6, 26, 60, 6]),
    ];

    public override string Name => "IResNet";

    public override string NamedBy => "insightface's";

    public override string FirstConvolution => "conv1.weight";

    public override ImmutableArray<WeightLayout> Layouts { get; } =
        [new("conv1.weight", ["prelu.weight", "layer1.0.prelu.weight"], Layers)];

    public override KnownNetwork? Describe(IBackbone backbone) =>
        backbone is IResNet network ? Depths.First(known => known.Depth == network.Depth).Network : null;

    public override KnownNetwork? Held(Func<string, WeightEntry?> find)
    {
        foreach ((_, int[] blocks, KnownNetwork network) in Depths)
        {
            if (HasStage(1, blocks[0]) && HasStage(3, blocks[2]))
            {
                return network;
            }
        }

        return null;

        bool HasStage(int stage, int count) => Has(stage, count - 1) && !Has(stage, count);

        bool Has(int stage, int index) =>
            find(string.Create(CultureInfo.InvariantCulture, $"layer{stage}.{index}.conv1.weight")) is not null;
    }

    private static (int Depth, int[] Blocks, KnownNetwork Network) Entry(int depth, int[] blocks, BackboneFactory? backbone = null) =>
        (depth, blocks, new(string.Create(CultureInfo.InvariantCulture, $"IResNet-{depth}"), backbone, () => Tensors(blocks)));

    private static IEnumerable<string> Tensors(int[] blocks) =>
    [
        .. KnownNetwork.Pair("conv1", "bn1"), "prelu.weight", .. KnownNetwork.Norm("bn2"),
        .. from stage in Enumerable.Range(1, blocks.Length)
           from block in Enumerable.Range(0, blocks[stage - 1])
           let start = string.Create(CultureInfo.InvariantCulture, $"layer{stage}.{block}.")
           from name in KnownNetwork.Norm($"{start}bn1").Concat(KnownNetwork.Pair($"{start}conv1", $"{start}bn2"))
               .Append($"{start}prelu.weight").Concat(KnownNetwork.Pair($"{start}conv2", $"{start}bn3"))
               .Concat(block == 0 ? KnownNetwork.Pair($"{start}downsample.0", $"{start}downsample.1") : [])
           select name,
    ];
}
