using System.Globalization;
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
/// The ResNet of face recognition (ArcFace, Deng et al., 2019) with 18 or 50 layers, with the parameter names, layout and initialisation of
/// insightface's <c>arcface_torch</c>: a 3×3 stem of stride 1, blocks of <c>bn, conv, bn, PReLU, conv, bn</c>, and a normalisation of the
/// last map. Features are that map, after <c>bn2</c>, a 16th of the input's size. What insightface goes on with, a layer from 7×7×512
/// numbers to an identity (<c>fc</c>, <c>features</c>), takes images of 112 pixels alone and lets go of what a face expresses. Without it
/// the input may have any size; public weights saw 112×112, aligned.
/// </summary>
public sealed class IResNet : torch.nn.Module<torch.Tensor, torch.Tensor>, IBackbone, IComputePrecision, IFusedInParts, IStagedBackbone
{
    private const int StemWidth = 64;
    private const double InitialDeviation = 0.1;

    [ComponentName(Name = "conv1")]
    private readonly ConvolutionLayer _conv1;
    [ComponentName(Name = "bn1")]
    private readonly BatchNorm2d _bn1;
    [ComponentName(Name = "prelu")]
    private readonly PReluLayer _prelu;
    [ComponentName(Name = "layer1")]
    private readonly Sequential _layer1;
    [ComponentName(Name = "layer2")]
    private readonly Sequential _layer2;
    [ComponentName(Name = "layer3")]
    private readonly Sequential _layer3;
    [ComponentName(Name = "layer4")]
    private readonly Sequential _layer4;
    [ComponentName(Name = "bn2")]
    private readonly BatchNorm2d _bn2;

    /// <summary>
    /// Makes an IResNet with random weights: convolutions normal with deviation 0.1, norms 1 and 0, slopes of PReLU 0.25.
    /// </summary>
    /// <param name="depth">18 or 50.</param>
    /// <param name="key">What the weights are drawn from.</param>
    /// <exception cref="ArgumentOutOfRangeException">Another depth.</exception>
    public IResNet(int depth, RandomKey key)
        : base(FirstTensor.Allow(nameof(IResNet)))
    {
        int[] blocks = depth switch
        {
            18 => [2, 2, 2, 2],
            50 => [3, 4, 14, 3],
            _ => throw new ArgumentOutOfRangeException(nameof(depth), depth, "An IResNet has depth 18 or 50."),
        };
        using var initializer = new WeightInitializer(key);
        Depth = depth;
        FeatureWidth = 8 * StemWidth;
        _conv1 = new(Draw(initializer, StemWidth, 3, kernel: 3));
        _bn1 = torch.nn.BatchNorm2d(StemWidth);
        _prelu = new(StemWidth);
        _layer1 = Stage(StemWidth, StemWidth, blocks[0]);
        _layer2 = Stage(StemWidth, 2 * StemWidth, blocks[1]);
        _layer3 = Stage(2 * StemWidth, 4 * StemWidth, blocks[2]);
        _layer4 = Stage(4 * StemWidth, 8 * StemWidth, blocks[3]);
        _bn2 = torch.nn.BatchNorm2d(FeatureWidth);
        RegisterComponents();

        Sequential Stage(int inputs, int width, int count)
        {
            List<torch.nn.Module<torch.Tensor, torch.Tensor>> stage = [];
            for (int block = 0; block < count; block++)
            {
                stage.Add(new IResNetBlock(initializer, block == 0 ? inputs : width, width, stride: block == 0 ? 2 : 1));
            }

            return torch.nn.Sequential(stage);
        }
    }

    /// <summary>Gets the depth: 18 or 50.</summary>
    public int Depth { get; }

    /// <summary>Gets the number of features: 512.</summary>
    public int FeatureWidth { get; }

    /// <inheritdoc/>
    public ComputePrecision Precision
    {
        get;
        set => field = ConvolutionLayer.SetPrecision(this, value);
    }

    /// <summary>Gets the kind <c>iresnet18</c> or <c>iresnet50</c>, without settings.</summary>
    public PartDescription Description => new(string.Create(CultureInfo.InvariantCulture, $"iresnet{Depth}"));

    torch.nn.Module<torch.Tensor, torch.Tensor> IBackbone.Module => this;

    IReadOnlyList<torch.nn.Module> IStagedBackbone.Stages => [_layer2, _layer3, _layer4];

    /// <inheritdoc/>
    public IBackbone Fuse() => ((IFusedInParts)this).FuseParts();

    FusedNetwork IFusedInParts.FuseParts() => new(
        this,
        [
            new FusedUnit(_conv1, _bn1, Activation.PRelu, _prelu),
            .. new[] { _layer1, _layer2, _layer3, _layer4 }.Select(IFusiblePart.Fuse),
            new FusedScaling(_bn2),
        ]);

    /// <summary>The feature map.</summary>
    /// <param name="input">Normalised images, floating point [N, 3, H, W].</param>
    /// <returns>
    /// [N, <see cref="FeatureWidth"/>, ceil(H/16), ceil(W/16)], bfloat16 under <see cref="ComputePrecision.BFloat16"/>, else the
    /// parameters' type.
    /// </returns>
    public override torch.Tensor forward(torch.Tensor input)
    {
        using var scope = torch.NewDisposeScope();
        torch.Tensor map = _prelu.call(CpuKernels.Normalize(_bn1, _conv1.call(input)));
        map = _layer1.call(map);
        foreach (Sequential stage in ((Sequential[])[_layer2, _layer3, _layer4]))
        {
            map = stage.call(GradientMark.Before(map, stage));
        }

        return CpuKernels.Normalize(_bn2, map).MoveToOuterDisposeScope();
    }

    /// <summary>A convolution's initial weights [outputs, inputs, k, k].</summary>
    internal static Parameter Draw(WeightInitializer initializer, int outputs, int inputs, int kernel) =>
        initializer.Normal(InitialDeviation, outputs, inputs, kernel, kernel);
}
