using SsMfar.Kernels.TensorLists;
using SsMfar.Models;
using SsMfar.Runtime;
using SsMfar.Training;
using TorchSharp;
using OptimizerOptions = SsMfar.Training.OptimizerOptions;
using Parameter = TorchSharp.Modules.Parameter;

namespace SsMfar.Tests.Training;

/// <summary>Fused and plain kernels against the formulas of the papers, number by number.</summary>
public sealed class AdamOptimizerTests
{
    private const int Width = 6;

    public static TheoryData<bool, OptimizerKind, bool> Cases
    {
        get
        {
            var cases = new TheoryData<bool, OptimizerKind, bool>();
            foreach (bool fused in new[] { true, false })
            {
                foreach (OptimizerKind kind in Enum.GetValues<OptimizerKind>())
                {
                    cases.Add(fused, kind, true);
                    cases.Add(fused, kind, false);
                }
            }

            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Steps_follow_the_formulas(bool fused, OptimizerKind kind, bool wide)
    {
        var options = new OptimizerOptions
        {
            Kind = kind, BackboneLearningRate = 1e-2, HeadLearningRate = 3e-2, WeightDecay = 0.1, Beta2 = 0.99, Epsilon = 1e-6,
        };
        torch.ScalarType type = wide ? torch.ScalarType.Float64 : torch.ScalarType.Float32;
        using DisposeScope scope = torch.NewDisposeScope();
        Reference[] references =
        [
            new(false, true), new(false, false), new(true, true), new(true, false),
        ];
        ParameterRole[] roles = [.. references.Select((reference, i) => Role($"p{i}", reference, type))];
        using var optimizer = new AdamOptimizer(roles, options, fused ? TensorListKernels.Current : PlainKernels.Instance);
        for (int step = 1; step <= 12; step++)
        {
            double factor = 1.0 / step;
            double beta1 = 0.95 - (0.01 * step);
            for (int i = 0; i < roles.Length; i++)
            {
                double[] gradient = [.. Enumerable.Range(0, Width).Select(j => Math.Sin((step * 7) + (i * 3) + j) * Math.Pow(10, j - 3))];
                roles[i].Parameter.grad = torch.tensor(gradient, [2, Width / 2]).to(type);
                references[i].Step(gradient, options, factor, beta1, step);
            }

            optimizer.Step(factor, beta1, null);
            optimizer.ClearGradients();
            roles.All(role => role.Parameter.grad is null).Should().BeTrue();
        }

        optimizer.StepsTaken.Should().Be(new AdamSteps(12, 12));
        for (int i = 0; i < roles.Length; i++)
        {
            double[] actual = Values(roles[i].Parameter);
            actual.Zip(references[i].Values, (a, b) => Math.Abs(a - b)).Max().Should().BeLessThan(wide ? 1e-13 : 2e-6, $"p{i}");
        }
    }

    // The fused operation goes through memory, not through the places of a tensor.
    [Theory]
    [InlineData(3, false, false)]
    [InlineData(3, true, true)]
    [InlineData(3, true, false)]
    [InlineData(3, false, true)]
    [InlineData(1, true, true)]
    [InlineData(1, true, false)]
    public void Weights_and_gradients_may_lie_in_memory_as_they_like(int side, bool weightHasChannelsLast, bool gradientHasChannelsLast)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.random.manual_seed(2);
        torch.Tensor weight = torch.randn(8, 4, side, side), gradient = torch.randn(8, 4, side, side);
        var (fused, plain) = (Step(TensorListKernels.Current), Step(PlainKernels.Instance));

        fused.Zip(plain, (a, b) => Math.Abs(a - b)).Max().Should().BeLessThan(1e-6);
        fused.Zip(Values(weight), (a, b) => Math.Abs(a - b)).Min().Should().BeGreaterThan(0.01, "a step moves every weight");

        double[] Step(ITensorListKernels kernels)
        {
            Parameter parameter = new(Laid(weight, weightHasChannelsLast));
            using var optimizer = new AdamOptimizer(
                [new("p", parameter, IsHead: true, IsDecayed: false)], new() { HeadLearningRate = 0.1 }, kernels);
            for (int step = 0; step < 3; step++)
            {
                parameter.grad = Laid(gradient, gradientHasChannelsLast);
                optimizer.Step(1, 0.9, null);
            }

            return Values(parameter);
        }

        static torch.Tensor Laid(torch.Tensor tensor, bool channelsLast) =>
            channelsLast ? ChannelsLast.Convert(tensor.clone()) : tensor.clone();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Moments_saved_and_loaded_go_on_as_if_never_interrupted(bool fused)
    {
        ITensorListKernels kernels = fused ? TensorListKernels.Current : PlainKernels.Instance;
        using DisposeScope scope = torch.NewDisposeScope();
        ParameterRole whole = Role("p", new(false, true), torch.ScalarType.Float32);
        ParameterRole halves = Role("p", new(false, true), torch.ScalarType.Float32);
        using var one = new AdamOptimizer([whole], new(), kernels);
        using var first = new AdamOptimizer([halves], new(), kernels);
        using var second = new AdamOptimizer([halves], new(), kernels);
        for (int step = 0; step < 6; step++)
        {
            AdamOptimizer part = step < 3 ? first : second;
            if (step == 3)
            {
                Dictionary<string, torch.Tensor> saved = first.State().ToDictionary(entry => entry.Key, entry => entry.Value.clone());
                second.Load((name, moment) => moment.copy_(saved[name]), first.StepsTaken);
            }

            foreach ((ParameterRole role, AdamOptimizer optimizer) in new[] { (whole, one), (halves, part) })
            {
                role.Parameter.grad = torch.arange(Scalars.Of(Width), dtype: torch.ScalarType.Float32).reshape(2, Width / 2).Plus(-(step));
                optimizer.Step(1, 0.9, 1);
                optimizer.ClearGradients();
            }
        }

        Values(halves.Parameter).Should().Equal(Values(whole.Parameter));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Gradients_are_scaled_to_a_joint_norm_only_when_beyond_it(bool fused)
    {
        ITensorListKernels kernels = fused ? TensorListKernels.Current : PlainKernels.Instance;
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor[] gradients = [torch.tensor(new[] { 3.0, 0 }), torch.tensor(new[] { 0, 0, 4.0 })];
        kernels.ClipNorm(gradients, 10);
        Values(gradients[0]).Should().Equal(3, 0);

        kernels.ClipNorm(gradients, 1);
        Values(gradients[0])[0].Should().BeApproximately(0.6, 1e-6);
        Values(gradients[1])[2].Should().BeApproximately(0.8, 1e-6);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Averages_move_by_their_weight(bool fused)
    {
        ITensorListKernels kernels = fused ? TensorListKernels.Current : PlainKernels.Instance;
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor[] averages = [torch.tensor(new[] { 1.0, -2 }), torch.tensor(new[] { 0.0 })];
        kernels.Lerp(averages, [torch.tensor(new[] { 2.0, 2 }), torch.tensor(new[] { 10.0 })], 0.25);

        Values(averages[0]).Should().Equal(1.25, -1);
        Values(averages[1]).Should().Equal(2.5);
    }

    [Fact]
    public void A_parameter_that_takes_no_part_in_the_loss_is_named()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using var optimizer = new AdamOptimizer(
            [Role("backbone.unused", new(false, true), torch.ScalarType.Float32)],
            new(),
            PlainKernels.Instance);

        FluentActions.Invoking(() => optimizer.Step(1, 0.9, null)).Should().Throw<InvalidOperationException>()
            .WithMessage("*backbone.unused*");
    }

    private static ParameterRole Role(string name, Reference reference, torch.ScalarType type) =>
        new(name, new Parameter(torch.tensor(reference.Values, [2, Width / 2]).to(type)), reference.IsHead, reference.IsDecayed);

    private static double[] Values(torch.Tensor tensor) =>
        tensor.detach().to(torch.ScalarType.Float64).contiguous().data<double>().ToArray();

    /// <summary>Algorithms 1 of Kingma and Ba and 2 of Loshchilov and Hutter, a number at a time.</summary>
    private sealed class Reference(bool isHead, bool isDecayed)
    {
        private readonly double[] _first = new double[Width];
        private readonly double[] _second = new double[Width];

        public bool IsHead => isHead;

        public bool IsDecayed => isDecayed;

        public double[] Values { get; } = [.. Enumerable.Range(0, Width).Select(i => Math.Cos(i))];

        public void Step(double[] gradients, OptimizerOptions options, double factor, double beta1, int step)
        {
            double rate = factor * (isHead ? options.HeadLearningRate : options.BackboneLearningRate);
            double decay = isDecayed ? options.WeightDecay : 0;
            for (int i = 0; i < Width; i++)
            {
                bool decoupled = options.Kind == OptimizerKind.AdamW;
                double gradient = gradients[i] + (decoupled ? 0 : decay * Values[i]);
                double value = decoupled ? Values[i] - (rate * decay * Values[i]) : Values[i];
                _first[i] = (beta1 * _first[i]) + ((1 - beta1) * gradient);
                _second[i] = (options.Beta2 * _second[i]) + ((1 - options.Beta2) * gradient * gradient);
                double unbiasedFirst = _first[i] / (1 - Math.Pow(beta1, step));
                double unbiasedSecond = _second[i] / (1 - Math.Pow(options.Beta2, step));
                Values[i] = value - (rate * unbiasedFirst / (Math.Sqrt(unbiasedSecond) + options.Epsilon));
            }
        }
    }
}
