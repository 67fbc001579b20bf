using SsMfar.Kernels.TensorLists;
using SsMfar.Models;
using SsMfar.Randomness;
using SsMfar.Runtime;
using SsMfar.Tests.Losses;
using SsMfar.Training;
using TorchSharp;
using OptimizerOptions = SsMfar.Training.OptimizerOptions;
using Parameter = TorchSharp.Modules.Parameter;

namespace SsMfar.Tests.Training;

/// <summary>Optimizer and average on every device, by fused and by plain kernels, against plain ones in float64 on the CPU.</summary>
public sealed class OptimizerTests
{
    private const int Steps = 8;
    private static readonly long[][] Shapes = [[4, 3, 3, 3], [7], [5, 11], [1]];

    public static TheoryData<string, bool, OptimizerKind> Cases => PresentDevices.With(KernelKinds.Fused, Enum.GetValues<OptimizerKind>());

    public static TheoryData<string, bool> DevicesAndKernels => PresentDevices.With(KernelKinds.Fused);

    [Theory]
    [MemberData(nameof(Cases))]
    public void Steps_with_decay_and_clipping_come_to_the_same_weights_and_moments(string device, bool fused, OptimizerKind kind)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Dictionary<string, double[]> expected = Run("cpu", torch.ScalarType.Float64, PlainKernels.Instance, kind);
        foreach ((torch.ScalarType type, double tolerance) in new[] { (torch.ScalarType.Float64, 1e-10), (torch.ScalarType.Float32, 1e-5) })
        {
            foreach ((string name, double[] values) in Run(device, type, KernelKinds.Of(fused), kind))
            {
                values.ShouldBeClose(expected[name], tolerance, $"{name} in {type}");
            }
        }
    }

    [Theory]
    [MemberData(nameof(DevicesAndKernels))]
    public void The_average_follows_its_formula_and_counters_are_copied(string device, bool fused)
    {
        const double Decay = 0.3;
        using MultiTaskModel model = Model(1, device), average = Model(2, device);
        var moving = new ExponentialMovingAverage(average, model, Decay, KernelKinds.Of(fused));
        Dictionary<string, double[]> expected = State(model);
        for (int step = 0; step < Steps; step++)
        {
            using (torch.no_grad())
            {
                foreach (torch.Tensor tensor in model.state_dict().Values)
                {
                    tensor.PlusInPlace(step + 1);
                }
            }

            moving.Update(step);
            double decay = Math.Min(Decay, (1.0 + step) / (10 + step));
            foreach ((string name, double[] values) in State(model))
            {
                expected[name] = name.EndsWith("num_batches_tracked", StringComparison.Ordinal)
                    ? values
                    : [.. expected[name].Zip(values, (old, value) => (decay * old) + ((1 - decay) * value))];
            }
        }

        foreach ((string name, double[] values) in State(average))
        {
            values.ShouldBeClose(expected[name], 1e-6, name);
        }
    }

    private static Dictionary<string, double[]> Run(string device, torch.ScalarType type, ITensorListKernels kernels, OptimizerKind kind)
    {
        ParameterRole[] roles = [.. Shapes.Select((shape, i) => new ParameterRole(
            $"p{i}", new Parameter(Waves(shape, i).to(type).to(torch.device(device))), IsHead: i > 1, IsDecayed: shape.Length > 1))];
        OptimizerOptions options =
            new() { Kind = kind, BackboneLearningRate = 1e-2, HeadLearningRate = 3e-2, WeightDecay = 0.1, Beta2 = 0.99, Epsilon = 1e-6 };
        using var optimizer = new AdamOptimizer(roles, options, kernels);
        for (int step = 0; step < Steps; step++)
        {
            for (int i = 0; i < roles.Length; i++)
            {
                roles[i].Parameter.grad = Waves(Shapes[i], i + (7 * step) + 100).to(type).to(torch.device(device));
            }

            // Between the norms of these gradients, so that some are clipped and some are not.
            optimizer.Step(1.0 / (step + 1), 0.95 - (0.01 * step), step % 2 == 0 ? 3 : null);
            optimizer.ClearGradients();
        }

        optimizer.StepsTaken.Should().Be(new AdamSteps(Steps, Steps));
        Dictionary<string, double[]> seen = optimizer.State().ToDictionary(entry => entry.Key, entry => entry.Value.Host());
        foreach (ParameterRole role in roles)
        {
            role.Parameter.device_type.Should().Be(torch.device(device).type);
            seen[role.Name] = role.Parameter.Host();
        }

        return seen;
    }

    private static torch.Tensor Waves(long[] shape, int phase)
    {
        long count = shape.Aggregate((a, b) => a * b);
        return torch.tensor(Enumerable.Range(0, (int)count).Select(k => Math.Sin((1.7 * k) + phase)).ToArray(), shape);
    }

    private static MultiTaskModel Model(long seed, string device)
    {
        var model = new MultiTaskModel(
            new TinyBackbone(RandomKey.FromSeed(seed), 4),
            new(),
            new Dictionary<string, ITaskHead> { ["x"] = new LinearHead(4, 2, RandomKey.FromSeed(seed)) });
        model.to(torch.device(device));
        return model;
    }

    private static Dictionary<string, double[]> State(MultiTaskModel model) =>
        model.state_dict().ToDictionary(entry => entry.Key, entry => entry.Value.Host());
}
