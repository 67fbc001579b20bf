using SsMfar.Kernels;
using SsMfar.Models;
using SsMfar.Runtime;
using SsMfar.Tests.Models;
using TorchSharp;

namespace SsMfar.Tests.Kernels;

/// <summary>1×1 convolutions, on processors that say what they are and on those that do not.</summary>
[Collection(ProcessState.Name)]
public sealed class PointwiseConvolutionTests : IDisposable
{
    private readonly bool _isNeeded = PointwiseConvolution.IsNeeded;

    public void Dispose() => PointwiseConvolution.IsNeeded = _isNeeded;

    // What oneDNN blocks by caches and cores; all of the built-in networks' kinds: into as many, fewer and more channels.
    [Theory]
    [InlineData(64, 128, 2, 4)]
    [InlineData(128, 256, 2, 8)]
    [InlineData(256, 512, 2, 7)]
    [InlineData(256, 512, 2, 2)]
    [InlineData(512, 512, 1, 7)]
    [InlineData(256, 1024, 1, 4)]
    [InlineData(1024, 256, 1, 4)]
    [InlineData(512, 2048, 1, 2)]
    [InlineData(2048, 512, 1, 2)]
    [InlineData(1024, 2048, 2, 4)]
    [InlineData(64, 512, 1, 7)]
    [InlineData(24, 144, 1, 14)]
    [InlineData(1152, 320, 1, 7)]
    [InlineData(320, 1280, 1, 7)]
    public void Those_of_the_networks_are_right_on_this_machine(int inputs, int outputs, int stride, int size)
    {
        foreach (int images in new[] { 1, 2, 3, 8 })
        {
            ShouldBeExact(images, inputs, outputs, stride, size, torch.ScalarType.Float32, hasBias: false, channelsLast: true);
        }
    }

    [Theory]
    [InlineData(torch.ScalarType.Float32, false, false)]
    [InlineData(torch.ScalarType.Float32, true, true)]
    [InlineData(torch.ScalarType.BFloat16, true, false)]
    [InlineData(torch.ScalarType.BFloat16, false, true)]
    public void Matrix_products_are_the_same_with_their_gradients(torch.ScalarType type, bool hasBias, bool channelsLast)
    {
        PointwiseConvolution.IsNeeded = true;
        foreach ((int images, int stride, int size) in new[] { (1, 1, 1), (2, 1, 5), (3, 2, 6), (2, 3, 7) })
        {
            ShouldBeExact(images, 20, 12, stride, size, type, hasBias, channelsLast);
        }
    }

    [Theory]
    [InlineData(true, 1, 1, true)]
    [InlineData(false, 1, 1, false)]
    [InlineData(true, 3, 1, false)]
    [InlineData(true, 1, 2, false)]
    public void They_are_taken_where_they_are_needed_and_for_nothing_else(bool isNeeded, int kernel, int groups, bool areTaken)
    {
        PointwiseConvolution.IsNeeded = isNeeded;
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor input = torch.randn(2, 4, 5, 5), weight = torch.randn(6, 4 / groups, kernel, kernel);

        torch.Tensor output = new ConvolutionEdges(kernel, 1, EdgePadding.Centered).Convolve(input, weight, null, groups);

        // libtorch's convolution of what is not channels-last is not.
        ChannelsLast.Holds(output).Should().Be(areTaken);
    }

    [LinuxFact]
    public void NNPACK_which_would_only_warn_is_turned_off_where_the_processor_hides_what_it_is()
    {
        TorchRuntime.Initialize();
        Nnpack.IsOn.Should().Be(!ProcessorTopology.IsHidden);

        // That it is libtorch's own switch.
        try
        {
            Nnpack.IsOn = ProcessorTopology.IsHidden;
            Nnpack.IsOn.Should().Be(ProcessorTopology.IsHidden);
        }
        finally
        {
            Nnpack.IsOn = !ProcessorTopology.IsHidden;
        }
    }

    [Fact]
    public void They_are_not_taken_for_float64()
    {
        PointwiseConvolution.IsNeeded = true;
        using torch.Tensor input = torch.zeros(1, 1, 2, 2, torch.ScalarType.Float64);
        PointwiseConvolution.Takes(input, kernel: 1).Should().BeFalse("oneDNN has no part in it");
    }

    [Theory]
    [InlineData(0x121, 0x1f, 0, 2, false)]
    [InlineData(0, 0x1f, 0x121, 2, false)]
    [InlineData(0, 0x1f, 0, 2, true)]
    [InlineData(0, 0x08, 0x121, 2, true)]
    [InlineData(0x121, 0x1f, 0, 0, true)]
    [InlineData(0x121, 0x0a, 0, 2, true)]
    [InlineData(0x121, 0x03, 0, 2, true)]
    public void A_processor_hides_what_it_is_where_it_says_nothing_of_caches_or_of_cores(
        int intelCache, int highest, int amdCache, int cores, bool hides)
    {
        ProcessorTopology.Hides((leaf, part) => (unchecked((uint)leaf), part) switch
        {
            (0, _) => (highest, 0, 0, 0),
            (4, 0) => (intelCache, 0, 0, 0),
            (0xb, 0) => (0, cores, 0, 0),
            (0x80000000, _) => (unchecked((int)(amdCache == 0 ? 0x80000008 : 0x80000021)), 0, 0, 0),
            (0x8000001d, 0) => (amdCache, 0, 0, 0),
            _ => (-1, -1, -1, -1),
        }).Should().Be(hides);
    }

    private static void ShouldBeExact(
        int images, int inputs, int outputs, int stride, int size, torch.ScalarType type, bool hasBias, bool channelsLast)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using var generator = new torch.Generator(7);
        torch.Tensor[] given =
        [
            Normal(images, inputs, size, size), Normal(outputs, inputs, 1, 1), .. hasBias ? [Normal(outputs)] : Array.Empty<torch.Tensor>(),
        ];
        torch.Tensor weights = Normal(images, outputs, (size + stride - 1) / stride, (size + stride - 1) / stride);
        torch.Tensor[] own = [.. given.Select(tensor => Leaf(channelsLast && tensor.dim() == 4 ? ChannelsLast.Convert(tensor) : tensor))];
        torch.Tensor[] exact = [.. given.Select(tensor => Leaf(tensor.to(torch.ScalarType.Float64)))];

        torch.Tensor output = new ConvolutionEdges(1, stride, EdgePadding.Centered).Convolve(own[0], own[1], own.ElementAtOrDefault(2), 1);
        torch.Tensor expected = torch.nn.functional.conv2d(exact[0], exact[1], exact.ElementAtOrDefault(2), strides: [stride, stride]);
        (output * weights).sum().backward();
        (expected * weights.to(torch.ScalarType.Float64)).sum().backward();

        double tolerance = type == torch.ScalarType.Float32 ? 2e-5 : 0.03;
        foreach ((torch.Tensor one, torch.Tensor other) in own.Zip(exact).Select(pair => (pair.First.grad!, pair.Second.grad!))
            .Prepend((output, expected)))
        {
            one.shape.Should().Equal(other.shape);
            double largest = other.abs().max().item<double>();
            Build.Difference(one.to(torch.ScalarType.Float64), other).Should().BeLessThan(tolerance * largest);
        }

        torch.Tensor Normal(params long[] shape) => torch.empty(shape).normal_(0, 1, generator).to(type);
        static torch.Tensor Leaf(torch.Tensor tensor) => tensor.detach().requires_grad_(true);
    }
}
