using System.Collections.Immutable;
using System.Globalization;
using SsMfar.Weights;

namespace SsMfar.Models;

/// <summary>
/// ResNets with torchvision's names (which timm's are too), or the numbers that <c>nn.Sequential(*resnet.children())</c> gives the same
/// layers.
/// </summary>
internal sealed class ResNetFamily : NetworkFamily
{
    private const int BottleneckDepth = 50;

    private static readonly (string Layer, string Number)[] Numbers =
        [("conv1", "0"), ("bn1", "1"), ("layer1", "4"), ("layer2", "5"), ("layer3", "6"), ("layer4", "7")];

    // Blocks in each stage. Of the last two there is no network here, but they are told by their names.
    private static readonly (int Depth, int[] Blocks, KnownNetwork Network)[] Depths =
    [
        Entry(18, [2, 2, 2, 2], BackboneFactory.ResNet18), Entry(34, [3, 4, 6, 3], BackboneFactory.ResNet34),
        Entry(50, [3, 4, 6, 3], BackboneFactory.ResNet50), Entry(101, [3, 4, 23, 3]), Entry(152, [3, 8, 36, 3]),
    ];

    public override string Name => "ResNet";

    public override string NamedBy => "torchvision's";

    public override string FirstConvolution => "conv1.weight";

    public override ImmutableArray<WeightLayout> Layouts { get; } =
    [
        new("conv1.weight", ["layer1.0.conv1.weight"], [.. Numbers.Select(pair => pair.Layer)]),
        new("0.weight", ["4.0.conv1.weight"], [.. Numbers.Select(pair => pair.Number)], ByNumber),
    ];

    public override KnownNetwork? Describe(IBackbone backbone) =>
        backbone is ResNet network ? Depths.First(known => known.Depth == network.Depth).Network : null;

    public override KnownNetwork? Held(Func<string, WeightEntry?> find)
    {
        foreach ((int depth, int[] blocks, KnownNetwork network) in Depths)
        {
            // The first and third stage suffice, so that a file that lacks something of the others is told as what it lacks that of.
            if (Has("layer1.0.conv3") == depth >= BottleneckDepth && HasStage(1, blocks[0]) && HasStage(3, blocks[2]))
            {
                return network;
            }
        }

        return null;

        bool HasStage(int stage, int count) => Has(Block(stage, count - 1)) && !Has(Block(stage, count));

        bool Has(string layer) => find(layer + ".weight") is not null;

        static string Block(int stage, int index) => string.Create(CultureInfo.InvariantCulture, $"layer{stage}.{index}.conv1");
    }

    private static (int Depth, int[] Blocks, KnownNetwork Network) Entry(int depth, int[] blocks, BackboneFactory? backbone = null) =>
        (depth, blocks, new(
            string.Create(CultureInfo.InvariantCulture, $"ResNet-{depth}"), backbone, () => Tensors(depth, blocks)));

    private static IEnumerable<string> Tensors(int depth, int[] blocks)
    {
        int convolutions = depth >= BottleneckDepth ? 3 : 2;
        return KnownNetwork.Pair("conv1", "bn1").Concat(
            from stage in Enumerable.Range(1, blocks.Length)
            from block in Enumerable.Range(0, blocks[stage - 1])
            let start = string.Create(CultureInfo.InvariantCulture, $"layer{stage}.{block}.")
            let hasShortcut = block == 0 && (stage > 1 || depth >= BottleneckDepth)
            from name in Enumerable.Range(1, convolutions).SelectMany(i => KnownNetwork.Pair($"{start}conv{i}", $"{start}bn{i}"))
                .Concat(hasShortcut ? KnownNetwork.Pair($"{start}downsample.0", $"{start}downsample.1") : [])
            select name);
    }

    private static string ByNumber(string name)
    {
        int dot = name.IndexOf('.', StringComparison.Ordinal);
        return Numbers.First(pair => pair.Layer == name[..dot]).Number + name[dot..];
    }
}
