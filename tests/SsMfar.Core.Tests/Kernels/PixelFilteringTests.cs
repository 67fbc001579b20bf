using CsCheck;
using SsMfar.Kernels.Winograd;
using SsMfar.Runtime;
using SsMfar.Tests.Models;
using TorchSharp;

namespace SsMfar.Tests.Kernels;

/// <summary>Convolutions of maps of a few pixels, without the products of the border, against the definition.</summary>
[Collection(ProcessState.Name)]
public sealed class PixelFilteringTests
{
    [Fact]
    public void Pairs_are_the_products_of_the_definition_that_have_a_pixel()
    {
        (int Input, int Output)[][] one = new PixelPairs(1, 1).OfTaps(), four = new PixelPairs(2, 2).OfTaps();

        one[4].Should().Equal((0, 0));
        one.Where((_, tap) => tap != 4).Should().OnlyContain(pairs => pairs.Length == 0);
        four.Select(pairs => pairs.Length).Should().Equal(1, 2, 1, 2, 4, 2, 1, 2, 1);
        four[0].Should().Equal((0, 3));
        four[5].Should().Equal((1, 0), (3, 2));
        Gen.Select(Gen.Int[1, 9], Gen.Int[1, 9]).Sample((height, width) =>
        {
            PixelPairs pairs = new(height, width);
            pairs.OfTaps().Sum(tap => tap.Length).Should().Be((int)pairs.Count);
        });
    }

    [VectorsTheory]
    [EachWidth]
    public void It_is_the_convolution_for_any_size(string width) =>
        Gen.Select(Gen.Int[1, 9], Gen.Int[1, 3], Gen.Int[1, 3], Gen.Int[1, 5], Gen.Int[1, 5]).Sample(
            (images, inputs, outputs, height, columns) => FilteringDifference.Of(
                VectorWidths.PixelFiltering(width), images, 64 * inputs, 64 * outputs, height, columns, torch.ScalarType.Float32)
                .Worst.Should().BeLessThan(2e-6),
            iter: 60, threads: 1);

    [VectorsTheory]
    [EachWidth(45, 512, 512, 2, 2)]
    [EachWidth(70, 256, 512, 1, 1)]
    public void Many_images_and_channels_stay_exact(string width, int images, int inputs, int outputs, int height, int columns) =>
        FilteringDifference.Of(VectorWidths.PixelFiltering(width), images, inputs, outputs, height, columns, torch.ScalarType.Float32)
            .Worst.Should().BeLessThan(2e-6);

    [VectorsTheory]
    [EachWidth]
    public void Maps_of_any_layout_are_read(string width)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.random.manual_seed(4);
        torch.Tensor input = torch.randn(3, 64, 2, 1).transpose(2, 3);
        torch.Tensor weight = torch.randn(64, 64, 3, 3).transpose(0, 1);

        torch.Tensor output = VectorWidths.PixelFiltering(width).Apply(input, weight);

        FilteringDifference.Relative(output, FilteringDifference.Exact(input, weight)).Should().BeLessThan(2e-6);
    }

    [BothWidthsFact]
    public void Each_width_computes_the_same_to_the_bit()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Pass(VectorWidths.PixelFiltering(VectorWidths.Avx512)).Zip(Pass(VectorWidths.PixelFiltering(VectorWidths.Avx2))).Should()
            .AllSatisfy(pair => pair.First.Equals(pair.Second).Should().BeTrue());
    }

    [VectorsTheory]
    [EachWidth(2)]
    [EachWidth(5)]
    public void Any_number_of_threads_computes_the_same_to_the_bit(string width, int threads)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        int before = torch.get_num_threads();
        try
        {
            torch.set_num_threads(1);
            torch.Tensor[] expected = Pass(VectorWidths.PixelFiltering(width));
            torch.set_num_threads(threads);
            Pass(VectorWidths.PixelFiltering(width)).Zip(expected).Should()
                .AllSatisfy(pair => pair.First.Equals(pair.Second).Should().BeTrue());
        }
        finally
        {
            torch.set_num_threads(before);
        }
    }

    private static torch.Tensor[] Pass(IMinimalFiltering filtering)
    {
        torch.random.manual_seed(6);
        torch.Tensor input = torch.randn(9, 128, 2, 3).requires_grad_(), weight = torch.randn(192, 128, 3, 3).requires_grad_();
        torch.Tensor output = filtering.Apply(input, weight);
        output.Squared().sum().backward();
        return [output, input.grad!, weight.grad!];
    }
}
