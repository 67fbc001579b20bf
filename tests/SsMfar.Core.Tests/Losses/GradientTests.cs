using CsCheck;
using SsMfar.Losses;
using SsMfar.SemiSupervised;
using TorchSharp;
using static SsMfar.Tests.Losses.LossTestData;

namespace SsMfar.Tests.Losses;

/// <summary>Gradients against finite differences, on random inputs with random masks.</summary>
public sealed class GradientTests
{
    private const double Step = 1e-5;

    private static readonly Gen<(int Rows, int Columns, int Seed)> Inputs = Gen.Select(
        Gen.Int[1, 6],
        Gen.Int[2, 4],
        Gen.Int[0, int.MaxValue - 1]);

    [Fact]
    public void Categorical_loss_over_both_views() => Inputs.Sample(
        input =>
        {
            using DisposeScope scope = torch.NewDisposeScope();
            (int n, int k, Random random) = (input.Rows, input.Columns, new(input.Seed));
            double[] mask = random.Mask(n, 0.5);
            long[] rows = [.. Enumerable.Range(0, n).Where(i => mask[i] == 0)];
            int s = rows.Length;
            double[] values = [.. Enumerable.Range(0, n).Select(i => mask[i] * random.Next(k))];
            PseudoLabels labels = new(
                Indices([.. rows.Select(_ => (long)random.Next(k))]), Vector([.. rows.Select(_ => random.NextDouble())]));
            using CategoricalTaskLoss loss = new(ExpressionLossWeights.Published, [.. random.Normal(k, 2).Select(Math.Abs)]);
            Check(random.Normal((n + s) * k, 2), outputs => loss.Compute(new()
            {
                Weak = outputs.reshape(n + s, k).narrow(0, 0, n),
                Values = Matrix(values, n, 1),
                Mask = Matrix(mask, n, 1),
                Counts = new(n - s, s),
                Strong = s == 0 ? null : new(outputs.reshape(n + s, k).narrow(0, n, s), Indices(rows), labels),
            }).Total);
        },
        iter: 20,
        threads: 1);

    [Fact]
    public void The_action_unit_loss() => Inputs.Sample(
        input =>
        {
            using DisposeScope scope = torch.NewDisposeScope();
            (int n, int k, Random random) = (input.Rows, input.Columns, new(input.Seed));
            double[] mask = random.Mask(n * k, 0.5);
            double[] values = [.. random.Mask(n * k, 0.5).Zip(mask, (v, m) => v * m)];
            using ActionUnitLoss loss = new([.. random.Normal(k, 2).Select(Math.Abs)]);
            Check(random.Normal(n * k, 2), outputs => loss.Compute(new()
            {
                Weak = outputs.reshape(n, k),
                Values = Matrix(values, n, k),
                Mask = Matrix(mask, n, k),
                Counts = new((int)mask.Sum(), 0),
            }).Total);
        },
        iter: 20,
        threads: 1);

    [Theory]
    [InlineData(0.5)]
    [InlineData(20)]
    public void The_valence_arousal_loss(double scale) => Inputs.Sample(
        input =>
        {
            using DisposeScope scope = torch.NewDisposeScope();
            (int n, int d, Random random) = (input.Rows, input.Columns, new(input.Seed));
            double[] mask = random.Mask(n * d, 0.7), values = random.Normal(n * d, 0.5);
            Check(random.Normal(n * d, scale), outputs => new ValenceArousalLoss().Compute(new()
            {
                Weak = outputs.reshape(n, d),
                Values = Matrix(values, n, d),
                Mask = Matrix(mask, n, d),
                Counts = new((int)mask.Sum(), 0),
            }).Total);
        },
        iter: 20,
        threads: 1);

    private static void Check(double[] at, Func<torch.Tensor, torch.Tensor> function)
    {
        torch.Tensor outputs = Vector(at).requires_grad_(true);
        function(outputs).backward();
        double[] numeric = new double[at.Length];
        for (int i = 0; i < at.Length; i++)
        {
            numeric[i] = (Shifted(i, Step) - Shifted(i, -Step)) / (2 * Step);
        }

        outputs.Gradient().ShouldBeClose(numeric, 1e-6, "gradient");

        double Shifted(int index, double by)
        {
            double[] moved = [.. at];
            moved[index] += by;
            return function(Vector(moved)).Scalar();
        }
    }
}
