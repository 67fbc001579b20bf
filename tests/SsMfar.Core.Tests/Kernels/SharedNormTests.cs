using SsMfar.Distributed;
using SsMfar.Kernels;
using SsMfar.Kernels.Normalization;
using SsMfar.Models;
using SsMfar.Randomness;
using SsMfar.Runtime;
using SsMfar.Tests.Models;
using TorchSharp;
using TorchSharp.Modules;

namespace SsMfar.Tests.Kernels;

/// <summary>
/// Batch norms whose statistics ranks share, by the kernels and by libtorch's passes, against libtorch's batch norm of all rows in float64:
/// values, every gradient, running statistics.
/// </summary>
[Collection(ProcessState.Name)]
public sealed class SharedNormTests : IDisposable
{
    private const int Channels = 48;

    private enum Way
    {
        Kernels,
        Passes,
        Mixed,
    }

    public void Dispose() => CpuKernels.Disabled = KernelKinds.None;

    [VectorsTheory]
    [EachWidth(true)]
    [EachWidth(false)]
    public async Task The_kernels_compute_what_libtorch_s_passes_and_one_process_with_all_rows_do(string width, bool rectifies)
    {
        foreach (int[] images in new int[][] { [4, 4], [3, 2], [1, 4, 2] })
        {
            using Case all = new(images, side: 7, rectifies);
            Result kernels = await all.RunAsync(Way.Kernels, width), passes = await all.RunAsync(Way.Passes, width);

            kernels.DistanceFrom(all.Expected).Should().BeLessThan(2e-5);
            passes.DistanceFrom(all.Expected).Should().BeLessThan(2e-5);
            kernels.DistanceFrom(passes).Should().BeInRange(1e-9, 4e-5, "other roundings say that another way was gone");
        }
    }

    [VectorsTheory]
    [EachWidth(true)]
    [EachWidth(false)]
    public async Task Ranks_of_which_one_has_no_kernels_understand_each_other(string width, bool rectifies)
    {
        using Case all = new([3, 2], side: 7, rectifies);

        (await all.RunAsync(Way.Mixed, width)).DistanceFrom(all.Expected).Should().BeLessThan(2e-5);
    }

    // What is left is the rounding of the mean itself, and of ranks' means that are as far from each other.
    [VectorsTheory]
    [EachWidth(1000, 0.5)]
    [EachWidth(-30, 0.01)]
    public async Task A_mean_far_from_zero_does_not_drown_the_deviation(string width, double mean, double deviation)
    {
        using Case all = new([8, 6], side: 14, rectifies: true, mean, deviation);

        (await all.RunAsync(Way.Kernels, width)).DistanceFrom(all.Expected).Should().BeLessThan(2e-4);
    }

    [VectorsTheory]
    [EachWidth]
    public async Task Ranks_whose_means_differ_have_the_deviation_of_all(string width)
    {
        using Case all = new([5, 3], side: 7, rectifies: true, apart: 20);

        (await all.RunAsync(Way.Kernels, width)).DistanceFrom(all.Expected).Should().BeLessThan(2e-4);
    }

    // The gradients of so few values all but cancel, and what is left of them is mostly rounding.
    [VectorsTheory]
    [EachWidth]
    public async Task A_rank_may_have_a_single_value_a_channel(string width)
    {
        using Case all = new([1, 2, 1], side: 1, rectifies: true);

        (await all.RunAsync(Way.Kernels, width)).DistanceFrom(all.Expected).Should().BeLessThan(5e-3);
    }

    [VectorsFact]
    public void A_rank_alone_has_the_bits_that_a_process_has_with_and_without_ReLU_in_the_norm()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.random.manual_seed(4);
        torch.Tensor input = torch.randn(5, Channels, 7, 9), direction = torch.randn(5, Channels, 7, 9), drawn = torch.rand(3, Channels);
        byte[][] process = Pass((norm, x) => CpuKernels.NormalizeAndRectify(norm, x));
        using SharedStatistics.Sharing sharing = SharedStatistics.Over(InProcessGroup.Create(1)[0]);

        Pass((norm, x) => CpuKernels.NormalizeAndRectify(norm, x)).Should().BeEquivalentTo(process, o => o.WithStrictOrdering());
        Pass((norm, x) => CpuKernels.Normalize(norm, x).relu()).Should().BeEquivalentTo(process, o => o.WithStrictOrdering());

        CpuKernels.Disabled = KernelKinds.Normalization;
        byte[][] passes = Pass((norm, x) => SynchronizedNorm.Apply(norm, x, SharedStatistics.Group!).relu());
        Pass((norm, x) => CpuKernels.Normalize(norm, x).relu()).Should().BeEquivalentTo(passes, o => o.WithStrictOrdering());
        passes[0].Should().NotEqual(process[0]);

        byte[][] Pass(Func<BatchNorm2d, torch.Tensor, torch.Tensor> apply)
        {
            BatchNorm2d norm = Norm(drawn);
            torch.Tensor x = input.clone().requires_grad_();
            torch.Tensor output = apply(norm, x.clone());
            (output * direction).sum().backward();
            torch.Tensor[] found =
                [output.detach(), x.grad!, norm.weight!.grad!, norm.bias!.grad!, norm.running_mean!, norm.running_var!];
            return [.. found.Select(tensor => tensor.contiguous().bytes.ToArray())];
        }
    }

    // Some add to a norm's output in place, which autograd does not let anybody do to every tensor.
    [VectorsTheory]
    [InlineData("resnet")]
    [InlineData("iresnet")]
    [InlineData("mobilefacenet")]
    [InlineData("efficientnet")]
    public void Every_network_computes_the_same_by_the_kernels_and_by_libtorch_there_and_back(string name)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor images = Build.Images(8, 64);
        using SharedStatistics.Sharing sharing = SharedStatistics.Over(InProcessGroup.Create(1)[0]);
        (torch.Tensor output, torch.Tensor gradient) = Pass();
        CpuKernels.Disabled = KernelKinds.Normalization;
        (torch.Tensor expected, torch.Tensor expectedGradient) = Pass();

        Relative(output, expected).Should().BeInRange(1e-9, 1e-3);
        Relative(gradient, expectedGradient).Should().BeInRange(1e-9, 0.1, "roundings add up through all layers, across ReLU's corner too");

        (torch.Tensor Output, torch.Tensor Gradient) Pass()
        {
            RandomKey key = RandomKey.FromSeed(3);
            torch.nn.Module<torch.Tensor, torch.Tensor> network = name switch
            {
                "resnet" => new ResNet(18, key),
                "iresnet" => new IResNet(18, key),
                "mobilefacenet" => new MobileFaceNet(key),
                _ => new EfficientNet(0, key),
            };
            network.train();
            torch.Tensor found = network.call(images);
            found.Squared().sum().backward();
            return (found.detach(), torch.cat([.. network.parameters().Select(parameter => parameter.grad!.reshape(-1))]));
        }

        static double Relative(torch.Tensor one, torch.Tensor other) => ((one - other).norm() / other.norm()).item<float>();
    }

    [VectorsTheory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_norm_exchanges_two_numbers_a_channel_and_one_forward_and_two_a_channel_backward(bool isFused)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        CountedGroup group = new(InProcessGroup.Create(1)[0]);
        using SharedStatistics.Sharing sharing = SharedStatistics.Over(group);
        torch.Tensor x = torch.randn([2, Channels, 3, 3], requires_grad: true);

        torch.Tensor output = NormalizedRelu.Apply(Norm(torch.rand(3, Channels)), x.clone(), isFused: isFused);
        (group.Calls, group.Bytes).Should().Be((1, 8 * ((2 * Channels) + 1)));

        output.sum().backward();
        (group.Calls, group.Bytes).Should().Be((2, 8 * ((4 * Channels) + 1)));
    }

    /// <summary>A norm.</summary>
    /// <param name="drawn">[3, channels] from 0 to 1: its weights, biases and running means.</param>
    /// <param name="type">Its type.</param>
    private static BatchNorm2d Norm(torch.Tensor drawn, torch.ScalarType type = torch.ScalarType.Float32)
    {
        using var noGradient = torch.no_grad();
        BatchNorm2d norm = torch.nn.BatchNorm2d(Channels, dtype: type);
        norm.weight!.copy_((drawn[0] * Scalars.Of(3)).Plus(-1.5));
        norm.bias!.copy_((drawn[1] * Scalars.Of(2)).Plus(-1));
        norm.running_mean!.copy_((drawn[2] * Scalars.Of(2)).Plus(-1));
        return norm;
    }

    /// <summary>What a pass there and back leaves, those of all ranks put together: values in float64, a tensor after the other.</summary>
    private sealed record Result(double[][] Values)
    {
        /// <summary>The largest difference of each tensor, relative to its largest value.</summary>
        public double DistanceFrom(Result other) => Values.Zip(other.Values).Max(pair =>
        {
            pair.First.Should().HaveSameCount(pair.Second);
            return pair.First.Zip(pair.Second, (x, y) => Math.Abs(x - y)).Max() / Math.Max(1e-3, pair.Second.Max(Math.Abs));
        });
    }

    /// <summary>Maps of some images, of which each rank has its own.</summary>
    private sealed class Case : IDisposable
    {
        private readonly int[] _images;
        private readonly bool _rectifies;
        private readonly torch.Tensor _maps;
        private readonly torch.Tensor _addends;
        private readonly torch.Tensor _directions;
        private readonly torch.Tensor _drawn;

        public Case(int[] images, int side, bool rectifies, double mean = 1, double deviation = 2, double apart = 0)
        {
            using DisposeScope scope = torch.NewDisposeScope();
            (_images, _rectifies) = (images, rectifies);
            torch.random.manual_seed(7);
            long[] shape = [images.Sum(), Channels, side, side];
            _maps = (torch.randn(shape) * Scalars.Of(deviation)).Plus(mean);
            _maps.narrow(0, 0, images[0]).PlusInPlace(apart);
            _maps = _maps.DetachFromDisposeScope();
            _addends = torch.randn(shape).DetachFromDisposeScope();
            _directions = torch.randn(shape).DetachFromDisposeScope();
            _drawn = torch.rand(3, Channels).DetachFromDisposeScope();
            Expected = AtOnce();
        }

        /// <summary>Gets what libtorch computes in float64, from all images at once.</summary>
        public Result Expected { get; }

        /// <summary>By ranks that are threads. Weights' gradients are summed; whatever else ranks have alike is compared.</summary>
        public async Task<Result> RunAsync(Way way, string width)
        {
            double[][][] ranks = await Task.WhenAll(InProcessGroup.Create(_images.Length, TimeSpan.FromMinutes(2)).Select(group =>
                Task.Run(() => Pass(group, way == Way.Kernels || (way == Way.Mixed && group.Rank == 0), width))));
            ranks.Should().OnlyContain(rank => rank[5].SequenceEqual(ranks[0][5]) || way == Way.Mixed, "ranks follow the same statistics");
            double[][] rows = [.. Enumerable.Range(0, 3).Select(i => ranks.SelectMany(rank => rank[i]).ToArray())];
            double[][] sums = [.. new[] { 3, 4 }.Select(i => ranks.Aggregate(
                new double[Channels], (sum, rank) => [.. sum.Zip(rank[i], (x, y) => x + y)]))];
            return new([.. rows, .. sums, ranks[^1][5], ranks[^1][6]]);
        }

        public void Dispose()
        {
            _maps.Dispose();
            _addends.Dispose();
            _directions.Dispose();
            _drawn.Dispose();
        }

        private Result AtOnce()
        {
            using DisposeScope scope = torch.NewDisposeScope();
            BatchNorm2d norm = Norm(_drawn, torch.ScalarType.Float64);
            torch.Tensor x = _maps.to(torch.ScalarType.Float64).requires_grad_();
            torch.Tensor addend = _addends.to(torch.ScalarType.Float64).requires_grad_();
            torch.Tensor output = norm.call(x);
            if (_rectifies)
            {
                output += addend;

                // Near ReLU's corner either gradient is right.
                _directions.mul_(output.detach().abs().gt(Scalars.Of(1e-3)).to(torch.ScalarType.Float32));
                output = output.relu();
            }

            (output * _directions).sum().backward();
            return new(Found(norm, x, addend, output));
        }

        private double[][] Pass(IProcessGroup group, bool byKernels, string width)
        {
            using DisposeScope scope = torch.NewDisposeScope();
            using SharedStatistics.Sharing sharing = SharedStatistics.Over(group);
            IBatchNormKernels kernels = VectorWidths.Normalization(width);
            BatchNorm2d norm = Norm(_drawn);
            torch.Tensor x = Own(_maps).clone().requires_grad_(), addend = Own(_addends).clone().requires_grad_();
            torch.Tensor output = _rectifies
                ? NormalizedRelu.Apply(norm, x.clone(), addend, isFused: byKernels, kernels)
                : BatchNormalization.Apply(norm, x, isFused: byKernels, kernels);
            (output * Own(_directions)).sum().backward();
            norm.num_batches_tracked!.to(torch.ScalarType.Int64).item<long>().Should().Be(1);
            return Found(norm, x, addend, output);

            torch.Tensor Own(torch.Tensor all) => all.narrow(0, _images[..group.Rank].Sum(), _images[group.Rank]);
        }

        private static double[][] Found(BatchNorm2d norm, torch.Tensor x, torch.Tensor addend, torch.Tensor output)
        {
            torch.Tensor[] found =
            [
                output, x.grad!, addend.grad ?? torch.zeros_like(addend), norm.weight!.grad!, norm.bias!.grad!, norm.running_mean!,
                norm.running_var!,
            ];
            return [.. found.Select(tensor => tensor.detach().to(torch.ScalarType.Float64).contiguous().data<double>().ToArray())];
        }
    }
}
