using CsCheck;
using SsMfar.Kernels;
using SsMfar.Kernels.Fixed;
using SsMfar.Kernels.Native;
using SsMfar.Kernels.Products;
using SsMfar.Kernels.Vectors;
using SsMfar.Models;
using SsMfar.Runtime;
using SsMfar.Tests.Models;
using TorchSharp;

namespace SsMfar.Tests.Kernels;

/// <summary>Convolutions whose weights no longer change, by each way and each width of vectors, against the definition.</summary>
[Collection(ProcessState.Name)]
public sealed class FixedConvolutionTests
{
    [Fact]
    public void Taps_have_the_products_of_the_definition_that_have_a_pixel() =>
        Gen.Select(Gen.Int[1, 9], Gen.Int[1, 9], OneOf(1, 3, 5), Gen.Int[1, 3], Gen.Int[1, 3], Gen.Int[1, 5]).Sample(
            (height, width, kernel, stride, images, shares) =>
            {
                ConvolutionGeometry geometry = ConvolutionGeometry.Of(new(images, height, width), kernel, stride);
                TapTable[] tables = TapTable.Of(geometry, images, Math.Min(shares, geometry.OutputPixels));

                List<(int Tap, int Source, int Target)> found = [], expected = [];
                foreach (TapTable table in tables)
                {
                    table.Sums.Should().Be(images * table.Pixels);
                    for (int tap = 0; tap < geometry.Taps; tap++)
                    {
                        int[] sources = table.Sources(tap).ToArray(), targets = table.Targets(tap).ToArray();
                        (sources.Length % BlockProducts.Rows).Should().Be(0);
                        targets.Should().HaveSameCount(sources);
                        targets.Count(target => target == table.Sums).Should().BeLessThan(BlockProducts.Rows);
                        for (int i = 0; i < sources.Length; i++)
                        {
                            (int image, int pixel) = Math.DivRem(targets[i], table.Pixels);
                            if (targets[i] < table.Sums)
                            {
                                found.Add((tap, sources[i], (image * geometry.OutputPixels) + table.First + pixel));
                            }
                        }
                    }
                }

                for (int output = 0; output < images * geometry.OutputPixels; output++)
                {
                    (int image, int pixel) = Math.DivRem(output, geometry.OutputPixels);
                    (int row, int column) = Math.DivRem(pixel, (width + stride - 1) / stride);
                    for (int tap = 0; tap < kernel * kernel; tap++)
                    {
                        int y = (row * stride) + (tap / kernel) - (kernel / 2), x = (column * stride) + (tap % kernel) - (kernel / 2);
                        if (y >= 0 && y < height && x >= 0 && x < width)
                        {
                            expected.Add((tap, (((image * height) + y) * width) + x, output));
                        }
                    }
                }

                found.Order().Should().Equal(expected.Order());
            });

    [VectorsTheory]
    [EachWidth]
    public void By_its_definition_it_is_the_convolution_for_any_size(string width) =>
        Gen.Select(
            Gen.Int[1, 9], OneOf(1, 3, 64, 128), Gen.Int[1, 3],
            Gen.Select(Gen.Int[1, 40], Gen.Int[1, 40]), OneOf(1, 3, 5, 7), Gen.Int[1, 3],
            Gen.Select(Gen.Bool, Gen.Bool)).Sample(
            (images, inputs, outputs, size, kernel, stride, end) => Difference(
                VectorWidths.Fixed(width)[0], images, inputs, 64 * outputs, size.Item1, size.Item2, kernel, stride, end.Item1, end.Item2)
                .Should().BeLessThan(2e-6),
            iter: 60, threads: 1);

    [VectorsTheory]
    [EachWidth]
    public void By_minimal_filtering_it_is_the_convolution_for_any_size(string width) =>
        Gen.Select(
            Gen.Int[1, 9], Gen.Int[1, 3], Gen.Int[1, 3], Gen.Int[1, 30], Gen.Int[1, 30], Gen.Bool, Gen.Bool).Sample(
            (images, inputs, outputs, height, columns, adds, rectifies) => Difference(
                VectorWidths.Fixed(width)[1], images, 64 * inputs, 64 * outputs, height, columns, 3, 1, adds, rectifies)
                .Should().BeLessThan(5e-6),
            iter: 40, threads: 1);

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, true)]
    public void By_matrices_it_is_the_convolution(bool adds, bool rectifies) =>
        Difference(new MatrixConvolution(), 3, 64, 128, 4, 6, 3, 1, adds, rectifies).Should().BeLessThan(1e-6);

    [VectorsTheory]
    [EachWidth(40, 512, 512, 4, 1)]
    [EachWidth(9, 512, 256, 7, 1)]
    [EachWidth(3, 256, 512, 14, 2)]
    public void Many_images_and_channels_stay_exact(string width, int images, int inputs, int outputs, int size, int stride)
    {
        foreach (IFixedConvolution way in VectorWidths.Fixed(width).Take(stride == 1 ? 2 : 1))
        {
            Difference(way, images, inputs, outputs, size, size, 3, stride, adds: true, rectifies: true).Should().BeLessThan(5e-6);
        }
    }

    [VectorsTheory]
    [EachWidth]
    public void Maps_of_any_layout_are_read(string width)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.random.manual_seed(4);
        torch.Tensor input = torch.randn(3, 64, 7, 9).transpose(2, 3), addend = torch.randn(3, 64, 7, 9).transpose(2, 3);
        torch.Tensor weight = torch.randn(64, 64, 3, 3).transpose(0, 1), bias = torch.randn(64);
        foreach (IFixedConvolution way in VectorWidths.Fixed(width))
        {
            torch.Tensor output = way.Apply(input, way.Filters(weight), 3, 1, new(bias, addend));

            ChannelsLast.Holds(output).Should().BeTrue();
            FilteringDifference.Relative(output, FilteringDifference.Exact(input, weight, bias).Plus(addend)).Should().BeLessThan(5e-6);
        }
    }

    [BothWidthsFact]
    public void Each_width_computes_the_same_to_the_bit()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Passes(VectorWidths.Avx512).Zip(Passes(VectorWidths.Avx2)).Should()
            .AllSatisfy(pair => pair.First.Equals(pair.Second).Should().BeTrue());
    }

    [VectorsTheory]
    [EachWidth(2)]
    [EachWidth(5)]
    [EachWidth(16)]
    public void Any_number_of_threads_computes_the_same_to_the_bit(string width, int threads)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        int before = torch.get_num_threads();
        try
        {
            torch.set_num_threads(1);
            torch.Tensor[] expected = Passes(width);
            torch.set_num_threads(threads);
            Passes(width).Zip(expected).Should().AllSatisfy(pair => pair.First.Equals(pair.Second).Should().BeTrue());
        }
        finally
        {
            torch.set_num_threads(before);
        }
    }

    [VectorsTheory]
    [EachWidth]
    public void What_is_no_number_stays_none(string width)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        foreach (IFixedConvolution way in VectorWidths.Fixed(width))
        {
            torch.Tensor input = torch.ones(1, 64, 5, 5);
            input[0, 7, 2, 2] = torch.tensor(float.NaN);
            torch.Tensor output = way.Apply(
                input, way.Filters(torch.ones(64, 64, 3, 3)), 3, 1, new(torch.zeros(64), torch.ones(1, 64, 5, 5), Rectifies: true));
            output[0, 0, 2, 2].isnan().item<bool>().Should().BeTrue();
        }

        torch.Tensor map = torch.ones(1, 64, 5, 5);
        map[0, 7, 2, 3] = torch.tensor(float.NaN);
        torch.Tensor pooled = Pool(width, map);
        pooled[0, 7, 1, 1].isnan().item<bool>().Should().BeTrue();
        pooled[0, 7, 1, 2].isnan().item<bool>().Should().BeTrue();
        pooled.isnan().sum().item<long>().Should().Be(2);
    }

    [VectorsTheory]
    [EachWidth]
    public void The_pool_is_libtorchs_to_the_bit(string width) =>
        Gen.Select(Gen.Int[1, 5], Gen.Int[1, 3], Gen.Int[1, 20], Gen.Int[1, 20]).Sample(
            (images, channels, height, columns) =>
            {
                using DisposeScope scope = torch.NewDisposeScope();
                torch.random.manual_seed(9);
                torch.Tensor map = torch.randn(images, 16 * channels, height, columns);
                torch.Tensor pooled = Pool(width, map);
                pooled.Equals(RectifiedPool.ByTorch(map)).Should().BeTrue();
                ChannelsLast.Holds(pooled).Should().BeTrue();
            },
            iter: 60, threads: 1);

    [VectorsFact]
    public void The_pool_is_ours_for_whole_vectors_of_float32_alone()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor whole = torch.randn(2, 64, 9, 9);
        RectifiedPool.For(whole)!(whole).Equals(RectifiedPool.ByTorch(whole)).Should().BeTrue();
        RectifiedPool.For(torch.randn(2, 8, 9, 9)).Should().NotBeNull("eight are a vector of AVX2");
        RectifiedPool.For(torch.randn(2, 12, 9, 9)).Should().BeNull();
        RectifiedPool.For(torch.randn(2, 64, 9, 9, torch.ScalarType.Float64)).Should().BeNull();
        RectifiedPool.For(torch.randn(0, 64, 9, 9)).Should().BeNull();
    }

    [Fact]
    public void Parts_have_every_sum_once_fit_the_cache_and_keep_all_threads_busy() =>
        Gen.Select(Gen.Int[1, 70], Gen.Int[1, 900], Gen.Int[1, 8], Gen.Int[1, 64]).Sample((images, pixels, blocks, threads) =>
        {
            ConvolutionParts parts = ConvolutionParts.Of(images, pixels, blocks, threads);

            parts.MostSums.Should().BeLessThanOrEqualTo(ConvolutionParts.Fitting);
            (((parts.Batches - 1) * parts.Together) + parts.Last).Should().Be(images);
            parts.Last.Should().BeInRange(1, parts.Together);
            Enumerable.Range(0, parts.Count).Select(parts.At).Order().Should().Equal(
                from block in Enumerable.Range(0, blocks)
                from batch in Enumerable.Range(0, parts.Batches)
                from share in Enumerable.Range(0, parts.Shares)
                select (block, batch, share));

            // Batches of a whole number of images may be fewer than there are threads, down to a half.
            int most = (int)Math.Min(threads, (long)blocks * images * pixels);
            parts.Count.Should().BeGreaterThanOrEqualTo(parts.Together > 1 ? (most + 1) / 2 : most);
        });

    [Theory]
    [InlineData(2, 16, 8, 16, 16)]
    [InlineData(4, 64, 1, 2, 2)]
    [InlineData(3, 64, 1, 16, 18)]
    [InlineData(1, 16, 8, 64, 64)]
    [InlineData(40, 16, 8, 2, 24)]
    [InlineData(1, 784, 1, 2, 4)]
    public void Few_images_are_cut_up_for_many_threads_and_many_no_further_than_they_fit(
        int images, int pixels, int blocks, int threads, int parts) =>
        ConvolutionParts.Of(images, pixels, blocks, threads).Count.Should().Be(parts);

    [Fact]
    public void Each_way_is_chosen_where_it_is_faster()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor wide = torch.zeros(256, 256, 3, 3), narrow = torch.zeros(64, 64, 3, 3), first = torch.zeros(64, 3, 7, 7);
        torch.Tensor point = torch.zeros(128, 64, 1, 1);
        IFixedConvolution[]? vectors = VectorWidths.Supported is [string widest, ..] ? VectorWidths.Fixed(widest) : null;
        string? direct = vectors?[0].GetType().ToString(), filtered = vectors?[1].GetType().ToString();
        string matrices = typeof(MatrixConvolution).ToString();

        Way(torch.zeros(8, 256, 4, 4), wide).Should().Be(direct ?? matrices);
        Way(torch.zeros(200, 64, 4, 4), narrow).Should().Be(direct);
        Way(torch.zeros(1, 64, 5, 5), narrow).Should().Be(direct);
        Way(torch.zeros(2, 256, 7, 7), wide).Should().Be(direct);
        Way(torch.zeros(3, 256, 7, 7), wide).Should().Be(filtered, "from more than 8 tiles on filters are worth their way");
        Way(torch.zeros(1, 64, 28, 28), narrow).Should().Be(filtered);
        Way(torch.zeros(3, 64, 20, 4), narrow).Should().BeNull("filters are not kept for maps of four pixels a side");
        Way(torch.zeros(10, 64, 28, 28), narrow, 2).Should().Be(direct);
        Way(torch.zeros(11, 64, 28, 28), narrow, 2).Should().BeNull("of more than 2,048 pixels libtorch is as fast");
        Way(torch.zeros(10, 64, 14, 14), point).Should().Be(direct);
        Way(torch.zeros(11, 64, 14, 14), point).Should().BeNull();
        Way(torch.zeros(1, 3, 112, 112), first, 2).Should().Be(direct);
        Way(torch.zeros(2, 3, 112, 112), first, 2).Should().BeNull();
        Way(torch.zeros(1, 48, 8, 8), torch.zeros(64, 48, 3, 3), 2).Should().BeNull("blocks have 64 channels");
        Way(torch.zeros(1, 64, 8, 8), torch.zeros(48, 64, 3, 3), 2).Should().BeNull("blocks have 64 channels");
        Way(torch.zeros(1, 64, 4, 4, torch.ScalarType.Float64), narrow).Should().BeNull();
        Way(torch.zeros(0, 64, 4, 4), narrow).Should().BeNull("there is nothing to compute");
        Way(torch.zeros(1, 128, 4, 4), narrow).Should().BeNull("such a map is libtorch's to refuse");
        Way(torch.zeros(9, 128, 28, 28), narrow).Should().BeNull("such a map is libtorch's to refuse");
        Way(torch.zeros(1, 1, 112, 112), first, 2).Should().BeNull("such a map is libtorch's to refuse");

        static string? Way(torch.Tensor input, torch.Tensor weight, int stride = 1) =>
            CpuKernels.Fixed(input, weight, stride)?.GetType().ToString();
    }

    private static Gen<int> OneOf(params int[] values) => Gen.Int[0, values.Length - 1].Select(i => values[i]);

    private static torch.Tensor Pool(string width, torch.Tensor map) => width == VectorWidths.Avx512
        ? RectifiedPool.ByVectors<Floats16>(map)
        : RectifiedPool.ByVectors<Floats8>(map);

    // Of one convolution, in the largest difference over the largest value.
    private static double Difference(
        IFixedConvolution way, int images, int inputs, int outputs, int height, int width, int kernel, int stride, bool adds,
        bool rectifies)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.random.manual_seed(2);
        torch.Tensor input = torch.randn(images, inputs, height, width), weight = torch.randn(outputs, inputs, kernel, kernel);
        torch.Tensor bias = torch.randn(outputs), expected = FilteringDifference.Exact(input, weight, bias, stride);
        torch.Tensor? addend = adds ? torch.randn(expected.shape) : null;
        double largest = expected.abs().max().item<double>();
        expected = addend is null ? expected : expected.Plus(addend);
        expected = rectifies ? expected.relu() : expected;

        torch.Tensor actual = way.Apply(input, way.Filters(weight), kernel, stride, new(bias, addend, rectifies));

        actual.shape.Should().Equal(expected.shape);
        return (actual - expected).abs().max().to(torch.ScalarType.Float64).item<double>() / largest;
    }

    private static torch.Tensor[] Passes(string width)
    {
        torch.random.manual_seed(6);
        torch.Tensor weight = torch.randn(192, 128, 3, 3), bias = torch.randn(192), first = torch.randn(64, 3, 7, 7);
        torch.Tensor large = torch.randn(1, 128, 21, 19), small = torch.randn(9, 128, 2, 3), image = torch.randn(2, 3, 50, 41);
        IFixedConvolution direct = VectorWidths.Fixed(width)[0], filtered = VectorWidths.Fixed(width)[1];
        return
        [
            direct.Apply(large, direct.Filters(weight), 3, 2, new(bias)),
            direct.Apply(large, direct.Filters(weight), 3, 1, new(bias, Rectifies: true)),
            direct.Apply(small, direct.Filters(weight), 3, 1, new(bias)),
            direct.Apply(image, direct.Filters(first), 7, 2, new(bias[..64])),
            filtered.Apply(large, filtered.Filters(weight), 3, 1, new(bias)),
            Pool(width, large),
        ];
    }
}
