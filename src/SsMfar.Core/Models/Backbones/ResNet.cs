using SsMfar.Kernels;
using SsMfar.Kernels.Marks;
using SsMfar.Metadata;
using SsMfar.Randomness;
using SsMfar.Runtime;
using TorchSharp;
using TorchSharp.Modules;
using TorchSharp.Utils;

namespace SsMfar.Models;

/// <summary>
/// ResNet-18, 34 or 50 (He et al., 2016) up to its last feature map, with torchvision's parameter names (no <c>fc</c>), layout and
/// initialisation, so that weights move between the two. The feature map is a 32nd of the input's size.
/// </summary>
public sealed class ResNet : torch.nn.Module<torch.Tensor, torch.Tensor>, IBackbone, IComputePrecision, IFusible, IStagedBackbone
{
    private const int StemWidth = 64;

    [ComponentName(Name = "conv1")]
    private readonly ConvolutionLayer _conv1;
    [ComponentName(Name = "bn1")]
    private readonly BatchNorm2d _bn1;
    [ComponentName(Name = "layer1")]
    private readonly Sequential _layer1;
    [ComponentName(Name = "layer2")]
    private readonly Sequential _layer2;
    [ComponentName(Name = "layer3")]
    private readonly Sequential _layer3;
    [ComponentName(Name = "layer4")]
    private readonly Sequential _layer4;

    /// <summary>Makes a ResNet with random weights: convolutions by <see cref="WeightInitializer.KaimingNormal"/>, norms 1 and 0.</summary>
    /// <param name="depth">18, 34 or 50.</param>
    /// <param name="key">What the weights are drawn from.</param>
    /// <exception cref="ArgumentOutOfRangeException">Another depth.</exception>
    public ResNet(int depth, RandomKey key)
        : base(FirstTensor.Allow(nameof(ResNet)))
    {
        int[] blocks = depth switch
        {
            18 => [2, 2, 2, 2],
            34 or 50 => [3, 4, 6, 3],
            _ => throw new ArgumentOutOfRangeException(nameof(depth), depth, "A ResNet has depth 18, 34 or 50."),
        };
        bool bottleneck = depth >= 50;
        int expansion = bottleneck ? ResidualBlock.BottleneckExpansion : 1;
        using var initializer = new WeightInitializer(key);
        Depth = depth;
        FeatureWidth = 8 * StemWidth * expansion;
        _conv1 = new ConvolutionLayer(initializer, inputs: 3, StemWidth, kernel: 7, stride: 2);
        _bn1 = torch.nn.BatchNorm2d(StemWidth);
        _layer1 = Stage(StemWidth, StemWidth, blocks[0], stride: 1);
        _layer2 = Stage(StemWidth * expansion, 2 * StemWidth, blocks[1], stride: 2);
        _layer3 = Stage(2 * StemWidth * expansion, 4 * StemWidth, blocks[2], stride: 2);
        _layer4 = Stage(4 * StemWidth * expansion, 8 * StemWidth, blocks[3], stride: 2);
        RegisterComponents();

        Sequential Stage(int inputs, int width, int count, int stride) =>
            torch.nn.Sequential(Enumerable.Range(0, count).Select(i =>
                (i.ToString(System.Globalization.CultureInfo.InvariantCulture),
                (torch.nn.Module<torch.Tensor, torch.Tensor>)new ResidualBlock(
                    initializer, bottleneck, i == 0 ? inputs : width * expansion, width, i == 0 ? stride : 1))).ToArray());
    }

    /// <summary>Gets the depth: 18, 34 or 50.</summary>
    public int Depth { get; }

    /// <summary>Gets the number of features: 512, or 2048 for ResNet-50.</summary>
    public int FeatureWidth { get; }

    /// <inheritdoc/>
    public ComputePrecision Precision
    {
        get;
        set => field = ConvolutionLayer.SetPrecision(this, value);
    }

    /// <summary>Gets the kind <c>resnet18</c>, <c>resnet34</c> or <c>resnet50</c>, without settings.</summary>
    public PartDescription Description => new(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"resnet{Depth}"));

    torch.nn.Module<torch.Tensor, torch.Tensor> IBackbone.Module => this;

    IReadOnlyList<torch.nn.Module> IStagedBackbone.Stages => [_layer2, _layer3, _layer4];

    /// <inheritdoc/>
    public IBackbone Fuse() => new FusedResNet(
        $"fused-{Description.Kind}",
        FeatureWidth,
        new FusedConvolution(_conv1, _bn1),
        new[] { _layer1, _layer2, _layer3, _layer4 }.SelectMany(stage => stage.children()).Cast<ResidualBlock>()
            .Select(block => block.Fuse()));

    /// <summary>The feature map.</summary>
    /// <param name="input">Normalised images, floating point [N, 3, H, W].</param>
    /// <returns>
    /// [N, <see cref="FeatureWidth"/>, ceil(H/32), ceil(W/32)], bfloat16 under <see cref="ComputePrecision.BFloat16"/>, else the
    /// parameters' type.
    /// </returns>
    public override torch.Tensor forward(torch.Tensor input)
    {
        using var scope = torch.NewDisposeScope();
        torch.Tensor map = _layer1.call(CpuKernels.NormalizePoolAndRectify(_bn1, _conv1.call(input)));
        foreach (Sequential stage in ((Sequential[])[_layer2, _layer3, _layer4]))
        {
            map = stage.call(GradientMark.Before(map, stage));
        }

        return map.MoveToOuterDisposeScope();
    }
}
