using CsCheck;
using SsMfar.Losses;
using SsMfar.SemiSupervised;
using TorchSharp;
using static SsMfar.Tests.Losses.LossTestData;

namespace SsMfar.Tests.Losses;

/// <summary>Label smoothing against a formula written class by class, PyTorch's numbers, and what it must leave alone.</summary>
public sealed class LabelSmoothingTests
{
    private static readonly Gen<(int Rows, int Classes, double Smoothing, bool Weighted, int Seed)> Inputs =
        Gen.Select(Gen.Int[1, 12], Gen.Int[2, 9], Gen.Double[0, 0.99], Gen.Bool, Gen.Int[0, int.MaxValue - 1]);

    [Fact]
    public void Every_class_of_a_smoothed_label_has_its_own_weight() => Inputs.Sample(
        input =>
        {
            using DisposeScope scope = torch.NewDisposeScope();
            (int n, int k, Random random) = (input.Rows, input.Classes, new(input.Seed));
            double[] logits = random.Normal(n * k, 3), mask = random.Mask(n, 0.6);
            double[] weights = input.Weighted ? [.. random.Normal(k, 2).Select(Math.Abs)] : [.. Enumerable.Repeat(1.0, k)];
            long[] classes = [.. Enumerable.Range(0, n).Select(_ => (long)random.Next(k))];
            double expected = 0;
            for (int i = 0; i < n; i++)
            {
                double sum = Enumerable.Range(0, k).Sum(j => Math.Exp(logits[(i * k) + j]));
                for (int j = 0; j < k; j++)
                {
                    double label = (j == classes[i] ? 1 - input.Smoothing : 0) + (input.Smoothing / k);
                    expected -= mask[i] * label * weights[j] * Math.Log(Math.Exp(logits[(i * k) + j]) / sum);
                }
            }

            int valid = (int)mask.Sum();
            torch.Tensor actual = CrossEntropy.Masked(
                Matrix(logits, n, k), Indices(classes), Vector(mask), valid, input.Weighted ? Vector(weights) : null, input.Smoothing);
            new[] { actual.Scalar() }.ShouldBeClose([expected / Math.Max(1, valid)], 1e-10, "cross entropy");
        },
        iter: 100,
        threads: 1);

    // torch.nn.functional.cross_entropy(x, y, weight=w, label_smoothing=0.1, reduction='none') of PyTorch 1.13 in float64, and the
    // gradient of its sum.
    [Theory]
    [InlineData(
        false,
        new[] { 0.740610395306458, 1.5806895117237452, 3.5162786242397637 },
        new[]
        {
            0.300673349513261, 0.01907509499899354, 0.06830697684507453, -0.3880554213573293, -0.7080719422950105, 0.21474258069019034,
            -0.01522756402360654, 0.5085569256284266, -0.0186148393178067, 0.9226418682218713, -0.896383695158262, -0.007643333745802786,
        })]
    [InlineData(
        true,
        new[] { 2.5115462472232095, 1.0367208137238877, 7.04438501567653 },
        new[]
        {
            1.2209878112814763, 0.14193442230868805, 0.3034001748007198, -1.6663224083908847, -0.3242083632130692, 0.12783589518999636,
            -0.04377007206504917, 0.240142540088122, 0.0001905068558591901, 1.8584382130909696, -1.7931250941270456, -0.06550362581978303,
        })]
    public void RowsAndGradientsArePyTorchs(bool weighted, double[] rows, double[] gradient)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor logits = Matrix([1.5, -0.5, 0.25, 2, 0.1, 0.2, -3, 1, -1, 4, 0.5, 0], 3, 4, gradient: true);
        torch.Tensor actual = CrossEntropy.PerRow(logits, Indices([3, 0, 2]), weighted ? Vector([0.5, 1, 2, 4]) : null, 0.1);
        actual.sum().backward();

        actual.Host().ShouldBeClose(rows, 1e-12, "rows");
        logits.Gradient().ShouldBeClose(gradient, 1e-12, "gradient");
    }

    [Fact]
    public void Pseudo_labels_are_not_smoothed()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor weak = Matrix(new Random(3).Normal(32, 2), 4, 8), strong = Matrix(new Random(4).Normal(16, 2), 2, 8);
        TaskLossInput input = new()
        {
            Weak = weak,
            Values = Matrix([1, 0, 5, 0], 4, 1),
            Mask = Matrix([1, 0, 1, 0], 4, 1),
            Counts = new(2, 2),
            Strong = new(strong, Indices([1, 3]), new PseudoLabels(Indices([2, 6]), Vector([1, 0]))),
        };
        using CategoricalTaskLoss plain = new(ExpressionLossWeights
            .Paper), smoothed = new(ExpressionLossWeights.Paper, labelSmoothing: 0.3);
        TaskLossResult without = plain.Compute(input), with = smoothed.Compute(input);

        with.Term(LossTerms.Unsupervised).Should().Be(without.Term(LossTerms.Unsupervised)).And.BePositive();
        with.Term(LossTerms.Consistency).Should().Be(without.Term(LossTerms.Consistency));
        with.Term(LossTerms.Supervised).Should()
            .Be(CrossEntropy.Masked(weak, Indices([1, 0, 5, 0]), Vector([1, 0, 1, 0]), 2, null, 0.3).Scalar())
            .And
            .NotBe(without.Term(LossTerms.Supervised));
    }

    [Theory]
    [InlineData(-0.1)]
    [InlineData(1)]
    [InlineData(double.NaN)]
    public void Smoothing_out_of_range_is_refused(double smoothing)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        FluentActions.Invoking(() => new CategoricalTaskLoss(ExpressionLossWeights.Paper, labelSmoothing: smoothing))
            .Should().Throw<ArgumentOutOfRangeException>().WithMessage("*below 1*");
        FluentActions.Invoking(() => CrossEntropy.PerRow(torch.zeros(1, 2), Indices([0]), null, smoothing)).Should()
            .Throw<ArgumentOutOfRangeException>();
    }
}
