using CsCheck;
using SsMfar.Distributed;
using SsMfar.Kernels.Normalization;
using SsMfar.Models;
using SsMfar.Randomness;
using SsMfar.Runtime;
using SsMfar.Tests.Models;
using TorchSharp;
using TorchSharp.Modules;
using static SsMfar.Tests.Kernels.NormCase;

namespace SsMfar.Tests.Kernels;

/// <summary>
/// A ResNet's stem by the kernels against libtorch's batch norm, maximum and ReLU: values, every gradient, running statistics.
/// </summary>
[Collection(ProcessState.Name)]
public sealed class PooledReluTests
{
    [VectorsTheory]
    [EachWidth]
    public void It_is_batch_norm_then_the_maximum_of_windows_then_relu(string width) =>
        Gen.Select(Gen.Int[1, 4], Gen.Int[1, 5], Gen.Int[1, 10], Gen.Int[1, 10], Gen.Bool)
            .Where(size => size.Item1 * size.Item3 * size.Item4 >= 8)
            .Sample(
                (images, lanes, height, columns, channelsLast) =>
                {
                    torch.Tensor values = Apart(2, 1, images, 16 * lanes, height, columns);
                    Compare(channelsLast ? ChannelsLast.Convert(values) : values, VectorWidths.Normalization(width));
                },
                iter: 60, threads: 1);

    // A flat picture: which of equal values goes on decides where its gradient goes, and it is the first.
    [VectorsTheory]
    [EachWidth]
    public void Of_equal_values_the_first_has_the_gradient(string width) => Compare(
        torch.randint(0, 3, [3, 80, 9, 8]).to(torch.ScalarType.Float32), VectorWidths.Normalization(width));

    [VectorsTheory]
    [EachWidth]
    public void A_mean_far_from_zero_does_not_drown_the_deviation(string width) => Compare(
        Apart(0.5, 1000, 8, 64, 14, 14), VectorWidths.Normalization(width), tolerance: 2e-4);

    [Fact]
    public void Channels_that_fit_no_vector_and_other_types_take_libtorchs_way()
    {
        Compare(Apart(1, 0, 3, 7, 5, 5), kernels: null);
        Compare(Apart(1, 0, 3, 16, 5, 5).to(torch.ScalarType.Float64), kernels: null);
    }

    [VectorsTheory]
    [EachWidth]
    public void What_is_no_number_stays_none(string width)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor input = torch.randn(2, 32, 6, 6);
        input[1, 5, 2, 3] = torch.tensor(float.NaN);
        BatchNorm2d norm = Norm(32, torch.ScalarType.Float32);

        torch.Tensor output = PooledRelu.Apply(norm, input, kernels: VectorWidths.Normalization(width));

        output.isnan().sum([0L, 2L, 3L]).to(torch.ScalarType.Int64).data<long>().ToArray()
            .Should().Equal(Enumerable.Range(0, 32).Select(c => c == 5 ? 18L : 0L), "the statistics of a channel are of all its values");
    }

    [BothWidthsFact]
    public void Each_width_computes_the_same_to_the_bit()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.random.manual_seed(9);
        torch.Tensor input = torch.randn(5, 80, 7, 9);
        Pass(VectorWidths.Avx512).Zip(Pass(VectorWidths.Avx2)).Should()
            .AllSatisfy(pair => pair.First.Equals(pair.Second).Should().BeTrue());

        torch.Tensor[] Pass(string width)
        {
            torch.random.manual_seed(10);
            BatchNorm2d norm = Norm(80, torch.ScalarType.Float32);
            torch.Tensor x = input.clone().requires_grad_();
            torch.Tensor output = PooledRelu.Apply(norm, x, kernels: VectorWidths.Normalization(width));
            output.Squared().sum().backward();
            return [output, x.grad!, norm.weight!.grad!, norm.bias!.grad!, norm.running_mean!, norm.running_var!];
        }
    }

    [Fact]
    public void A_norm_in_evaluation_uses_and_keeps_its_running_statistics()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        BatchNorm2d norm = Norm(32, torch.ScalarType.Float32);
        norm.eval();
        torch.Tensor before = norm.running_mean!.clone(), input = torch.randn(2, 32, 5, 4);
        torch.Tensor expected = Reference(norm, input);

        Worst(PooledRelu.Apply(norm, input), expected).Should().Be(0);
        Worst(norm.running_mean!, before).Should().Be(0);
    }

    // Ranks' own pictures, of other counts, are normalised by the statistics of all of them; also where a rank has no kernels.
    [VectorsTheory]
    [EachWidth(true)]
    [EachWidth(false)]
    public async Task Ranks_compute_what_one_process_with_all_rows_does(string width, bool allHaveKernels)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.random.manual_seed(6);
        int[] images = [3, 1, 2];
        torch.Tensor all = Apart(1, 0, 6, 48, 7, 6), direction = torch.randn(6, 48, 4, 3);
        Found expected = Pass(all, direction, torch.ScalarType.Float64, Reference);

        Found[] ranks = await Task.WhenAll(InProcessGroup.Create(images.Length).Select(group => Task.Factory.StartNew(
            () =>
            {
                using SharedStatistics.Sharing sharing = SharedStatistics.Over(group);
                (int first, int count) = (images[..group.Rank].Sum(), images[group.Rank]);
                bool isFused = allHaveKernels || group.Rank != 1;
                return Pass(
                    all.narrow(0, first, count), direction.narrow(0, first, count), torch.ScalarType.Float32,
                    (norm, x) => PooledRelu.Apply(norm, x, isFused, VectorWidths.Normalization(width)));
            },
            CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)));

        Worst([.. ranks.SelectMany(rank => rank.Output)], expected.Output).Should().BeLessThan(2e-5);
        Worst([.. ranks.SelectMany(rank => rank.Gradient)], expected.Gradient).Should().BeLessThan(2e-5);
        ranks.Should().AllSatisfy(rank => Worst(rank.Variance, expected.Variance).Should().BeLessThan(2e-5));
        for (int c = 0; c < 48; c++)
        {
            ranks.Sum(rank => rank.Weight[c]).Should().BeApproximately(expected.Weight[c], 2e-4);
        }
    }

    [VectorsFact]
    public void A_ResNet_s_stem_takes_the_kernels()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using ResNet network = new(18, RandomKey.FromSeed(3));
        network.train();
        Dictionary<string, torch.nn.Module> parts = network.named_children().ToDictionary(part => part.name, part => part.module);
        torch.Tensor stem = ((torch.nn.Module<torch.Tensor, torch.Tensor>)parts["conv1"]).call(Build.Images(4, 64));
        torch.Tensor byKernels = Rest(PooledRelu.Apply((BatchNorm2d)parts["bn1"], stem));
        torch.Tensor byLibtorch = Rest(PooledRelu.Apply((BatchNorm2d)parts["bn1"], stem, isFused: false));

        torch.Tensor output = network.forward(Build.Images(4, 64));

        output.Equals(byKernels).Should().BeTrue();
        output.Equals(byLibtorch).Should().BeFalse("other roundings say that another way was gone");

        torch.Tensor Rest(torch.Tensor map) => Enumerable.Range(1, 4).Aggregate(
            map, (at, i) => ((torch.nn.Module<torch.Tensor, torch.Tensor>)parts[$"layer{i}"]).call(at));
    }

    // Values that are equal or far from each other: of two that rounding makes equal either may be the larger.
    private static torch.Tensor Apart(double deviation, double mean, params long[] shape) =>
        (torch.randint(-64, 65, shape).to(torch.ScalarType.Float32) * Scalars.Of(deviation / 32)).Plus(mean);

    private static Found Pass(
        torch.Tensor input, torch.Tensor direction, torch.ScalarType type, Func<BatchNorm2d, torch.Tensor, torch.Tensor> apply)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        BatchNorm2d norm = torch.nn.BatchNorm2d(input.size(1), dtype: type);
        torch.Tensor x = ChannelsLast.Convert(input.to(type).clone()).requires_grad_();
        torch.Tensor output = apply(norm, x);
        (output * direction.to(type)).sum().backward();
        return new(Values(output), Values(x.grad!), Values(norm.weight!.grad!), Values(norm.running_var!));
    }

    private static void Compare(torch.Tensor values, IBatchNormKernels? kernels, double tolerance = 2e-5)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        scope.Attach(values);
        torch.random.manual_seed(7);
        BatchNorm2d norm = Norm((int)values.size(1), values.dtype), reference = Norm((int)values.size(1), torch.ScalarType.Float64);
        reference.load_state_dict(norm.state_dict());
        torch.Tensor x = values.clone().requires_grad_(), exact = values.to(torch.ScalarType.Float64).clone().requires_grad_();
        torch.Tensor expected = Reference(reference, exact);

        // Within rounding of ReLU's corner either gradient is right.
        torch.Tensor direction = torch.randn(expected.shape, torch.ScalarType.Float64);
        direction *= expected.detach().gt(Scalars.Of(10 * tolerance)).to(torch.ScalarType.Float64);
        (expected * direction).sum().backward();

        torch.Tensor output = PooledRelu.Apply(norm, x, kernels: kernels);
        (output * direction.to(values.dtype)).sum().backward();

        output.shape.Should().Equal(expected.shape);
        Worst(output, expected).Should().BeLessThan(tolerance);
        Relative(x.grad!, exact.grad!).Should().BeLessThan(tolerance);
        Relative(norm.weight!.grad!, reference.weight!.grad!).Should().BeLessThan(tolerance);
        Relative(norm.bias!.grad!, reference.bias!.grad!).Should().BeLessThan(tolerance);
        Relative(norm.running_mean!, reference.running_mean!).Should().BeLessThan(tolerance);
        Relative(norm.running_var!, reference.running_var!).Should().BeLessThan(tolerance);
        norm.num_batches_tracked!.to(torch.ScalarType.Int64).item<long>().Should().Be(1);
    }

    private static torch.Tensor Reference(BatchNorm2d norm, torch.Tensor input) =>
        torch.nn.functional.max_pool2d(norm.call(input), kernel_size: 3, stride: 2, padding: 1).relu();

    private sealed record Found(double[] Output, double[] Gradient, double[] Weight, double[] Variance);
}
