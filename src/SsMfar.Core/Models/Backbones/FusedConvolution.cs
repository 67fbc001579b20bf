using SsMfar.Kernels;
using SsMfar.Kernels.Fixed;
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

    // As many as stay in the processor's cache: float64 copies of whole layers cost more in pages of memory than in arithmetic.
    private const long NumbersAtOnce = 1 << 15;

    private readonly bool _isPlain;
    private readonly Lock _making = new();
    private readonly Dictionary<IFixedConvolution, torch.Tensor> _filters = [];

    public FusedConvolution(ConvolutionLayer convolution, BatchNorm2d norm)
        : base(nameof(FusedConvolution))
    {
        (_weight, _bias) = Fuse(convolution.Weight, norm);
        Edges = convolution.Edges;
        Groups = convolution.Groups;
        _isPlain = Edges.Padding == EdgePadding.Centered && Groups == 1;
        RegisterComponents();
    }

    public Parameter Weight => _weight;

    public Parameter Bias => _bias;

    public ConvolutionEdges Edges { get; }

    public int Groups { get; }

    /// <summary>Folds a batch normalisation into the convolution before it; computed in float64.</summary>
    /// <param name="weight">The convolution's weights [outputs, inputs / groups, k, k]; it has no bias.</param>
    /// <param name="norm">The normalisation of its outputs, in evaluation.</param>
    /// <returns>Weights of the same shape and bias [outputs]: float32, on the CPU, not trained, for a module to own.</returns>
    public static (Parameter Weight, Parameter Bias) Fuse(torch.Tensor weight, BatchNorm2d norm)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        torch.Tensor factor = Exact(norm.weight!) / Exact(norm.running_var!).Plus(norm.eps).sqrt();
        torch.Tensor bias = Exact(norm.bias!) - (Exact(norm.running_mean!) * factor);
        torch.Tensor host = Transfers.ToHost(weight);
        Parameter fused = Fixed(host);
        long outputs = fused.size(0);
        long step = Math.Max(1, NumbersAtOnce * outputs / fused.numel());
        for (long first = 0; first < outputs; first += step)
        {
            using DisposeScope some = torch.NewDisposeScope();
            long count = Math.Min(step, outputs - first);
            torch.Tensor part = Exact(host.narrow(0, first, count)) * factor.narrow(0, first, count).view(-1, 1, 1, 1);
            fused.narrow(0, first, count).copy_(part);
        }

        return (fused, Fixed(bias));
    }

    /// <summary>A float32 copy on the CPU that is not trained, for a module to own.</summary>
    public static Parameter Fixed(torch.Tensor values)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        var parameter = torch.nn.Parameter(Transfers.ToHost(values).to(torch.ScalarType.Float32, copy: true), requires_grad: false);
        parameter.DetachFromDisposeScope();
        return parameter;
    }

    public override torch.Tensor forward(torch.Tensor input) => Apply(input);

    /// <summary>The convolution, and what follows it.</summary>
    /// <param name="input">[N, I, H, W].</param>
    /// <param name="addend">Added to the output; null for nothing.</param>
    /// <param name="rectifies">Whether ReLU comes last.</param>
    /// <returns>[N, O, ceil(H / stride), ceil(W / stride)]; the caller's.</returns>
    public torch.Tensor Apply(torch.Tensor input, torch.Tensor? addend = null, bool rectifies = false)
    {
        ConvolutionEpilogue epilogue = new(_bias, addend, rectifies);
        if (_isPlain && CpuKernels.Fixed(input, _weight, (int)Edges.Stride) is { } way)
        {
            return way.Apply(input, Filters(way), (int)Edges.Kernel, (int)Edges.Stride, epilogue);
        }

        using DisposeScope scope = torch.NewDisposeScope();
        return epilogue.Apply(Edges.Convolve(input, _weight, _bias, Groups)).MoveToOuterDisposeScope();
    }

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
    private torch.Tensor Filters(IFixedConvolution way)
    {
        lock (_making)
        {
            if (!_filters.TryGetValue(way, out torch.Tensor? filters))
            {
                filters = way.Filters(_weight).DetachFromDisposeScope();
                _filters.Add(way, filters);
            }

            return filters;
        }
    }

    private static torch.Tensor Exact(torch.Tensor values) => Transfers.ToHost(values).to(torch.ScalarType.Float64);
}
