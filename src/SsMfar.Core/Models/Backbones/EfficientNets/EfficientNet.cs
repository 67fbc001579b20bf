using System.Globalization;
using SsMfar.Metadata;
using SsMfar.Randomness;
using SsMfar.Runtime;
using TorchSharp;
using TorchSharp.Modules;
using TorchSharp.Utils;

namespace SsMfar.Models;

/// <summary>
/// EfficientNet-B0 or B2 (Tan and Le, 2019) up to its last feature map, with torchvision's parameter names (no <c>classifier</c>) and
/// initialisation; <see cref="PretrainedWeights"/> understand timm's names too. The feature map is a 32nd of the input's size, which may be
/// any. Blocks are not skipped at random (stochastic depth): a step's outputs follow from its input.
/// </summary>
public sealed class EfficientNet : torch.nn.Module<torch.Tensor, torch.Tensor>, IBackbone, IComputePrecision, IFusedInParts
{
    private const double PyTorchEpsilon = 1e-5;
    private const double TensorFlowEpsilon = 1e-3;
    private const int StemKernel = 3;

    [ComponentName(Name = "features")]
    private readonly Sequential _features;

    /// <summary>
    /// Makes an EfficientNet with random weights: convolutions by <see cref="WeightInitializer.KaimingNormal"/>, norms 1 and 0, biases 0.
    /// </summary>
    /// <param name="scale">0 or 2.</param>
    /// <param name="key">What the weights are drawn from.</param>
    /// <param name="origin">What it pads like, and its ε.</param>
    /// <exception cref="ArgumentOutOfRangeException">Another scale, or the origin is none of the enumeration.</exception>
    public EfficientNet(int scale, RandomKey key, EfficientNetOrigin origin = EfficientNetOrigin.PyTorch)
        : base(FirstTensor.Allow(nameof(EfficientNet)))
    {
        if (scale is not (0 or 2))
        {
            throw new ArgumentOutOfRangeException(nameof(scale), scale, "An EfficientNet has scale 0 or 2.");
        }

        (EdgePadding padding, double epsilon) = origin switch
        {
            EfficientNetOrigin.PyTorch => (EdgePadding.Centered, PyTorchEpsilon),
            EfficientNetOrigin.TensorFlow => (EdgePadding.AsNeeded, TensorFlowEpsilon),
            _ => throw new ArgumentOutOfRangeException(nameof(origin), origin, "The origin is PyTorch or TensorFlow."),
        };
        EfficientNetPlan plan = EfficientNetPlan.All[scale];
        using var initializer = new WeightInitializer(key);
        Scale = scale;
        Origin = origin;
        FeatureWidth = plan.FeatureWidth;
        List<torch.nn.Module<torch.Tensor, torch.Tensor>> layers =
        [
            new NormalizedConvolution(
                new(initializer.KaimingNormal(plan.Stem, 3, StemKernel), stride: 2, padding: padding), Activation.Silu, epsilon),
        ];
        foreach (EfficientNetPlan.Stage stage in plan.Stages)
        {
            List<torch.nn.Module<torch.Tensor, torch.Tensor>> blocks = [];
            for (int block = 0; block < stage.Blocks; block++)
            {
                blocks.Add(new InvertedBottleneck(initializer, stage, isFirst: block == 0, padding, epsilon));
            }

            layers.Add(torch.nn.Sequential(blocks));
        }

        layers.Add(new NormalizedConvolution(
            new(initializer, plan.Stages[^1].Outputs, FeatureWidth, kernel: 1), Activation.Silu, epsilon));
        _features = torch.nn.Sequential(layers);
        RegisterComponents();
    }

    /// <summary>Gets the scale: 0 or 2.</summary>
    public int Scale { get; }

    /// <summary>Gets what it pads like, and its ε.</summary>
    public EfficientNetOrigin Origin { get; }

    /// <summary>Gets the number of features: 1280, or 1408 for B2.</summary>
    public int FeatureWidth { get; }

    /// <inheritdoc/>
    public ComputePrecision Precision
    {
        get;
        set => field = ConvolutionLayer.SetPrecision(this, value);
    }

    /// <summary>
    /// Gets the kind, without settings: <c>efficientnet_b0</c>, <c>efficientnet_b2</c>, <c>tf_efficientnet_b0</c> or
    /// <c>tf_efficientnet_b2</c>.
    /// </summary>
    public PartDescription Description => new(string.Create(
        CultureInfo.InvariantCulture, $"{(Origin == EfficientNetOrigin.TensorFlow ? "tf_" : "")}efficientnet_b{Scale}"));

    torch.nn.Module<torch.Tensor, torch.Tensor> IBackbone.Module => this;

    /// <inheritdoc/>
    public IBackbone Fuse() => ((IFusedInParts)this).FuseParts();

    FusedNetwork IFusedInParts.FuseParts() => new(this, _features.children().Select(IFusiblePart.Fuse));

    /// <summary>The feature map.</summary>
    /// <param name="input">Normalised images, floating point [N, 3, H, W].</param>
    /// <returns>
    /// [N, <see cref="FeatureWidth"/>, ceil(H/32), ceil(W/32)], bfloat16 under <see cref="ComputePrecision.BFloat16"/>, else the
    /// parameters' type.
    /// </returns>
    public override torch.Tensor forward(torch.Tensor input) => _features.call(input);
}
