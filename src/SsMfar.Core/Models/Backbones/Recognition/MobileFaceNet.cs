using SsMfar.Metadata;
using SsMfar.Randomness;
using SsMfar.Runtime;
using TorchSharp;
using TorchSharp.Modules;
using TorchSharp.Utils;

namespace SsMfar.Models;

/// <summary>
/// MobileFaceNet (Chen et al., 2018) in the form of insightface's <c>arcface_torch</c>, <c>mbf</c>: twice the paper's width, with its
/// parameter names, layout and initialisation. Features are the map of <c>conv_sep</c>, a 16th of the input's size. What insightface
/// goes on
/// with, a 7×7 convolution over the whole map and a layer to an identity (<c>features.*</c>), takes images of 112 pixels alone and lets go
/// of what a face expresses. Without it the input may have any size; public weights saw 112×112, aligned.
/// </summary>
public sealed class MobileFaceNet : torch.nn.Module<torch.Tensor, torch.Tensor>, IBackbone, IComputePrecision, IFusedInParts
{
    internal const string Kind = "mobilefacenet";

    private const int Narrow = 128;
    private const int Wide = 256;

    // Of the second convolution, which is almost depthwise: two channels a group.
    private const int StemGroups = 64;

    [ComponentName(Name = "layers")]
    private readonly Sequential _layers;
    [ComponentName(Name = "conv_sep")]
    private readonly LayeredModule _last;

    /// <summary>
    /// Makes a MobileFaceNet with random weights: convolutions by <see cref="WeightInitializer.KaimingNormal"/>, norms 1 and 0, slopes of
    /// PReLU 0.25.
    /// </summary>
    /// <param name="key">What the weights are drawn from.</param>
    public MobileFaceNet(RandomKey key)
        : base(FirstTensor.Allow(nameof(MobileFaceNet)))
    {
        using var initializer = new WeightInitializer(key);
        _layers = torch.nn.Sequential(
        [
            Unit(3, Narrow, kernel: 3, stride: 2),
            Unit(Narrow, Narrow, kernel: 3, groups: StemGroups),
            Bottleneck(Narrow, Narrow, inside: Narrow, stride: 2),
            Stage(Narrow, count: 4),
            Bottleneck(Narrow, Wide, inside: Wide, stride: 2),
            Stage(Wide, count: 6),
            Bottleneck(Wide, Wide, inside: 2 * Wide, stride: 2),
            Stage(Wide, count: 2),
        ]);
        _last = Unit(Wide, FeatureWidth);
        RegisterComponents();

        LayeredModule Unit(
            int inputs, int outputs, int kernel = 1, int stride = 1, int groups = 1, Activation activation = Activation.PRelu) =>
            new(new NormalizedConvolution(
                new(initializer.KaimingNormal(outputs, inputs / groups, kernel), stride, groups), activation));

        LayeredModule Bottleneck(int inputs, int outputs, int inside, int stride = 1, bool isResidual = false) => new(
            torch.nn.Sequential(
            [
                Unit(inputs, inside),
                Unit(inside, inside, kernel: 3, stride, groups: inside),
                Unit(inside, outputs, activation: Activation.None),
            ]),
            isResidual);

        LayeredModule Stage(int width, int count)
        {
            List<torch.nn.Module<torch.Tensor, torch.Tensor>> blocks = [];
            for (int block = 0; block < count; block++)
            {
                blocks.Add(Bottleneck(width, width, inside: width, isResidual: true));
            }

            return new(torch.nn.Sequential(blocks));
        }
    }

    /// <summary>Gets the number of features: 512.</summary>
    public int FeatureWidth => 512;

    /// <inheritdoc/>
    public ComputePrecision Precision
    {
        get;
        set => field = ConvolutionLayer.SetPrecision(this, value);
    }

    /// <summary>Gets the kind <c>mobilefacenet</c>, without settings.</summary>
    public PartDescription Description => new(Kind);

    torch.nn.Module<torch.Tensor, torch.Tensor> IBackbone.Module => this;

    /// <inheritdoc/>
    public IBackbone Fuse() => ((IFusedInParts)this).FuseParts();

    FusedNetwork IFusedInParts.FuseParts() => new(this, [.. _layers.children().Select(IFusiblePart.Fuse), _last.Fuse()]);

    /// <summary>The feature map.</summary>
    /// <param name="input">Normalised images, floating point [N, 3, H, W].</param>
    /// <returns>
    /// [N, <see cref="FeatureWidth"/>, ceil(H/16), ceil(W/16)], bfloat16 under <see cref="ComputePrecision.BFloat16"/>, else the
    /// parameters' type.
    /// </returns>
    public override torch.Tensor forward(torch.Tensor input)
    {
        using var scope = torch.NewDisposeScope();
        return _last.call(_layers.call(input)).MoveToOuterDisposeScope();
    }
}
