using SsMfar.Losses;
using TorchSharp;
using static SsMfar.Tests.Losses.LossTestData;

namespace SsMfar.Tests.Losses;

/// <summary>The CCC loss where its formula is least forgiving: two rows, constants, values that hardly vary, and huge ones.</summary>
public sealed class ConcordanceEdgeTests
{
    private static readonly double[] U = [-1, 1, 2, -2];
    private static readonly double[] V = [-2, 1, 1, 0.5];

    [Theory]
    [InlineData(new[] { 0.0, 1 }, new[] { 0.0, 1 }, 0.0)]
    [InlineData(new[] { 0.0, 1 }, new[] { 1.0, 0 }, 2.0)]
    [InlineData(new[] { 0.0, 1 }, new[] { 0.5, 0.5 }, 1.0)]
    [InlineData(new[] { 0.0, 1 }, new[] { 1.0, 2 }, 2.0 / 3)]
    public void Two_rows_suffice_for_a_coefficient(double[] predictions, double[] targets, double expected)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor loss = Concordance.MaskedLoss(Matrix(predictions, 2, 1), Matrix(targets, 2, 1), Matrix([1, 1], 2, 1));
        loss.Scalar().Should().BeApproximately(expected, 1e-7);
    }

    [Fact]
    public void A_column_with_one_known_row_adds_nothing_and_still_counts_in_the_mean()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor predictions = Matrix([0, 0.4, 1, -0.7, 5, 6], 3, 2, gradient: true);
        torch.Tensor loss = Concordance.MaskedLoss(predictions, Matrix([1, 0.9, 0, 0.1, 0, 0], 3, 2), Matrix([1, 1, 1, 0, 0, 0], 3, 2));
        loss.backward();

        loss.Scalar().Should().BeApproximately(2.0 / 2, 1e-7, "the other column's loss is 2");
        double[] gradient = predictions.Gradient();
        new[] { gradient[1], gradient[3], gradient[4], gradient[5] }.Should().OnlyContain(value => value == 0);
    }

    [Fact]
    public void Two_equal_constants_have_the_loss_1_and_a_gradient_towards_the_targets_spread()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor constant = Matrix([0.3, 0.3], 2, 1, gradient: true);
        torch.Tensor same = Concordance.MaskedLoss(constant, Matrix([0.3, 0.3], 2, 1), Matrix([1, 1], 2, 1));
        same.backward();
        same.Scalar().Should().Be(1);
        constant.Gradient().Should().OnlyContain(value => double.IsFinite(value));

        // d loss / d x_i = -2 (y_i - mean y) / n / (variance of y), the predictions having none.
        torch.Tensor flat = Matrix([0.3, 0.3], 2, 1, gradient: true);
        Concordance.MaskedLoss(flat, Matrix([0, 0.6], 2, 1), Matrix([1, 1], 2, 1)).backward();
        flat.Gradient().ShouldBeClose([0.3 / 0.09, -0.3 / 0.09], 1e-6, "gradient");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0.5)]
    [InlineData(50)]
    public void The_epsilon_of_1e_8_weighs_as_a_variance_wherever_the_values_lie(double offset)
    {
        // Deviations of 1e-4: their squares are to the epsilon as those of u and v are to 1.
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor loss = Concordance.MaskedLoss(
            Matrix([.. U.Select(u => offset + (1e-4 * u))], 4, 1), Matrix([.. V.Select(v => offset + (1e-4 * v))], 4, 1),
            Matrix([1, 1, 1, 1], 4, 1));
        loss.Scalar().Should().BeApproximately(Loss(epsilon: 1), 1e-8);
    }

    [Theory]
    [InlineData(1e8)]
    [InlineData(1e25)]
    public void Values_whose_squares_overflow_have_the_loss_of_their_proportions(double scale)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor predictions = Matrix([.. U.Select(u => scale * u)], 4, 1, torch.ScalarType.Float32, gradient: true);
        torch.Tensor targets = Matrix([.. V.Select(v => scale * v)], 4, 1, torch.ScalarType.Float32);
        torch.Tensor loss = Concordance.MaskedLoss(predictions, targets, Matrix([1, 1, 1, 1], 4, 1, torch.ScalarType.Float32));
        loss.backward();
        loss.Scalar().Should().BeApproximately(Loss(epsilon: 0), 1e-5);

        // Larger by a factor, smaller in the gradient by it.
        torch.Tensor small = Matrix(U, 4, 1, gradient: true);
        Concordance.MaskedLoss(small, Matrix(V, 4, 1), Matrix([1, 1, 1, 1], 4, 1)).backward();
        double[] scaled = [.. predictions.Gradient().Select(value => value * scale)];
        scaled.ShouldBeClose(small.Gradient(), 1e-4, "gradient");
    }

    [Fact]
    public void The_loss_of_a_step_is_divided_by_its_micro_batches_and_of_none_by_one()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        TaskLossInput input = new()
        {
            Weak = Matrix(U, 4, 1), Values = Matrix(V, 4, 1), Mask = Matrix([1, 1, 1, 1], 4, 1), Counts = new(4, 0, 5),
        };
        double whole = Loss(epsilon: 1e-8);
        new ValenceArousalLoss().Compute(input).Total.Scalar().Should().BeApproximately(whole / 5, 1e-9);
        TaskLossResult none = new ValenceArousalLoss().Compute(input with { Counts = new(4, 0, 0) });
        none.Total.Scalar().Should().BeApproximately(whole, 1e-9);
        none.Term(LossTerms.Supervised).Should().Be(none.Total.Scalar());
    }

    private static double Loss(double epsilon)
    {
        double mu = U.Average(), mv = V.Average();
        double covariance = U.Zip(V, (u, v) => (u - mu) * (v - mv)).Average();
        double variances = U.Average(u => Math.Pow(u - mu, 2)) + V.Average(v => Math.Pow(v - mv, 2));
        return 1 - (2 * covariance / (variances + Math.Pow(mu - mv, 2) + epsilon));
    }
}
