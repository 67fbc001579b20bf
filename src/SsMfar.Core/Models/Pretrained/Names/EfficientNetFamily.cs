using System.Collections.Immutable;
using System.Globalization;
using SsMfar.Weights;

namespace SsMfar.Models;

/// <summary>EfficientNets with torchvision's names, which are the network's own, or timm's.</summary>
internal sealed class EfficientNetFamily : NetworkFamily
{
    // The first stage widens nothing, so that its blocks have a layer less.
    private const int PlainStage = 1;
    private const int LastStage = 6;
    private const int Head = 8;

    private static readonly string[] GateTensors = ["fc1.weight", "fc1.bias", "fc2.weight", "fc2.bias"];

    private static readonly ImmutableArray<(EfficientNetPlan Plan, KnownNetwork Network)> Networks =
        [.. EfficientNetPlan.All.Select(plan => (plan, new KnownNetwork(
            string.Create(CultureInfo.InvariantCulture, $"EfficientNet-B{plan.Scale}"),
            plan.Scale switch { 0 => BackboneFactory.EfficientNetB0, 2 => BackboneFactory.EfficientNetB2, _ => null },
            () => Tensors(plan))))];

    public override string Name => "EfficientNet";

    public override string NamedBy => "torchvision's or timm's";

    public override string FirstConvolution => "features.0.0.weight";

    public override ImmutableArray<WeightLayout> Layouts { get; } =
    [
        new("features.0.0.weight", ["features.1.0.block.1.fc1.weight"], ["features"]),
        new("conv_stem.weight", ["blocks.0.0.se.conv_reduce.weight"], ["conv_stem", "bn1", "blocks", "conv_head", "bn2"], ToTimm),
    ];

    public override KnownNetwork? Describe(IBackbone backbone) =>
        backbone is EfficientNet network ? Networks.First(known => known.Plan.Scale == network.Scale).Network : null;

    // By the blocks of the first and sixth stage, and by the last width: B1 is as deep as B2.
    public override KnownNetwork? Held(Func<string, WeightEntry?> find)
    {
        long? width = find($"features.{Head}.0.weight")?.Shape is [var outputs, ..] ? outputs : null;
        foreach ((EfficientNetPlan plan, KnownNetwork network) in Networks)
        {
            if (HasStage(PlainStage, plan) && HasStage(LastStage, plan) && (width is null || width == plan.FeatureWidth))
            {
                return network;
            }
        }

        return null;

        bool HasStage(int stage, EfficientNetPlan plan)
        {
            int count = plan.Stages[stage - 1].Blocks;
            return Has(stage, count - 1) && !Has(stage, count);
        }

        // By the gate, which both kinds of blocks have.
        bool Has(int stage, int block) => find(string.Create(
            CultureInfo.InvariantCulture, $"features.{stage}.{block}.block.{(stage == PlainStage ? 1 : 2)}.fc1.weight")) is not null;
    }

    private static IEnumerable<string> Tensors(EfficientNetPlan plan) =>
    [
        .. KnownNetwork.Pair("features.0.0", "features.0.1"), .. KnownNetwork.Pair($"features.{Head}.0", $"features.{Head}.1"),
        .. from stage in Enumerable.Range(1, plan.Stages.Length)
           from block in Enumerable.Range(0, plan.Stages[stage - 1].Blocks)
           let start = string.Create(CultureInfo.InvariantCulture, $"features.{stage}.{block}.block.")
           from name in Block(start, stage == PlainStage ? 1 : 2)
           select name,
    ];

    private static IEnumerable<string> Block(string start, int gate)
    {
        string[] units = gate == 1 ? ["0", "2"] : ["0", "1", "3"];
        return units.SelectMany(unit => KnownNetwork.Pair($"{start}{unit}.0", $"{start}{unit}.1")).Concat(
            GateTensors.Select(tensor => string.Create(CultureInfo.InvariantCulture, $"{start}{gate}.{tensor}")));
    }

    // features.0.0 is the stem, features.8.0 the last convolution, features.s.b.block.l.i layer i of unit l of block b in stage s.
    private static string ToTimm(string name)
    {
        string[] parts = name.Split('.');
        int stage = int.Parse(parts[1], CultureInfo.InvariantCulture);
        if (stage is 0 or Head)
        {
            string layer = (stage, parts[2]) switch { (0, "0") => "conv_stem", (0, _) => "bn1", (_, "0") => "conv_head", _ => "bn2" };
            return $"{layer}.{parts[3]}";
        }

        int unit = int.Parse(parts[4], CultureInfo.InvariantCulture) + (stage == PlainStage ? 1 : 0);
        string inner = (unit, parts[5]) switch
        {
            (_, "fc1") => "se.conv_reduce",
            (_, "fc2") => "se.conv_expand",
            (0, "0") => "conv_pw",
            (1, "0") => "conv_dw",
            (3, "0") => stage == PlainStage ? "conv_pw" : "conv_pwl",
            (0, _) => "bn1",
            (1, _) => stage == PlainStage ? "bn1" : "bn2",
            _ => stage == PlainStage ? "bn2" : "bn3",
        };
        return string.Create(CultureInfo.InvariantCulture, $"blocks.{stage - 1}.{parts[2]}.{inner}.{parts[6]}");
    }
}
