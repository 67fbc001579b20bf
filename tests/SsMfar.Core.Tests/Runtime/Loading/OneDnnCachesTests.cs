using SsMfar.Kernels.Native;
using SsMfar.Models;
using SsMfar.Runtime;
using SsMfar.Tests.Models;
using TorchSharp;

namespace SsMfar.Tests.Runtime;

/// <summary>libtorch's convolutions are right on the machine at hand, also where it hides its caches.</summary>
[Collection(ProcessState.Name)]
public sealed class OneDnnCachesTests
{
    private static readonly uint[] OneByteEach = [1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 3];

    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, 12)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Convolutions_of_any_shape_are_right_with_both_gradients(int seed)
    {
        TorchRuntime.Initialize();
        foreach (Shape shape in Shapes(seed).Take(30))
        {
            Error(shape, torch.ScalarType.Float32).Should().BeLessThan(2e-5, $"{shape}");
        }
    }

    [LinuxFact]
    public void They_are_right_without_oneDNN_too()
    {
        TorchRuntime.Initialize();
        bool? before = OneDnnCaches.IsUsed;
        before.Should().Be(TorchRuntime.Status!.OneDnn != OneDnnPlan.NotUsed);
        try
        {
            OneDnnCaches.Avoid().Should().Be(OneDnnPlan.NotUsed);
            OneDnnCaches.IsUsed.Should().BeFalse();
            foreach (Shape shape in Shapes(seed: 20).Take(12))
            {
                Error(shape, torch.ScalarType.Float32).Should().BeLessThan(2e-5, $"{shape}");
            }
        }
        finally
        {
            OneDnnCaches.IsUsed = before;
        }
    }

    [LinuxFact]
    public async Task Two_threads_may_convolve_in_a_new_shape_at_once()
    {
        ChildProcess.Outcome outcome = await ChildProcess.RunAsync(
            ChildProcess.Dotnet, [RuntimeProbe.BuiltProbe, "--convolve", "60"]);

        outcome.ExitCode.Should().Be(0, outcome.Everything);
    }

    // ResNet's of 3 by 3 with stride 2 does so at 16 pixels a side, those of stride 1 at 32.
    [Theory]
    [InlineData(3, 1, 2)]
    [InlineData(3, 1, 1)]
    [InlineData(7, 3, 2)]
    [InlineData(7, 2, 1)]
    [InlineData(5, 2, 2)]
    [InlineData(3, 2, 2)]
    [InlineData(7, 4, 2)]
    [InlineData(5, 3, 2)]
    public void In_bfloat16_kernels_that_reach_past_both_edges_of_a_map_are_right(int kernel, int size, int stride)
    {
        foreach ((int images, int inputs, int outputs) in new[] { (1, 8, 16), (4, 11, 6), (12, 32, 32), (14, 128, 8), (17, 512, 25) })
        {
            Error(new(images, inputs, outputs, kernel, stride, size, 1, ChannelsLast: true), torch.ScalarType.BFloat16, ByLayer)
                .Should().BeLessThan(0.03, $"{images} images of {inputs} channels, to {outputs}");
            Error(new(images, inputs, inputs, kernel, stride, size, inputs, ChannelsLast: true), torch.ScalarType.BFloat16, ByLayer)
                .Should().BeLessThan(0.03, $"{images} images of {inputs} channels, each by itself");
        }
    }

    [LinuxFact]
    public void What_is_done_is_what_the_processor_needs()
    {
        TorchRuntime.Initialize();

        OneDnnPlan[] right = (ProcessorTopology.HidesAmdCores, ProcessorTopology.HidesAmdCaches) switch
        {
            (true, _) => [OneDnnPlan.NotUsed],
            (_, true) => [OneDnnPlan.UsualCaches, OneDnnPlan.NotUsed],
            _ => [OneDnnPlan.CachesOfTheProcessor],
        };
        TorchRuntime.Status!.OneDnn.Should().BeOneOf(right);
        if (TorchRuntime.Status.OneDnn == OneDnnPlan.UsualCaches)
        {
            OneDnnCaches.Ensure().Should().Be(OneDnnPlan.UsualCaches, "what was told once stays");
        }
    }

    [LinuxFact]
    public void Nothing_is_told_where_the_process_does_not_say_which_libtorch_it_has()
    {
        TorchRuntime.Initialize();
        using TemporaryFolder folder = new();
        string maps = folder.File("maps"), other = Path.Join(AppContext.BaseDirectory, "SsMfar.Core.dll");
        nint inside = LibTorchContext.Export(LibTorchContext.Name);

        OneDnnCaches.Tell(maps).Should().BeNull();
        string range = $"{inside:x}-{inside + 1:x} r-xp 00000000 fe:00 1";
        foreach (string line in new[] { "", "nothing", "/", "x-y /z", range, $"{range} {other}", $"{range} {maps}", $"{range} /not/there" })
        {
            File.WriteAllText(maps, line);
            OneDnnCaches.Tell(maps).Should().BeNull();
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    public void Usual_sizes_are_written_over_caches_of_one_byte_and_nothing_else(int before)
    {
        uint[] processor = [.. Enumerable.Repeat(9u, before), .. OneByteEach, 8, 8];

        OneDnnCaches.Tell(processor).Should().BeTrue();

        processor.Should().Equal([.. Enumerable.Repeat(9u, before), 32768, 524288, 1048576, .. OneByteEach[3..], 8, 8]);
    }

    [Theory]
    [InlineData(0, 32768)]
    [InlineData(10, 2)]
    [InlineData(20, 2)]
    public void Caches_kept_in_another_way_are_left_alone(int at, uint value)
    {
        uint[] processor = [5, .. OneByteEach];
        processor[at + 1] = value;
        uint[] before = [.. processor];

        OneDnnCaches.Tell(processor).Should().BeFalse();

        processor.Should().Equal(before);
    }

    [Fact]
    public void Without_oneDNN_no_processor_has_bfloat16() =>
        BFloat16Support.IsInHardware(torch.CPU, OneDnnPlan.NotUsed).Should().BeFalse("libtorch alone takes forty times as long in it");

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

    private static IEnumerable<Shape> Shapes(int seed)
    {
        var random = new Random(seed);
        while (true)
        {
            int kernel = Of(1, 1, 3, 3, 5, 7), inputs = Channels(), outputs = Channels();
            bool isDepthwise = random.Next(6) == 0;
            Shape shape = new(
                Of(1, 2, 5, 16, 19, 32), inputs, isDepthwise ? inputs : outputs, kernel, Stride: Of(1, 2), Size: random.Next(1, 15),
                Groups: isDepthwise ? inputs : 1, ChannelsLast: random.Next(3) > 0);
            if (shape.Products < 300_000_000)
            {
                yield return shape;
            }
        }

        int Of(params int[] values) => values[random.Next(values.Length)];
        int Channels() => random.Next(3) == 0 ? random.Next(1, 65) : 8 << random.Next(0, 7);
    }

    private static double Error(
        Shape shape, torch.ScalarType type, Func<Shape, torch.Tensor, torch.Tensor, torch.Tensor>? convolve = null)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using var generator = new torch.Generator(7);
        torch.Tensor[] given =
        [
            Normal(shape.Images, shape.Inputs, shape.Size, shape.Size),
            Normal(shape.Outputs, shape.Inputs / shape.Groups, shape.Kernel, shape.Kernel),
        ];
        torch.Tensor[] own = [.. given.Select(tensor => Leaf(shape.ChannelsLast ? ChannelsLast.Convert(tensor) : tensor))];
        torch.Tensor[] exact = [.. given.Select(tensor => Leaf(tensor.to(torch.ScalarType.Float64)))];

        torch.Tensor output = (convolve ?? ByLibTorch)(shape, own[0], own[1]);
        torch.Tensor expected = ByLibTorch(shape, exact[0], exact[1]);
        torch.Tensor weights = Normal(expected.shape);
        (output * weights).sum().backward();
        (expected * weights.to(torch.ScalarType.Float64)).sum().backward();

        return own.Zip(exact).Select(pair => (pair.First.grad!, pair.Second.grad!)).Append((output, expected))
            .Max(pair => Distance(pair.Item1, pair.Item2));

        torch.Tensor Normal(params long[] size) => torch.randn(size, generator: generator).to(type);
        static torch.Tensor Leaf(torch.Tensor tensor) => tensor.detach().requires_grad_();
    }

    // Of the largest value; what is not a number is far from any.
    private static double Distance(torch.Tensor actual, torch.Tensor expected)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        double distance = (actual.to(torch.ScalarType.Float64) - expected).abs().max().item<double>()
            / Math.Max(1e-6, expected.abs().max().item<double>());
        return double.IsNaN(distance) ? double.PositiveInfinity : distance;
    }

    private static torch.Tensor ByLibTorch(Shape shape, torch.Tensor images, torch.Tensor filters) => torch.nn.functional.conv2d(
        images, filters, strides: [shape.Stride, shape.Stride], padding: [shape.Kernel / 2, shape.Kernel / 2], groups: shape.Groups);

    private static torch.Tensor ByLayer(Shape shape, torch.Tensor images, torch.Tensor filters) =>
        new ConvolutionEdges(shape.Kernel, shape.Stride, EdgePadding.Centered).Convolve(images, filters, null, shape.Groups);

    /// <summary>A convolution of square images with square kernels, padded by half a kernel.</summary>
    private sealed record Shape(int Images, int Inputs, int Outputs, int Kernel, int Stride, int Size, int Groups, bool ChannelsLast)
    {
        public long Products => (long)Images * Size * Size * Inputs / Groups * Outputs * Kernel * Kernel;
    }
}
