using SsMfar.Runtime;
using TorchSharp;
using TorchSharp.Modules;
using TorchSharp.Utils;

namespace SsMfar.Models;

/// <summary>
/// EfficientNet's block: 1×1 to more channels (where it expands), k×k of each channel apart, squeeze-and-excitation, 1×1 to the outputs,
/// and the input added where the shapes allow it. Parameter names are torchvision's. No block is ever skipped at random.
/// </summary>
internal sealed class InvertedBottleneck : torch.nn.Module<torch.Tensor, torch.Tensor>, IFusiblePart
{
    // A gate's hidden layer, as a share of the block's inputs.
    private const int SqueezeFactor = 4;

    [ComponentName(Name = "block")]
    private readonly Sequential _block;

    private readonly bool _isResidual;

    /// <param name="initializer">What the weights are drawn from.</param>
    /// <param name="stage">The stage that it belongs to.</param>
    /// <param name="isFirst">Whether it is the stage's first block.</param>
    /// <param name="padding">How it pads.</param>
    /// <param name="epsilon">ε of its normalisations.</param>
    public InvertedBottleneck(
        WeightInitializer initializer, EfficientNetPlan.Stage stage, bool isFirst, EdgePadding padding, double epsilon)
        : base(nameof(InvertedBottleneck))
    {
        int inputs = isFirst ? stage.Inputs : stage.Outputs;
        int stride = isFirst ? stage.Stride : 1;
        int width = inputs * stage.Expansion;
        _isResidual = stride == 1 && inputs == stage.Outputs;
        List<torch.nn.Module<torch.Tensor, torch.Tensor>> layers = [];
        if (width != inputs)
        {
            layers.Add(Pointwise(inputs, width, Activation.Silu));
        }

        ConvolutionLayer depthwise = new(initializer.KaimingNormal(width, 1, stage.Kernel), stride, groups: width, padding: padding);
        layers.Add(new NormalizedConvolution(depthwise, Activation.Silu, epsilon));
        layers.Add(new SqueezeExcitation(initializer, width, Math.Max(1, inputs / SqueezeFactor)));
        layers.Add(Pointwise(width, stage.Outputs, Activation.None));
        _block = torch.nn.Sequential(layers);
        RegisterComponents();

        NormalizedConvolution Pointwise(int from, int to, Activation activation) =>
            new(new(initializer, from, to, kernel: 1), activation, epsilon);
    }

    public torch.nn.Module<torch.Tensor, torch.Tensor> Fuse()
    {
        torch.nn.Module<torch.Tensor, torch.Tensor> body = IFusiblePart.Fuse(_block);
        return _isResidual ? new FusedSum(body) : body;
    }

    public override torch.Tensor forward(torch.Tensor input)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor output = _block.call(input);
        return (_isResidual ? output.PlusInPlace(input) : output).MoveToOuterDisposeScope();
    }
}
