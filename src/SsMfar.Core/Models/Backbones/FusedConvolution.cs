using SsMfar.Kernels;
using SsMfar.Kernels.Winograd;
using SsMfar.Runtime;
using TorchSharp;
using TorchSharp.Modules;
using TorchSharp.Utils;

namespace SsMfar.Models;

/// <summary>
/// A convolution with the batch normalisation after it fused in: w' = w·γ/√(σ² + ε), b' = β - μ·γ/√(σ² + ε), computed in float64. Float32,
/// on the CPU, not trained.
/// </summary>
internal sealed class FusedConvolution : torch.nn.Module<torch.Tensor, torch.Tensor>
{
    [ComponentName(Name = "weight")]
    private readonly Parameter _weight;
    [ComponentName(Name = "bias")]
    private readonly Parameter _bias;

    private readonly bool _isFilterable;
    private readonly Lock _filtering = new();
    private readonly Dictionary<IMinimalFiltering, torch.Tensor> _filters = [];

    public FusedConvolution(ConvolutionLayer convolution, BatchNorm2d norm)
        : base(nameof(FusedConvolution))
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        (torch.Tensor weight, torch.Tensor bias) = Fuse(
            convolution.Weight, norm.weight!, norm.bias!, norm.running_mean!, norm.running_var!, norm.eps);
        _weight = Fixed(weight);
        _bias = Fixed(bias);
        Edges = convolution.Edges;
        Groups = convolution.Groups;
        _isFilterable = Edges is { Kernel: 3, Stride: 1 } && Groups == 1;
        RegisterComponents();
    }

    public Parameter Weight => _weight;

    public Parameter Bias => _bias;

    public ConvolutionEdges Edges { get; }

    public int Groups { get; }

    /// <summary>Folds a batch normalisation into the convolution before it.</summary>
    /// <param name="weight">The convolution's weights [outputs, inputs / groups, k, k]; it has no bias.</param>
    /// <param name="scale">γ [outputs].</param>
    /// <param name="shift">β [outputs].</param>
    /// <param name="mean">μ [outputs].</param>
    /// <param name="variance">σ² [outputs], at least 0.</param>
    /// <param name="epsilon">ε, above 0.</param>
    /// <returns>float64 weights [outputs, inputs / groups, k, k] and bias [outputs] on the CPU, in the caller's dispose scope.</returns>
    public static (torch.Tensor Weight, torch.Tensor Bias) Fuse(
        torch.Tensor weight, torch.Tensor scale, torch.Tensor shift, torch.Tensor mean, torch.Tensor variance, double epsilon)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor factor = Exact(scale) / Exact(variance).Plus(epsilon).sqrt();
        torch.Tensor fused = Exact(weight) * factor.view(-1, 1, 1, 1);
        torch.Tensor bias = Exact(shift) - (Exact(mean) * factor);
        return (fused.MoveToOuterDisposeScope(), bias.MoveToOuterDisposeScope());
    }

    /// <summary>A float32 copy on the CPU that is not trained, for a module to own.</summary>
    public static Parameter Fixed(torch.Tensor values)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        var parameter = torch.nn.Parameter(Transfers.ToHost(values).to(torch.ScalarType.Float32, copy: true), requires_grad: false);
        parameter.DetachFromDisposeScope();
        return parameter;
    }

    public override torch.Tensor forward(torch.Tensor input) =>
        _isFilterable && CpuKernels.Filtering(input, _weight, filtersAreReady: true) is { } filtering
            ? filtering.ApplyFilters(input, Filters(filtering), _bias)
            : Edges.Convolve(input, _weight, _bias, Groups);

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            foreach (torch.Tensor filters in _filters.Values)
            {
                filters.Dispose();
            }
        }

        base.Dispose(disposing);
    }

    // Not before they are needed: a predictor whose images never call for them does without their memory.
    private torch.Tensor Filters(IMinimalFiltering filtering)
    {
        lock (_filtering)
        {
            if (!_filters.TryGetValue(filtering, out torch.Tensor? filters))
            {
                filters = filtering.Filters(_weight).DetachFromDisposeScope();
                _filters.Add(filtering, filters);
            }

            return filters;
        }
    }

    private static torch.Tensor Exact(torch.Tensor values) => Transfers.ToHost(values).to(torch.ScalarType.Float64);
}
