using System.Globalization;
using SsMfar.Kernels.TensorLists;
using SsMfar.Models;
using SsMfar.Randomness;
using SsMfar.Runtime;
using SsMfar.Tests.Models;
using SsMfar.Tests.Training;
using TorchSharp;

namespace SsMfar.Tests.Runtime;

/// <summary>
/// Optimizer steps while another thread collects: libtorch must read the numbers and tensors that it was given, not what took their
/// place. SSMFAR_STRESS_CALLS makes it as long as one likes; 2,000,000 were run.
/// </summary>
[Collection(ProcessState.Name)]
public sealed class ScalarLifetimeTests
{
    private const int Elements = 4;

    private static readonly long Calls =
        long.Parse(Environment.GetEnvironmentVariable("SSMFAR_STRESS_CALLS") ?? "60000", CultureInfo.InvariantCulture);

    [Fact]
    public void Fused_kernels_read_their_numbers_while_another_thread_collects() => UnderCollections(new ScriptedKernels());

    [Fact]
    public void Plain_kernels_read_their_numbers_while_another_thread_collects() => UnderCollections(PlainKernels.Instance);

    [Fact]
    public void Arithmetic_with_numbers_is_right_while_another_thread_collects()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor ones = torch.ones(Elements, torch.ScalarType.Float64);
        using var collector = new Collector();
        for (long call = 0; call < Calls; call++)
        {
            using DisposeScope step = torch.NewDisposeScope();
            torch.Tensor value = (ones * Scalars.Of(6)).Plus(1.5).Plus(ones).From(10).Squared().clamp_min(Scalars.Of(0.5));
            value.data<double>()[0].Should().Be(2.25);
        }
    }

    [Fact]
    public void Batch_norms_of_a_custom_backbone_count_their_passes_while_another_thread_collects()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        RandomKey key = RandomKey.FromSeed(1);
        using MultiTaskModel model = new(new TinyBackbone(key), new(0, false), [new("expression", new LinearHead(24, 8, key))]);
        model.train();
        string[] names = [.. model.state_dict().Keys];
        torch.Tensor images = torch.ones(2, 3, 8, 8);
        int passes = (int)Math.Max(1, Calls / 40);
        using (new Collector())
        {
            for (int pass = 0; pass < passes; pass++)
            {
                using TaskOutputs outputs = model.call(images);
            }
        }

        model.state_dict().Keys.Should().Equal(names);
        model.state_dict().Where(pair => pair.Key.EndsWith("num_batches_tracked", StringComparison.Ordinal)).Should().HaveCount(2)
            .And.AllSatisfy(pair => pair.Value.to(torch.ScalarType.Int64).item<long>().Should().Be(passes));
        model.eval();
        model.call(images).Dispose();
        model.state_dict()["backbone._firstNorm.num_batches_tracked"].to(torch.ScalarType.Int64).item<long>().Should().Be(passes);
    }

    [Fact]
    public void Numbers_outlive_the_call_that_they_were_made_for()
    {
        Scalar kept = Scalars.Of(0.1);
        for (int i = 0; i < 100; i++)
        {
            _ = Scalars.Of(i);
        }

        using torch.Tensor one = torch.ones(1, torch.ScalarType.Float64);
        using torch.Tensor product = one * kept;
        product.data<double>()[0].Should().Be(0.1);
    }

    private static void UnderCollections(ITensorListKernels kernels)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor[] Filled(double value, torch.ScalarType type = torch.ScalarType.Float64) =>
            [.. Enumerable.Range(0, 3).Select(_ => torch.full([Elements], Scalars.Of(value), type))];
        torch.Tensor[] averages = Filled(0), values = Filled(1), parameters = Filled(1), gradients = Filled(1), first = Filled(
            0), second = Filled(0);
        torch.Tensor[] steps = [.. Enumerable.Range(0, 3).Select(_ => torch.zeros([], torch.ScalarType.Float32))];
        using var collector = new Collector();
        using var noGradient = torch.no_grad();
        for (long call = 0; call < Calls / 3; call++)
        {
            Fill(averages, 0);
            kernels.Lerp(averages, values, 0.25);
            averages[2].data<double>()[3].Should().Be(0.25);

            Fill(gradients, 2);
            kernels.ClipNorm(gradients, 0.5);
            gradients[1].data<double>()[0].Should().BeApproximately(0.5 / Math.Sqrt(12), 1e-6);

            Fill(gradients, 1);
            Fill(parameters, 1);
            Fill(first, 0);
            Fill(second, 0);
            foreach (torch.Tensor taken in steps)
            {
                taken.zero_();
            }

            // The first step of Adam moves by the rate, whatever the gradient; AdamW's decay comes before it.
            kernels.Adam(
                new(parameters, gradients, first, second, steps, Step: 1),
                new(0.125, 0.9, 0.999, 1e-12, 0.5, DecoupledDecay: true));
            parameters[0].data<double>()[1].Should().BeApproximately(1 - (0.125 * 0.5) - 0.125, 1e-6);
        }
    }

    private static void Fill(torch.Tensor[] tensors, double value)
    {
        foreach (torch.Tensor tensor in tensors)
        {
            tensor.fill_(Scalars.Of(value));
        }
    }

    /// <summary>Allocates and collects on a thread of its own until disposed.</summary>
    private sealed class Collector : IDisposable
    {
        private readonly Thread _thread;
        private volatile bool _stopped;

        public Collector()
        {
            _thread = new(Collect) { IsBackground = true };
            _thread.Start();
        }

        public void Dispose()
        {
            _stopped = true;
            _thread.Join();
        }

        private void Collect()
        {
            while (!_stopped)
            {
                for (int i = 0; i < 50; i++)
                {
                    _ = new byte[20_000];
                }

                GC.Collect(0, GCCollectionMode.Forced);
                Thread.SpinWait(4000);
            }
        }
    }
}
