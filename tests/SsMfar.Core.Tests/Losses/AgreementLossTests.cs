using SsMfar.Losses;
using SsMfar.Runtime;
using SsMfar.SemiSupervised;
using TorchSharp;
using static SsMfar.Tests.Losses.LossTestData;

namespace SsMfar.Tests.Losses;

/// <summary>Agreement on strong views: each task's loss of the strong views against what the weak ones say.</summary>
public sealed class AgreementLossTests
{
    private const int Rows = 6;

    [Fact]
    public void Expression_agrees_with_the_weak_argmax() => Check(
        new CategoricalTaskLoss(ExpressionLossWeights.SupervisedOnly, [1, 2, 3]),
        new CategoricalTaskLoss(ExpressionLossWeights.SupervisedOnly, [1, 2, 3]),
        AgreementTargets.MostProbableClass,
        labelWidth: 1,
        (weak, strong) =>
        {
            torch.Tensor classes = weak.argmax(1);
            return torch.nn.functional.cross_entropy(strong, classes, Vector([1, 2, 3]), reduction: torch.nn.Reduction.None).mean();
        });

    [Fact]
    public void Action_units_agree_with_weak_probabilities_over_one_half() => Check(
        new ActionUnitLoss(),
        new ActionUnitLoss(),
        AgreementTargets.PresentUnits,
        labelWidth: 3,
        (weak, strong) => torch.nn.functional.binary_cross_entropy_with_logits(
            strong, weak.sigmoid().gt(Scalars.Of(0.5)).to(strong.dtype)));

    [Fact]
    public void Valence_and_arousal_agree_with_the_weak_outputs() => Check(
        new ValenceArousalLoss(),
        new ValenceArousalLoss(),
        AgreementTargets.SameValues,
        labelWidth: 3,
        (weak, strong) =>
        {
            torch.Tensor a = weak - weak.mean([0L]), b = strong - strong.mean([0L]);
            torch.Tensor ccc = (a * b).mean([0L]) * Scalars.Of(2) /
                ((a * a).mean([0L]).Plus((b * b).mean([0L])).Plus((weak.mean([0L]) - strong.mean([0L])).Squared()).Plus(1e-8));
            return ccc.From(1).mean();
        });

    [Fact]
    public void Without_strong_views_it_is_the_tasks_loss()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using AgreementLoss loss = new(new ValenceArousalLoss(), new ValenceArousalLoss(), AgreementTargets.SameValues);
        TaskLossInput input = Input(new Random(1), 3) with { Strong = null };
        loss.Compute(input).Total.Scalar().Should().Be(new ValenceArousalLoss().Compute(input).Total.Scalar());
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void A_weight_that_cannot_be_is_refused(double weight) => FluentActions
        .Invoking(() => new AgreementLoss(new ActionUnitLoss(), new ActionUnitLoss(), AgreementTargets.PresentUnits, weight))
        .Should().Throw<ArgumentOutOfRangeException>();

    private static void Check(
        ITaskLoss task, ITaskLoss agreement, Func<torch.Tensor, torch.Tensor> targets,
        int labelWidth, Func<torch.Tensor, torch.Tensor, torch.Tensor> formula)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using AgreementLoss loss = new(task, agreement, targets, weight: 0.5);
        TaskLossInput input = Input(new Random(7), labelWidth);
        double plain = task.Compute(input with { Strong = null }).Total.Scalar();
        torch.Tensor weak = input.Weak.detach().index_select(0, input.Strong!.Rows);
        double expected = formula(weak, input.Strong.Outputs.detach()).Scalar();

        TaskLossResult result = loss.Compute(input);

        new[] { result.Total.Scalar() }.ShouldBeClose([plain + (0.5 * expected)], 1e-12, "total");
        new[] { result.Term(LossTerms.Unsupervised) }.ShouldBeClose([expected], 1e-12, "agreement");
        result.Total.backward();
        input.Strong.Outputs.Gradient().Should().Contain(v => v != 0);
        double[] gradient = input.Weak.Gradient();
        input.Weak.grad = null;
        task.Compute(input with { Strong = null }).Total.backward();
        gradient.ShouldBeClose(input.Weak.Gradient(), 1e-15, "no gradient of the agreement reaches the weak views");
    }

    private static TaskLossInput Input(Random random, int labelWidth) => new()
    {
        Weak = Matrix(random.Normal(Rows * 3, 1), Rows, 3, gradient: true),
        Values = Matrix(random.Mask(Rows * labelWidth, 0.5), Rows, labelWidth),
        Mask = Matrix([.. Enumerable.Repeat(1.0, Rows * labelWidth)], Rows, labelWidth),
        Counts = new(Rows * labelWidth, 4),
        Strong = new(Matrix(random.Normal(4 * 3, 1), 4, 3, gradient: true), Indices([0, 2, 3, 5]), pseudoLabels: null),
    };
}
