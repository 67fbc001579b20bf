using SsMfar.Kernels;
using TorchSharp;
using TorchSharp.Modules;
using TorchSharp.Utils;

namespace SsMfar.Models;

/// <summary>
/// A square convolution on weights that are given, without bias as a rule. TorchSharp's own would draw weights from the global random state
/// first, and cannot compute in another precision than its parameters'.
/// </summary>
internal sealed class ConvolutionLayer : torch.nn.Module<torch.Tensor, torch.Tensor>
{
    [ComponentName(Name = "weight")]
    private readonly Parameter _weight;
    [ComponentName(Name = "bias")]
    private readonly Parameter? _bias;

    private readonly bool _isFilterable;

    public ConvolutionLayer(WeightInitializer initializer, int inputs, int outputs, int kernel, int stride = 1)
        : this(initializer.KaimingNormal(outputs, inputs, kernel), stride)
    {
    }

    /// <param name="weight">[outputs, inputs / groups, k, k], k odd.</param>
    /// <param name="stride">The stride.</param>
    /// <param name="groups">In how many groups of channels it works apart.</param>
    /// <param name="bias">[outputs], or null.</param>
    /// <param name="padding">How the edges are padded with zeros.</param>
    public ConvolutionLayer(
        Parameter weight, int stride = 1, int groups = 1, Parameter? bias = null, EdgePadding padding = EdgePadding.Centered)
        : base(nameof(ConvolutionLayer))
    {
        _weight = weight;
        _bias = bias;
        long kernel = weight.size(2);
        Edges = new(kernel, stride, padding);
        Groups = groups;
        _isFilterable = kernel == 3 && stride == 1 && groups == 1 && bias is null;
        RegisterComponents();
    }

    public Parameter Weight => _weight;

    public Parameter? Bias => _bias;

    public ConvolutionEdges Edges { get; }

    public int Groups { get; }

    public ComputePrecision Precision { get; set; }

    /// <summary>Sets the precision of every convolution of a network.</summary>
    /// <returns>The precision.</returns>
    public static ComputePrecision SetPrecision(torch.nn.Module network, ComputePrecision precision)
    {
        foreach (ConvolutionLayer layer in network.modules().OfType<ConvolutionLayer>())
        {
            layer.Precision = precision;
        }

        return precision;
    }

    public override torch.Tensor forward(torch.Tensor input)
    {
        if (Precision == ComputePrecision.Full)
        {
            return _isFilterable && CpuKernels.Filtering(input, _weight) is { } filtering
                ? filtering.Apply(input, _weight)
                : Edges.Convolve(input, _weight, _bias, Groups);
        }

        using var scope = torch.NewDisposeScope();
        return Edges.Convolve(
            input.to(torch.ScalarType.BFloat16), _weight.to(torch.ScalarType.BFloat16), _bias?.to(torch.ScalarType.BFloat16), Groups)
            .MoveToOuterDisposeScope();
    }
}
