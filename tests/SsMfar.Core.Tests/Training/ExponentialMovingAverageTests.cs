using SsMfar.Models;
using SsMfar.Runtime;
using SsMfar.Tests.Models;
using SsMfar.Training;
using TorchSharp;

namespace SsMfar.Tests.Training;

public sealed class ExponentialMovingAverageTests
{
    [Fact]
    public void Every_floating_tensor_follows_with_the_decay_of_its_step_and_counters_are_copied()
    {
        using MultiTaskModel model = Model(1);
        using MultiTaskModel average = Model(2);
        var moving = new ExponentialMovingAverage(average, model, 0.3, PlainKernels.Instance);
        Dictionary<string, double[]> expected = State(model);
        State(average).Should().BeEquivalentTo(expected, "an average starts as a copy");
        for (int step = 0; step < 8; step++)
        {
            using (torch.no_grad())
            {
                foreach ((string name, torch.Tensor tensor) in model.state_dict())
                {
                    tensor.add_(step + 1);
                }
            }

            moving.Update(step);
            double decay = Math.Min(0.3, (1.0 + step) / (10 + step));
            foreach ((string name, double[] values) in State(model))
            {
                expected[name] = name.EndsWith("num_batches_tracked", StringComparison.Ordinal)
                    ? values
                    : [.. expected[name].Zip(values, (old, value) => (decay * old) + ((1 - decay) * value))];
            }
        }

        foreach ((string name, double[] values) in State(average))
        {
            values.Zip(expected[name], (a, b) => Math.Abs(a - b) / Math.Max(1, Math.Abs(b))).Max().Should().BeLessThan(1e-6, name);
        }
    }

    [Fact]
    public void The_average_is_what_is_evaluated_and_kept()
    {
        using MultiTaskModel model = Model(1);
        using MultiTaskModel average = Model(2);
        new TrainingState(model, average, null!, null).EvaluatedModel.Should().BeSameAs(average);
        new TrainingState(model, null, null!, null).EvaluatedModel.Should().BeSameAs(model);
    }

    private static MultiTaskModel Model(long seed) => new(
        new TinyBackbone(RandomKey.FromSeed(seed), 4), new(), new Dictionary<string, ITaskHead> { ["x"] = new LinearHead(4, 2, RandomKey.FromSeed(seed)) });

    private static Dictionary<string, double[]> State(MultiTaskModel model) => model.state_dict().ToDictionary(
        entry => entry.Key, entry => Build.Values(entry.Value).Select(value => (double)value).ToArray());
}
