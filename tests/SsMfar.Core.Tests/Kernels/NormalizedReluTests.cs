using CsCheck;
using SsMfar.Kernels.Normalization;
using SsMfar.Runtime;
using SsMfar.Tests.Models;
using TorchSharp;
using TorchSharp.Modules;
using static SsMfar.Tests.Kernels.NormCase;

namespace SsMfar.Tests.Kernels;

/// <summary>The kernels against libtorch's batch normalisation, sum and ReLU: values, every gradient, running statistics.</summary>
[Collection(ProcessState.Name)]
public sealed class NormalizedReluTests
{
    [VectorsTheory]
    [EachWidth]
    public void It_is_batch_norm_then_sum_then_relu(string width) =>
        Gen.Select(Gen.Int[2, 5], Gen.Int[1, 5], Gen.Int[1, 9], Gen.Int[1, 9], Gen.Bool)
            .Where(size => size.Item1 * size.Item3 * size.Item4 >= 8)
            .Sample(
                (images, lanes, height, columns, withAddend) =>
                    Compare(images, 16 * lanes, height, columns, withAddend, mean: 1, deviation: 2, by: width),
                iter: 60, threads: 1);

    // The gradients of so few values of a channel all but cancel, and what is left of them is mostly rounding.
    [Theory]
    [InlineData(2, 1, 1)]
    [InlineData(2, 1, 2)]
    [InlineData(3, 1, 1)]
    [InlineData(3, 2, 1)]
    public void A_few_values_a_channel_suffice(int images, int height, int width) =>
        Compare(images, 48, height, width, withAddend: false, mean: 1, deviation: 2, tolerance: 5e-3);

    // What is left is the rounding of the mean itself.
    [Theory]
    [InlineData(1000, 0.5)]
    [InlineData(-30, 0.01)]
    public void A_mean_far_from_zero_does_not_drown_the_deviation(double mean, double deviation) =>
        Compare(8, 64, 14, 14, withAddend: true, mean, deviation, tolerance: 2e-4);

    [BothWidthsFact]
    public void Each_width_computes_the_same_to_the_bit()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.random.manual_seed(9);
        torch.Tensor input = torch.randn(5, 48, 7, 9), addend = torch.randn(5, 48, 7, 9);
        Pass(VectorWidths.Avx512).Zip(Pass(VectorWidths.Avx2)).Should()
            .AllSatisfy(pair => pair.First.Equals(pair.Second).Should().BeTrue());

        torch.Tensor[] Pass(string width)
        {
            torch.random.manual_seed(10);
            BatchNorm2d norm = Norm(48, torch.ScalarType.Float32);
            torch.Tensor x = input.clone().requires_grad_(), added = addend.clone().requires_grad_();
            torch.Tensor output = NormalizedRelu.Apply(norm, x, added, kernels: VectorWidths.Normalization(width));
            output.Squared().sum().backward();
            return [output, x.grad!, added.grad!, norm.weight!.grad!, norm.bias!.grad!, norm.running_mean!, norm.running_var!];
        }
    }

    [Fact]
    public void Channels_that_fit_no_vector_and_other_types_take_libtorchs_way()
    {
        Compare(3, 7, 4, 4, withAddend: true, mean: 0, deviation: 1);
        Compare(3, 16, 4, 4, withAddend: false, mean: 0, deviation: 1, torch.ScalarType.Float64);
    }

    [Fact]
    public void A_norm_in_evaluation_uses_and_keeps_its_running_statistics()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.random.manual_seed(8);
        using BatchNorm2d norm = Norm(32, torch.ScalarType.Float32);
        norm.eval();
        torch.Tensor before = norm.running_mean!.clone(), input = torch.randn(2, 32, 3, 3);
        torch.Tensor expected = norm.call(input).relu();

        torch.Tensor output = NormalizedRelu.Apply(norm, input.clone());

        Worst(output, expected).Should().Be(0);
        Worst(norm.running_mean!, before).Should().Be(0);
    }

    private static void Compare(
        int images, int channels, int height, int width, bool withAddend, double mean, double deviation, torch.ScalarType type = torch
            .ScalarType
            .Float32,
        double tolerance = 2e-5, string? by = null)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.random.manual_seed(7);
        using BatchNorm2d norm = Norm(channels, type), reference = Norm(channels, torch.ScalarType.Float64);
        reference.load_state_dict(norm.state_dict());
        torch.Tensor values = (torch.randn([images, channels, height, width], type) * Scalars.Of(deviation)).Plus(mean);
        torch.Tensor addend = torch.randn([images, channels, height, width], type), direction = torch.randn(
            [images, channels, height, width],
            type);
        torch.Tensor[] inputs = [values.clone().requires_grad_(), addend.clone().requires_grad_()];
        torch.Tensor[] exact = [values.to(torch.ScalarType.Float64).requires_grad_(), addend.to(torch.ScalarType.Float64).requires_grad_()];

        torch.Tensor expected = reference.call(exact[0]);
        expected = withAddend ? expected.Plus(exact[1]) : expected;

        // Within rounding of ReLU's corner either gradient is right.
        direction *= expected.detach().abs().gt(Scalars.Of(10 * tolerance)).to(type);
        expected = expected.relu();
        (expected * direction).sum().backward();

        // Through a clone: where libtorch does the work, the input is overwritten.
        torch.Tensor output = NormalizedRelu.Apply(
            norm, inputs[0].clone(), withAddend ? inputs[1] : null, kernels: by is null ? null : VectorWidths.Normalization(by));
        (output * direction).sum().backward();

        Worst(output, expected).Should().BeLessThan(tolerance);
        Relative(inputs[0].grad!, exact[0].grad!).Should().BeLessThan(tolerance);
        Relative(norm.weight!.grad!, reference.weight!.grad!).Should().BeLessThan(tolerance);
        Relative(norm.bias!.grad!, reference.bias!.grad!).Should().BeLessThan(tolerance);
        Relative(norm.running_mean!, reference.running_mean!).Should().BeLessThan(tolerance);
        Relative(norm.running_var!, reference.running_var!).Should().BeLessThan(tolerance);
        norm.num_batches_tracked!.to(torch.ScalarType.Int64).item<long>().Should().Be(1);
        if (withAddend)
        {
            Worst(inputs[1].grad!, exact[1].grad!).Should().BeLessThan(tolerance);
        }
    }
}
