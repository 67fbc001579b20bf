using SsMfar.Models;
using TorchSharp;

namespace SsMfar.Tests.Models;

/// <summary>The minimal filtering against the definition, libtorch's convolution: values and both gradients.</summary>
[Collection(GlobalRandomState.Name)]
public sealed class WinogradConvolutionTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 2)]
    [InlineData(3, 3)]
    [InlineData(4, 4)]
    [InlineData(4, 3)]
    [InlineData(5, 2)]
    public void It_is_the_convolution(int height, int width)
    {
        (double output, double input, double weight) = Differences(3, 5, 7, height, width, torch.ScalarType.Float64);

        output.Should().BeLessThan(1e-12);
        input.Should().BeLessThan(1e-12);
        weight.Should().BeLessThan(1e-12);
    }

    [Fact]
    public void In_float32_it_is_as_exact_as_the_definition()
    {
        (double output, double input, double weight) = Differences(16, 256, 256, 4, 4, torch.ScalarType.Float32);

        // Sums of 2304 products near 1 differ by their rounding, some 1e-5 of their size; the definition's own error is as large.
        output.Should().BeLessThan(5e-4);
        input.Should().BeLessThan(5e-4);
        weight.Should().BeLessThan(5e-4);
    }

    [Fact]
    public void Weights_that_are_transformed_once_give_the_same_and_the_bias_is_added()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.random.manual_seed(2);
        torch.Tensor input = torch.randn([3, 5, 4, 4], torch.ScalarType.Float64);
        torch.Tensor weight = torch.randn([7, 5, 3, 3], torch.ScalarType.Float64);
        torch.Tensor bias = torch.randn([7], torch.ScalarType.Float64);

        torch.Tensor output = WinogradConvolution.ApplyFilters(input, WinogradConvolution.Filters(weight), bias);

        Worst(output, torch.nn.functional.conv2d(input, weight, bias, padding: [1, 1])).Should().BeLessThan(1e-12);
    }

    [Fact]
    public void What_a_predictor_made_first_serves_training_too()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor weight = torch.ones(3, 2, 3, 3).requires_grad_();
        using (torch.inference_mode())
        {
            WinogradConvolution.ApplyFilters(torch.ones(1, 2, 1, 5), WinogradConvolution.Filters(weight), torch.zeros(3));
        }

        WinogradConvolution.Apply(torch.ones(1, 2, 1, 5), weight).sum().backward();

        weight.grad!.sum().item<float>().Should().Be(3 * 2 * (4 + 5 + 4));
    }

    [Fact]
    public void A_layer_takes_it_for_many_channels_and_few_pixels_while_training_on_the_cpu()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor wide = torch.zeros(256, 256, 3, 3);

        WinogradConvolution.Pays(torch.zeros(8, 256, 4, 4), wide).Should().BeTrue();
        WinogradConvolution.Pays(torch.zeros(8, 256, 7, 7), wide).Should().BeFalse();
        WinogradConvolution.Pays(torch.zeros(7, 256, 4, 4), wide).Should().BeFalse();
        WinogradConvolution.Pays(torch.zeros(8, 128, 4, 4), torch.zeros(256, 128, 3, 3)).Should().BeFalse();
        WinogradConvolution.Pays(torch.zeros(8, 256, 4, 4, torch.ScalarType.Float64), wide).Should().BeFalse();
    }

    private static (double Output, double Input, double Weight) Differences(
        int images, int inputs, int outputs, int height, int width, torch.ScalarType type)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.random.manual_seed(1);
        torch.Tensor input = torch.randn([images, inputs, height, width], type).requires_grad_();
        torch.Tensor weight = torch.randn([outputs, inputs, 3, 3], type).requires_grad_();
        torch.Tensor direction = torch.randn([images, outputs, height, width], type);

        torch.Tensor expected = torch.nn.functional.conv2d(input, weight, padding: [1, 1]);
        (expected * direction).sum().backward();
        (torch.Tensor inputGradient, torch.Tensor weightGradient) = (input.grad!.clone(), weight.grad!.clone());
        input.grad.zero_();
        weight.grad.zero_();
        torch.Tensor output = WinogradConvolution.Apply(input, weight);
        (output * direction).sum().backward();

        ChannelsLast.Holds(output).Should().BeTrue();
        return (Worst(output, expected), Worst(input.grad, inputGradient), Worst(weight.grad, weightGradient));
    }

    private static double Worst(torch.Tensor actual, torch.Tensor expected) => (actual - expected).abs().max().to(torch.ScalarType.Float64).item<double>();
}
