using CsCheck;
using SsMfar.Losses;
using SsMfar.SemiSupervised;
using TorchSharp;
using static SsMfar.Tests.Losses.LossTestData;

namespace SsMfar.Tests.Losses;

/// <summary>The pure functions against formulas written row by row.</summary>
public sealed class FormulaTests
{
    private static readonly Gen<(int Rows, int Columns, int Seed)> Inputs = Gen.Select(
        Gen.Int[1, 12],
        Gen.Int[2, 9],
        Gen.Int[0, int.MaxValue - 1]);

    [Fact]
    public void Cross_entropy_is_the_weighted_plain_mean_over_valid_rows() => Inputs.Sample(
        input =>
        {
            using DisposeScope scope = torch.NewDisposeScope();
            (int n, int k, Random random) = (input.Rows, input.Columns, new(input.Seed));
            double[] logits = random.Normal(n * k, 3), weights = [.. random.Normal(k, 2).Select(Math.Abs)], mask = random.Mask(n, 0.6);
            long[] classes = [.. Enumerable.Range(0, n).Select(_ => (long)random.Next(k))];
            double expected = 0;
            for (int i = 0; i < n; i++)
            {
                expected += mask[i] * weights[classes[i]] * -Math.Log(Softmax(logits.AsSpan(i * k, k))[classes[i]]);
            }

            int valid = (int)mask.Sum();
            torch.Tensor actual = CrossEntropy.Masked(Matrix(logits, n, k), Indices(classes), Vector(mask), valid, Vector(weights));
            new[] { actual.Scalar() }.ShouldBeClose([expected / Math.Max(1, valid)], 1e-10, "cross entropy");
        },
        iter: 50,
        threads: 1);

    [Fact]
    public void Binary_cross_entropy_is_the_mean_over_valid_entries() => Inputs.Sample(
        input =>
        {
            using DisposeScope scope = torch.NewDisposeScope();
            (int n, int k, Random random) = (input.Rows, input.Columns, new(input.Seed));
            double[] logits = random.Normal(n * k, 3), weights = [.. random.Normal(k, 2).Select(Math.Abs)], mask = random.Mask(n * k, 0.6);
            double[] targets = random.Mask(n * k, 0.5);
            double expected = 0;
            for (int i = 0; i < n * k; i++)
            {
                double p = 1 / (1 + Math.Exp(-logits[i]));
                expected -= mask[i] * ((weights[i % k] * targets[i] * Math.Log(p)) + ((1 - targets[i]) * Math.Log(1 - p)));
            }

            int valid = (int)mask.Sum();
            torch.Tensor actual = BinaryCrossEntropy.Masked(
                Matrix(logits, n, k),
                Matrix(targets, n, k),
                Matrix(mask, n, k),
                valid,
                Vector(weights));
            new[] { actual.Scalar() }.ShouldBeClose([expected / Math.Max(1, valid)], 1e-9, "binary cross entropy");
        },
        iter: 50,
        threads: 1);

    [Fact]
    public void Concordance_uses_the_population_moments_of_each_columns_valid_rows() => Inputs.Sample(
        input =>
        {
            using DisposeScope scope = torch.NewDisposeScope();
            (int n, int d, Random random) = (input.Rows, input.Columns, new(input.Seed));
            double[] x = random.Normal(n * d, 3), y = random.Normal(n * d, 0.5), mask = random.Mask(n * d, 0.6);
            double expected = 0;
            for (int column = 0; column < d; column++)
            {
                int[] valid = [.. Enumerable.Range(0, n).Select(i => (i * d) + column).Where(i => mask[i] == 1)];
                if (valid.Length >= 2)
                {
                    double mx = valid.Average(i => x[i]), my = valid.Average(i => y[i]);
                    double sxy = valid.Average(i => (x[i] - mx) * (y[i] - my));
                    double sx = valid.Average(i => Math.Pow(x[i] - mx, 2)), sy = valid.Average(i => Math.Pow(y[i] - my, 2));
                    expected += 1 - (2 * sxy / (sx + sy + Math.Pow(mx - my, 2) + 1e-8));
                }
            }

            new[] { Concordance.MaskedLoss(Matrix(x, n, d), Matrix(y, n, d), Matrix(mask, n, d)).Scalar() }
                .ShouldBeClose([expected / d], 1e-9, "concordance");
        },
        iter: 50,
        threads: 1);

    [Fact]
    public void Unsupervised_and_consistency_losses_weigh_the_confident_and_the_other_rows() => Inputs.Sample(
        input =>
        {
            using DisposeScope scope = torch.NewDisposeScope();
            (int n, int k, Random random) = (input.Rows, input.Columns, new(input.Seed));
            double[] weak = random.Normal(n * k, 2), strong = random.Normal(n * k, 2), weights = [.. random.Normal(k, 2).Select(Math.Abs)];
            double[] confidence = [.. Enumerable.Range(0, n).Select(_ => random.NextDouble())];
            long[] classes = [.. Enumerable.Range(0, n).Select(_ => (long)random.Next(k))];
            double unsupervised = 0, divergence = 0;
            for (int i = 0; i < n; i++)
            {
                double[] p = Softmax(weak.AsSpan(i * k, k)), q = Softmax(strong.AsSpan(i * k, k));
                unsupervised += confidence[i] * weights[classes[i]] * -Math.Log(q[classes[i]]);
                divergence += (1 - confidence[i]) * p.Zip(q, (a, b) => (a * Math.Log(a / b)) + (b * Math.Log(b / a))).Sum();
            }

            PseudoLabels labels = new(Indices(classes), Vector(confidence));
            new[] { UnsupervisedLoss.Compute(Matrix(strong, n, k), labels, n, Vector(weights)).Scalar() }
                .ShouldBeClose([unsupervised / n], 1e-10, "unsupervised");
            new[] { ConsistencyLoss.Compute(Matrix(weak, n, k), Matrix(strong, n, k), labels.Confidence).Scalar() }
                .ShouldBeClose([divergence / confidence.Sum(c => 1 - c)], 1e-10, "consistency");
        },
        iter: 50,
        threads: 1);

    private static double[] Softmax(ReadOnlySpan<double> logits)
    {
        double[] exponentials = new double[logits.Length];
        for (int i = 0; i < logits.Length; i++)
        {
            exponentials[i] = Math.Exp(logits[i]);
        }

        double sum = exponentials.Sum();
        return [.. exponentials.Select(e => e / sum)];
    }
}
