using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using CsCheck;
using SsMfar.Kernels.Vectors;
using SsMfar.Kernels.Winograd;
using SsMfar.Runtime;
using SsMfar.Tests.Models;
using TorchSharp;

namespace SsMfar.Tests.Kernels;

/// <summary>
/// Each way of minimal filtering, and each width of vectors, against the definition, libtorch's convolution: values and both gradients.
/// </summary>
[Collection(ProcessState.Name)]
public sealed class MinimalFilteringTests
{
    private static readonly MatrixWinograd ByMatrices = new();

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 2)]
    [InlineData(3, 3)]
    [InlineData(4, 4)]
    [InlineData(4, 3)]
    [InlineData(5, 2)]
    public void By_matrices_it_is_the_convolution(int height, int width)
    {
        FilteringDifference difference = FilteringDifference.Of(ByMatrices, 3, 5, 7, height, width, torch.ScalarType.Float64);

        difference.Worst.Should().BeLessThan(1e-12);
    }

    [Theory]
    [InlineData(16, 256, 256, 4, 4)]
    [InlineData(9, 512, 256, 3, 4)]
    public void By_matrices_in_float32_it_stays_within_rounding(int images, int inputs, int outputs, int height, int width) =>
        FilteringDifference.Of(ByMatrices, images, inputs, outputs, height, width, torch.ScalarType.Float32)
            .Worst.Should().BeLessThan(1e-6);

    [Fact]
    public void Vectors_are_for_processors_that_have_them_alone()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor input = torch.zeros(8, 64, 8, 8), weight = torch.zeros(64, 64, 3, 3);

        new VectorFiltering<BlockedKernels<Floats16>>().Pays(input, weight)
            .Should().Be(Avx512F.IsSupported && Vector512.IsHardwareAccelerated);
        new VectorFiltering<BlockedKernels<Floats8>>().Pays(input, weight)
            .Should().Be(Avx2.IsSupported && Fma.IsSupported);
        torch.Tensor small = torch.zeros(8, 64, 2, 2);
        new VectorFiltering<PixelKernels<Floats16>>().Pays(small, weight)
            .Should().Be(Avx512F.IsSupported && Vector512.IsHardwareAccelerated);
        new VectorFiltering<PixelKernels<Floats8>>().Pays(small, weight)
            .Should().Be(Avx2.IsSupported && Fma.IsSupported);
    }

    [BothWidthsFact]
    public void In_blocks_each_width_computes_the_same_to_the_bit()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        foreach ((int images, int inputs, int outputs, int side) in new[] { (9, 64, 128, 11), (9, 256, 512, 5) })
        {
            torch.random.manual_seed(6);
            torch.Tensor input = torch.randn(images, inputs, side, side), weight = torch.randn(outputs, inputs, 3, 3);
            torch.Tensor[] wide = Pass(VectorWidths.Avx512), narrow = Pass(VectorWidths.Avx2);
            wide.Zip(narrow).Should().AllSatisfy(pair => pair.First.Equals(pair.Second).Should().BeTrue());

            torch.Tensor[] Pass(string width)
            {
                torch.Tensor x = input.clone().requires_grad_(), w = weight.clone().requires_grad_();
                torch.Tensor output = VectorWidths.Filtering(width).Apply(x, w);
                output.Squared().sum().backward();
                return [output, x.grad!, w.grad!];
            }
        }
    }

    [VectorsTheory]
    [EachWidth]
    public void In_blocks_it_is_the_convolution_for_any_size(string width)
    {
        // Rounding grows a little with the size of the transforms' constants; it stays within some units of float32's last place.
        Gen.Select(Gen.Int[1, 9], Gen.Int[1, 3], Gen.Int[1, 3], Gen.Int[1, 30], Gen.Int[1, 30]).Sample(
            (images, inputs, outputs, height, columns) => FilteringDifference.Of(
                VectorWidths.Filtering(width), images, 64 * inputs, 64 * outputs, height, columns, torch.ScalarType.Float32)
                .Worst.Should().BeLessThan(5e-6),
            iter: 40, threads: 1);
    }

    [VectorsTheory]
    [EachWidth(40, 256, 256, 7, 7)]
    [EachWidth(24, 64, 64, 28, 28)]
    [EachWidth(11, 512, 256, 4, 4)]
    [EachWidth(9, 256, 512, 3, 6)]
    public void In_blocks_many_images_and_channels_stay_exact(string width, int images, int inputs, int outputs, int height, int columns) =>
        FilteringDifference.Of(VectorWidths.Filtering(width), images, inputs, outputs, height, columns, torch.ScalarType.Float32)
            .Worst.Should().BeLessThan(5e-6);

    [VectorsTheory]
    [EachWidth]
    public void In_blocks_maps_of_any_layout_are_read(string width)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.random.manual_seed(4);
        torch.Tensor input = torch.randn(3, 64, 7, 9).transpose(2, 3);
        torch.Tensor weight = torch.randn(64, 64, 3, 3).transpose(0, 1);

        torch.Tensor output = VectorWidths.Filtering(width).Apply(input, weight);

        FilteringDifference.Relative(output, FilteringDifference.Exact(input, weight)).Should().BeLessThan(5e-6);
    }

    [VectorsTheory]
    [EachWidth(1)]
    [EachWidth(2)]
    [EachWidth(5)]
    public void In_blocks_any_number_of_threads_gives_the_same_map(string width, int threads)
    {
        IMinimalFiltering inBlocks = VectorWidths.Filtering(width);
        using DisposeScope scope = torch.NewDisposeScope();
        torch.random.manual_seed(5);
        torch.Tensor input = torch.randn(9, 64, 11, 6), weight = torch.randn(128, 64, 3, 3);
        torch.Tensor expected = inBlocks.Apply(input, weight);
        int before = torch.get_num_threads();
        try
        {
            torch.set_num_threads(threads);
            inBlocks.Apply(input, weight).Equals(expected).Should().BeTrue();
            FilteringDifference.Of(inBlocks, 9, 256, 512, 5, 4, torch.ScalarType.Float32).Worst.Should().BeLessThan(5e-6);
            FilteringDifference.Of(inBlocks, 9, 64, 128, 11, 6, torch.ScalarType.Float32).Worst.Should().BeLessThan(5e-6);
        }
        finally
        {
            torch.set_num_threads(before);
        }
    }

    [Fact]
    public void What_a_predictor_made_first_serves_training_too()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor weight = torch.ones(3, 2, 3, 3).requires_grad_();
        using (torch.inference_mode())
        {
            MatrixWinograd.ApplyFilters(torch.ones(1, 2, 1, 5), MatrixWinograd.Filters(weight), torch.zeros(3));
        }

        ByMatrices.Apply(torch.ones(1, 2, 1, 5), weight).sum().backward();

        weight.grad!.sum().item<float>().Should().Be(3 * 2 * (4 + 5 + 4));
    }

    [Fact]
    public void Each_way_is_chosen_where_it_is_faster()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor wide = torch.zeros(256, 256, 3, 3), narrow = torch.zeros(64, 64, 3, 3);

        string? widest = VectorWidths.Supported.FirstOrDefault();
        string? inBlocks = widest is null ? null : VectorWidths.Filtering(widest).GetType().ToString();
        string? byPixels = widest is null ? null : VectorWidths.PixelFiltering(widest).GetType().ToString();
        string byMatrices = typeof(MatrixWinograd).ToString();
        Way(torch.zeros(8, 256, 2, 2), wide).Should().Be(byPixels ?? byMatrices);
        Way(torch.zeros(2, 64, 2, 3), narrow).Should().Be(byPixels);
        Way(torch.zeros(1, 256, 2, 2), wide).Should().BeNull("of one image memory's time is most of it");
        Way(torch.zeros(7, 256, 3, 3), wide).Should().BeNull("a few images do not pay for the filters");
        Way(torch.zeros(7, 256, 4, 4), wide).Should().BeNull("a few images do not pay for the filters");
        Way(torch.zeros(8, 256, 4, 4, torch.ScalarType.Float64), wide).Should().BeNull();
        Way(torch.zeros(8, 48, 28, 28), torch.zeros(64, 48, 3, 3)).Should().BeNull("blocks have 64 channels");
        Way(torch.zeros(8, 48, 2, 2), torch.zeros(64, 48, 3, 3)).Should().BeNull("blocks have 64 channels");
        Way(torch.zeros(8, 64, 2, 2), torch.zeros(48, 64, 3, 3)).Should().BeNull("blocks have 64 channels");
        Way(torch.zeros(8, 256, 3, 3), wide).Should().Be(inBlocks ?? byMatrices);
        Way(torch.zeros(8, 256, 4, 4), wide).Should().Be(inBlocks ?? byMatrices);
        Way(torch.zeros(8, 256, 7, 7), wide).Should().Be(inBlocks);
        Way(torch.zeros(8, 64, 28, 28), narrow).Should().Be(inBlocks);
        Way(torch.zeros(7, 64, 28, 28), narrow).Should().BeNull();
        Way(torch.zeros(8, 128, 28, 28), narrow).Should().BeNull("such a map is libtorch's to refuse");
        Way(torch.zeros(8, 64, 0, 28), narrow).Should().BeNull("there is nothing to compute");

        static string? Way(torch.Tensor input, torch.Tensor weight) =>
            MinimalFiltering.For(input, weight)?.GetType().ToString();
    }
}
