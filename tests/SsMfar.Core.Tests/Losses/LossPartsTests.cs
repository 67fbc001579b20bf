using SsMfar.Losses;
using SsMfar.SemiSupervised;
using TorchSharp;
using static SsMfar.Tests.Losses.LossTestData;

namespace SsMfar.Tests.Losses;

/// <summary>Divisors of parts of a step, weights that are copied once, and balancings at their edges.</summary>
public sealed class LossPartsTests
{
    private static readonly double[] Logits = [0.5, -1, 2, 0.1, 0.3, -0.7];

    [Fact]
    public void A_divisor_below_one_counts_as_one()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor logits = Matrix(Logits, 2, 3), other = Matrix([1, 0, -1, 0.5, 2, 0], 2, 3), ones = Matrix([1, 1, 1, 1, 1, 1], 2, 3);
        PseudoLabels labels = new(Indices([2, 0]), Vector([1, 0.25]));

        double rows = CrossEntropy.PerRow(logits, Indices([2, 0])).sum().Scalar();
        rows.Should().BeGreaterThan(0);
        CrossEntropy.Masked(logits, Indices([2, 0]), Vector([1, 1]), 0).Scalar().Should().Be(rows);
        CrossEntropy.Masked(logits, Indices([2, 0]), Vector([1, 1]), 4).Scalar().Should().BeApproximately(rows / 4, 1e-12);

        double entries = BinaryCrossEntropy.Masked(logits, ones, ones, 1).Scalar();
        BinaryCrossEntropy.Masked(logits, ones, ones, 0).Scalar().Should().Be(entries);
        BinaryCrossEntropy.Masked(logits, ones, ones, 6).Scalar().Should().BeApproximately(entries / 6, 1e-12);

        double unsupervised = UnsupervisedLoss.Compute(logits, labels, 1).Scalar();
        UnsupervisedLoss.Compute(logits, labels, 0).Scalar().Should().Be(unsupervised);
        UnsupervisedLoss.Compute(logits, labels, 8).Scalar().Should().BeApproximately(unsupervised / 8, 1e-12);

        double consistency = ConsistencyLoss.Compute(logits, other, labels.Confidence).Scalar();
        ConsistencyLoss.Compute(logits, other, labels.Confidence, 0).Scalar().Should().Be(consistency);
        ConsistencyLoss.Compute(logits, other, labels.Confidence, 4).Scalar().Should().BeApproximately(consistency / 4, 1e-12);
    }

    [Fact]
    public void The_divergence_of_the_views_is_symmetric_and_0_for_the_same_view()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor weak = Matrix(Logits, 2, 3), strong = Matrix([1, 0, -1, 0.5, 2, 0], 2, 3);
        ConsistencyLoss.PerRow(weak, strong).Host().ShouldBeClose(ConsistencyLoss.PerRow(strong, weak).Host(), 1e-14, "divergence");
        ConsistencyLoss.PerRow(weak, weak).Host().Should().OnlyContain(value => value == 0);
    }

    [Theory]
    [InlineData(0, 3.0)]
    [InlineData(4, 0.5)]
    public void What_replaces_l1_does_so_where_no_row_of_the_whole_step_has_a_strong_view(int strongRows, double weight)
    {
        // No row of this micro-batch has one either way.
        using DisposeScope scope = torch.NewDisposeScope();
        using CategoricalTaskLoss loss = new(new(0.5, 1, 1, withoutUnlabelled: 3));
        TaskLossResult result = loss.Compute(new()
        {
            Weak = Matrix(Logits, 2, 3),
            Values = Matrix([2, 0], 2, 1),
            Mask = Matrix([1, 1], 2, 1),
            Counts = new(2, strongRows, 2),
        });

        result.Total.Scalar().Should().BeApproximately(weight * result.Term(LossTerms.Supervised), 1e-14);
        result.Term(LossTerms.Supervised).Should().BeGreaterThan(0);
        (result.Term(LossTerms.Unsupervised), result.Term(LossTerms.Consistency)).Should().Be((0, 0));
    }

    [Fact]
    public void A_categorical_loss_says_how_it_was_made()
    {
        using CategoricalTaskLoss loss = new(ExpressionLossWeights.Published, labelSmoothing: 0.25);
        loss.Weights.Should().BeEquivalentTo(new ExpressionLossWeights(0.5, 0.5, 0.5, 1));
        loss.LabelSmoothing.Should().Be(0.25);
        using CategoricalTaskLoss plain = new(ExpressionLossWeights.Paper);
        plain.Weights.Should().BeEquivalentTo(new ExpressionLossWeights(0.5, 1, 0.1));
        plain.LabelSmoothing.Should().Be(0);
        ExpressionLossWeights.SupervisedOnly.Should().BeEquivalentTo(new ExpressionLossWeights(1, 0, 0));
    }

    [Fact]
    public void Weights_are_copied_and_made_once_for_a_type()
    {
        double[] given = [1, 0, 4];
        using WeightVector weights = WeightVector.From(given, "weights")!;
        given[0] = 9;
        torch.Tensor first;
        using (torch.NewDisposeScope())
        {
            first = weights.For(torch.zeros(2, 3));
            weights.For(torch.zeros(5, 3)).Should().BeSameAs(first, "copied once");
        }

        first.IsInvalid.Should().BeFalse("it outlives the step that asked for it");
        first.Host().Should().Equal(1, 0, 4);
        using torch.Tensor wide = torch.zeros(2, 3, torch.ScalarType.Float64);
        torch.Tensor second = weights.For(wide);
        second.dtype.Should().Be(torch.ScalarType.Float64);
        second.Host().Should().Equal(1, 0, 4);
        first.IsInvalid.Should().BeTrue("one copy is kept, the last");
        weights.Dispose();
        second.IsInvalid.Should().BeTrue();
        WeightVector.From(null, "weights").Should().BeNull();
        FluentActions.Invoking(() => WeightVector.From([], "class weights"))
            .Should().Throw<ArgumentException>().WithMessage("*class weights are empty*");
        FluentActions.Invoking(() => WeightVector.From([0, -0.5], "class weights"))
            .Should().Throw<ArgumentException>().WithMessage("*class weights*not negative*at 1 is -0.5*");
    }

    [Fact]
    public void A_loss_frees_its_weights_and_is_made_of_any_that_are_not_negative()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        TaskLossInput input = new()
        {
            Weak = Matrix(Logits, 2, 3), Values = Matrix([1, 1, 1, 0, 0, 0], 2, 3), Mask = Matrix([1, 1, 1, 1, 1, 1], 2, 3),
            Counts = new(6, 0),
        };
        using ActionUnitLoss none = new([0, 0, 0]), one = new([1, 1, 1]), plain = new();
        one.Compute(input).Total.Scalar().Should().BeApproximately(plain.Compute(input).Total.Scalar(), 1e-14);
        double absent = Logits.Skip(3).Sum(x => -Math.Log(1 - (1 / (1 + Math.Exp(-x))))) / 6;
        none.Compute(input).Total.Scalar().Should().BeApproximately(absent, 1e-12, "present units of weight 0 teach nothing");
    }

    [Fact]
    public void A_task_without_an_uncertainty_is_named_and_disposing_frees_those_there_are()
    {
        UncertaintyBalancing balancing = new(["a"]);
        torch.Tensor learned = balancing.Module.parameters().Should().ContainSingle().Which;
        using (torch.NewDisposeScope())
        {
            FluentActions.Invoking(() => balancing.Combine(new([new("a", torch.ones([])), new("gaze", torch.ones([]))])))
                .Should().Throw<ArgumentException>().WithMessage("*'gaze'*");
        }

        balancing.Dispose();
        learned.IsInvalid.Should().BeTrue();
    }

    [Fact]
    public void A_sum_keeps_the_weights_that_it_was_given()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Dictionary<string, double> weights = new() { ["a"] = 2 };
        WeightedSumBalancing balancing = new(weights);
        weights["a"] = 50;
        balancing.Combine(new([new("a", Vector([3]).sum()), new("b", Vector([5]).sum())])).Total.Scalar().Should().Be(11);
        balancing.Module.Should().BeNull();
    }
}
