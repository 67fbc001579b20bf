using SsMfar.Kernels.TensorLists;
using SsMfar.Models;
using SsMfar.Randomness;
using SsMfar.Runtime;
using SsMfar.Tests.Models;
using SsMfar.Tests.Training.Wiring;
using SsMfar.Training;
using TorchSharp;

namespace SsMfar.Tests.Training;

public sealed class ExponentialMovingAverageTests
{
    // A weight that starts at w is w + 1, w + 3, w + 6, w + 10 and w + 15 after the steps. With weights of the old average of 1/10, 2/11,
    // 3/12 and then 0.3, where 4/13 and 5/14 are more, the average is w + 9/10, then 2/11 of that and 9/11 of 3, and so on.
    private static readonly double[] Averages = [0.9, 144.0 / 55, 1134.0 / 220, 8.546363636363636, 13.063909090909091];
    private static readonly double[] Counters = [1, 3, 6, 10, 15];

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Every_floating_tensor_follows_with_the_decay_of_its_step_and_counters_are_copied(bool fused)
    {
        using MultiTaskModel model = Model(1);
        using MultiTaskModel average = Model(2);
        Dictionary<string, double[]> start = State(model);
        State(average).Should().NotBeEquivalentTo(start);
        var moving = new ExponentialMovingAverage(average, model, 0.3, fused ? TensorListKernels.Current : PlainKernels.Instance);
        State(average).Should().BeEquivalentTo(start, "an average starts as a copy");
        for (int step = 0; step < Averages.Length; step++)
        {
            using (torch.no_grad())
            {
                foreach ((string name, torch.Tensor tensor) in model.state_dict())
                {
                    tensor.PlusInPlace(step + 1);
                }
            }

            moving.Update(step);
            foreach ((string name, double[] values) in State(average))
            {
                double moved = name.EndsWith("num_batches_tracked", StringComparison.Ordinal) ? Counters[step] : Averages[step];
                values.Zip(start[name], (now, first) => Math.Abs(now - first - moved)).Max()
                    .Should().BeLessThan(1e-5, "{0} after step {1}", name, step);
            }
        }

        State(average).Keys.Should().Contain(name => name.EndsWith("num_batches_tracked", StringComparison.Ordinal))
            .And.Contain(name => name.EndsWith("running_var", StringComparison.Ordinal));
    }

    [Fact]
    public void The_decay_grows_to_what_was_asked_for_and_no_further()
    {
        using MultiTaskModel model = Model(1);
        using MultiTaskModel average = Model(1);
        var kernels = new RecordingKernels();
        var moving = new ExponentialMovingAverage(average, model, 0.98, kernels);
        foreach (long step in new long[] { 0, 8, 90, 440, 441, 1_000_000 })
        {
            moving.Update(step);
        }

        // One less 1/10, 9/18, 91/100, 441/450 = 0.98.
        kernels.AverageWeights.Zip([0.9, 0.5, 0.09, 0.02, 0.02, 0.02], (weight, expected) => Math.Abs(weight - expected))
            .Should().OnlyContain(error => error < 1e-12);
    }

    [Fact]
    public void The_average_is_what_is_evaluated_and_kept()
    {
        using MultiTaskModel model = Model(1);
        using MultiTaskModel average = Model(2);
        new TrainingState(model, average, null!, NoPolicies).EvaluatedModel.Should().BeSameAs(average);
        new TrainingState(model, null, null!, NoPolicies).EvaluatedModel.Should().BeSameAs(model);
    }

    private static Dictionary<string, SsMfar.SemiSupervised.IPseudoLabelPolicy> NoPolicies => [];

    private static MultiTaskModel Model(long seed) => new(
        new TinyBackbone(RandomKey.FromSeed(seed), 4), new(), new Dictionary<string, ITaskHead> {
            ["x"] = new LinearHead(4, 2, RandomKey.FromSeed(seed)) });

    private static Dictionary<string, double[]> State(MultiTaskModel model) => model.state_dict().ToDictionary(
        entry => entry.Key, entry => Build.Values(entry.Value).Select(value => (double)value).ToArray());
}
