using SsMfar.Kernels.Winograd;
using SsMfar.Models;
using SsMfar.Runtime;
using TorchSharp;

namespace SsMfar.Tests.Kernels;

/// <summary>How far a way of filtering is from the definition, in the largest difference over the largest value.</summary>
internal sealed record FilteringDifference(double Output, double Input, double Weight)
{
    public double Worst => Math.Max(Output, Math.Max(Input, Weight));

    /// <summary>Of values and both gradients, for random maps and filters.</summary>
    public static FilteringDifference Of(
        IMinimalFiltering filtering, int images, int inputs, int outputs, int height, int width, torch.ScalarType type)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.random.manual_seed(1);
        torch.Tensor input = torch.randn([images, inputs, height, width], type).requires_grad_();
        torch.Tensor weight = torch.randn([outputs, inputs, 3, 3], type).requires_grad_();
        torch.Tensor direction = torch.randn([images, outputs, height, width], type);

        torch.Tensor exactInput = input.detach().to(torch.ScalarType.Float64).requires_grad_();
        torch.Tensor exactWeight = weight.detach().to(torch.ScalarType.Float64).requires_grad_();
        torch.Tensor expected = Exact(exactInput, exactWeight);
        (expected * direction.to(torch.ScalarType.Float64)).sum().backward();
        torch.Tensor output = filtering.Apply(input, weight);
        (output * direction).sum().backward();

        ChannelsLast.Holds(output).Should().BeTrue();
        return new(Relative(output, expected), Relative(input.grad!, exactInput.grad!), Relative(weight.grad!, exactWeight.grad!));
    }

    /// <summary>libtorch's convolution in float64: its own sums in float32 round otherwise on each processor.</summary>
    public static torch.Tensor Exact(torch.Tensor input, torch.Tensor weight, torch.Tensor? bias = null, int stride = 1) =>
        torch.nn.functional.conv2d(
            input.to(torch.ScalarType.Float64),
            weight.to(torch.ScalarType.Float64),
            bias?.to(torch.ScalarType.Float64),
            strides: [stride, stride],
            padding: [weight.size(2) / 2, weight.size(2) / 2]);

    /// <summary>The largest difference over the largest value.</summary>
    public static double Relative(torch.Tensor actual, torch.Tensor expected) =>
        ((actual - expected).abs().max() / expected.abs().max()).to(torch.ScalarType.Float64).item<double>();
}
