using SsMfar.Kernels;
using TorchSharp;
using TorchSharp.Modules;
using TorchSharp.Utils;

namespace SsMfar.Models;

/// <summary>
/// A square convolution without bias, on weights that are given. TorchSharp's own would draw weights from the global random state
/// first, and cannot compute in another precision than its parameters'.
/// </summary>
internal sealed class ConvolutionLayer : torch.nn.Module<torch.Tensor, torch.Tensor>
{
    [ComponentName(Name = "weight")]
    private readonly Parameter _weight;

    private readonly bool _isFilterable;

    public ConvolutionLayer(WeightInitializer initializer, int inputs, int outputs, int kernel, int stride = 1)
        : base(nameof(ConvolutionLayer))
    {
        _weight = initializer.KaimingNormal(outputs, inputs, kernel);
        Stride = [stride, stride];
        Padding = [kernel / 2, kernel / 2];
        _isFilterable = kernel == 3 && stride == 1;
        RegisterComponents();
    }

    public Parameter Weight => _weight;

    public long[] Stride { get; }

    public long[] Padding { get; }

    public ComputePrecision Precision { get; set; }

    public override torch.Tensor forward(torch.Tensor input)
    {
        if (Precision == ComputePrecision.Full)
        {
            if (_isFilterable && CpuKernels.Filtering(input, _weight, filtersAreReady: false) is { } filtering)
            {
                return filtering.Apply(input, _weight);
            }

            return torch.nn.functional.conv2d(input, _weight, strides: Stride, padding: Padding);
        }

        using var scope = torch.NewDisposeScope();
        return torch.nn.functional.conv2d(
            input.to(torch.ScalarType.BFloat16), _weight.to(torch.ScalarType.BFloat16), strides: Stride, padding: Padding)
            .MoveToOuterDisposeScope();
    }
}
