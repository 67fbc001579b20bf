using SsMfar.Kernels.TensorLists;
using SsMfar.Models;
using SsMfar.Randomness;
using SsMfar.Runtime;
using SsMfar.Tests.Models;
using SsMfar.Training;
using TorchSharp;

namespace SsMfar.Tests.Training;

/// <summary>What is left of the initial weights in an average of a model that stands still.</summary>
public sealed class ExponentialMovingAverageShareTests
{
    // From step 0 on: 1/10, 2/11, 3/12, ..., each at most d.
    [Theory]
    [InlineData(0.98, 1, 0.1)]
    [InlineData(0.98, 2, 2.0 / 110)]
    [InlineData(0.98, 3, 6.0 / 1320)]
    [InlineData(0.2, 3, 0.1 * (2.0 / 11) * 0.2)]
    [InlineData(0.05, 2, 0.05 * 0.05)]
    [InlineData(0, 1, 0.0)]
    public void The_share_of_the_initial_weights_is_the_product_of_the_decays(double decay, int steps, double left)
    {
        using MultiTaskModel model = Model(), average = Model();
        Fill(model, 0);
        ExponentialMovingAverage moving = new(average, model, decay, TensorListKernels.Current);
        Fill(model, 1);
        for (int step = 0; step < steps; step++)
        {
            moving.Update(step);
        }

        Values(average).Should().OnlyContain(value => Math.Abs(1 - left - value) < 1e-6);
        Values(model).Should().OnlyContain(value => value == 1, "the trained model stays as it is");
    }

    [Fact]
    public void Late_in_a_run_the_decay_is_the_one_asked_for()
    {
        using MultiTaskModel model = Model(), average = Model();
        Fill(model, 0);
        ExponentialMovingAverage moving = new(average, model, 0.75, PlainKernels.Instance);
        Fill(model, 1);
        moving.Update(26); // (1 + 26) / (10 + 26) is 0.75
        moving.Update(1_000_000);
        Values(average).Should().OnlyContain(value => Math.Abs(1 - (0.75 * 0.75) - value) < 1e-6);
        average.state_dict().Where(entry => entry.Key.EndsWith("num_batches_tracked", StringComparison.Ordinal))
            .Should().NotBeEmpty().And.OnlyContain(entry => entry.Value.item<long>() == 1, "counters are copied, not averaged");
    }

    private static MultiTaskModel Model() => new(
        new TinyBackbone(RandomKey.FromSeed(1), 4), new(),
        new Dictionary<string, ITaskHead> { ["x"] = new LinearHead(4, 2, RandomKey.FromSeed(1)) });

    private static void Fill(MultiTaskModel model, double value)
    {
        using var noGradient = torch.no_grad();
        foreach (torch.Tensor tensor in model.state_dict().Values)
        {
            tensor.fill_(Scalars.Of(value));
        }
    }

    private static IEnumerable<float> Values(MultiTaskModel model) => model.state_dict().Values
        .Where(tensor => tensor.is_floating_point()).SelectMany(tensor => Build.Values(tensor));
}
