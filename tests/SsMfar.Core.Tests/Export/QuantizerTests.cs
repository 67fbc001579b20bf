using SsMfar.Export;

namespace SsMfar.Tests.Export;

/// <summary>Steps, zero points and rounding by hand.</summary>
public sealed class QuantizerTests
{
    [Fact]
    public void A_range_is_cut_into_255_steps_and_0_is_one_of_their_ends()
    {
        var quantizer = Quantizer.Of(-1, 3);

        quantizer.Scale.Should().Be((float)(4 / 255.0));
        quantizer.Zero.Should().Be(64, "1 / (4 / 255) is 63.75");
        quantizer.Restore(0).Should().Be(0);
        quantizer.Quantize(-100).Should().Be(0);
        quantizer.Quantize(100).Should().Be(255);
        quantizer.Quantize(3 * quantizer.Scale).Should().Be(67);
        quantizer.Restore(10).Should().Be((255 - 64) * (double)quantizer.Scale);
    }

    [Theory]
    [InlineData(1, 2, 0)]
    [InlineData(-4, -1, 255)]
    [InlineData(0, 0, 0)]
    public void A_range_is_widened_to_0(double least, double greatest, byte zero)
    {
        var quantizer = Quantizer.Of(least, greatest);

        quantizer.Zero.Should().Be(zero);
        quantizer.Scale.Should().BePositive();
        quantizer.Restore(0).Should().Be(0);
    }

    [Fact]
    public void Halves_go_to_the_even_step()
    {
        Quantizer quantizer = new(2, 10);

        quantizer.Quantize(1).Should().Be(10, "0.5 goes to 0");
        quantizer.Quantize(3).Should().Be(12, "1.5 goes to 2");
        quantizer.Quantize(-3).Should().Be(8, "-1.5 goes to -2");
    }

    [Fact]
    public void Each_output_has_a_scale_of_its_own_and_no_weight_is_beyond_63()
    {
        float[] weights = [0.51f, -1, 0.25f, 0.002f, 0.00101f, -0.0005f];

        var quantized = QuantizedWeights.Of(weights, [0, 0], 3, 0.1f, [0, 0, 0]);

        quantized.Scales.Should().Equal(1f / 63, 0.002f / 63);
        quantized.Values.Should().Equal(32, -63, 16, 63, 32, -16);
        quantized.BiasScales.Should().Equal(0.1f * (1f / 63), 0.1f * (0.002f / 63));
    }

    [Fact]
    public void No_sum_of_two_products_leaves_sixteen_bits() =>
        (2 * 255 * QuantizedWeights.Of([1, -1], [0], 2, 1, [0, 0]).Values.Max(Math.Abs)).Should().BeLessThanOrEqualTo(short.MaxValue);

    [Fact]
    public void What_rounding_takes_from_an_outputs_mean_is_in_its_bias()
    {
        // 0.51 / (1 / 63) is 32.13, which goes to 32: too little by 0.51 - 32 / 63, times the mean of its input.
        var quantized = QuantizedWeights.Of([1, 0.51f], [0.25f], 2, 0.001f, [5, 3]);

        quantized.Values.Should().Equal(63, 32);
        (quantized.Bias[0] * (double)quantized.BiasScales[0]).Should().BeApproximately(0.25 + (3 * (0.51 - (32 / 63.0))), 1e-5);
    }

    [Fact]
    public void Means_are_those_of_an_outputs_own_group()
    {
        // Two groups of one input and two outputs, kernels of two.
        float[] weights = [1, 0.51f, 1, 0.51f, 1, 0.51f, 1, 0.51f];

        var quantized = QuantizedWeights.Of(weights, [0, 0, 0, 0], 1, 0.001f, [10, 20]);

        const double Lost = 0.51 - (32 / 63.0);
        double[] expected = [10 * Lost, 10 * Lost, 20 * Lost, 20 * Lost];
        double[] biases = [.. quantized.Bias.Zip(quantized.BiasScales, (bias, scale) => bias * (double)scale)];
        biases.Zip(expected, (a, b) => Math.Abs(a - b)).Max().Should().BeLessThan(2e-5);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1e-30f)]
    public void An_output_without_weight_keeps_its_bias(float weight)
    {
        var quantized = QuantizedWeights.Of([weight, weight], [1000], 2, 1e-3f, [1, 1]);

        quantized.Scales.Should().OnlyContain(scale => float.IsNormal(scale) && scale > 0);
        (quantized.Bias[0] * (double)quantized.BiasScales[0]).Should().BeApproximately(1000, 1e-3);
    }
}
