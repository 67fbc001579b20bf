using SsMfar.Data;
using SsMfar.Losses;
using SsMfar.Runtime;
using SsMfar.SemiSupervised;
using TorchSharp;
using static SsMfar.Tests.Losses.LossTestData;

namespace SsMfar.Tests.Losses;

/// <summary>Weights of rows in the losses of their labels, and labels of valence without arousal.</summary>
public sealed class RowWeightTests
{
    private static readonly double[] W = [2, 0.5, 0, 1];

    [Fact]
    public void A_table_has_the_weights_of_its_rows_unless_all_are_1()
    {
        AnnotationSet set = AnnotationSet.Read(new StringReader("image,valence,weight\na,1,2\nb,0,\nc,1,0.5\n"));
        using LabelBatch weighted = Table(set).Batch([2, 0, 1], torch.CPU);
        using LabelBatch plain = Table(set.WithWeights(_ => 1)).Batch([2, 0, 1], torch.CPU);
        using LabelBatch without = Table(AnnotationSet.Read(new StringReader("image,valence\na,1\n"))).Batch([0], torch.CPU);

        weighted.Weights!.shape.Should().Equal(3, 1);
        weighted.Weights.Host().Should().Equal(0.5, 2, 1);
        (plain.Weights, without.Weights).Should().Be((null, null));
        weighted.Tasks["affect"].Mask.Host().Should().Equal(1, 0, 1, 0, 1, 0); // valence known, arousal not
    }

    [Fact]
    public void Sums_over_labels_are_weighted_and_divided_as_before()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor outputs = Matrix([0.3, -1, 0.2, 0.9, -0.4, 0.1, 1.2, -0.7], 4, 2);
        TaskLossInput units = Input(outputs, Matrix([1, 0, 0, 1, 1, 1, 0, 0], 4, 2), Matrix([1, 1, 1, 0, 1, 1, 0, 1], 4, 2), 6);
        TaskLossInput classes = Input(outputs, Matrix([1, 0, 1, 0], 4, 1), Matrix([1, 1, 1, 0], 4, 1), 3);
        ITaskLoss own = TaskLoss.From((o, v, m, counts) => ((o - v).Squared() * m).sum() / Scalars.Of(Math.Max(1, counts.ValidEntries)));

        foreach ((ITaskLoss loss, TaskLossInput input) in new (ITaskLoss, TaskLossInput)[]
        {
            (new ActionUnitLoss([2, 3]), units), (own, units),
            (new CategoricalTaskLoss(ExpressionLossWeights.SupervisedOnly, [1, 2]), classes),
        })
        {
            double expected = Enumerable.Range(0, 4).Sum(row => W[row] * loss.Compute(input with
            {
                Mask = input.Mask * Matrix([.. Enumerable.Range(0, 4).Select(other => other == row ? 1.0 : 0)], 4, 1),
            }).Total.Scalar());

            loss.Compute(input with { Weights = Matrix(W, 4, 1) }).Total.Scalar().Should().BeApproximately(expected, 1e-12);
            loss.Compute(input with { Weights = Matrix([1, 1, 1, 1], 4, 1) }).Total.Scalar().Should()
                .BeApproximately(loss.Compute(input).Total.Scalar(), 1e-12);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(1e-6)]
    [InlineData(1e6)]
    public void A_correlation_of_weighted_rows_is_that_of_rows_that_recur(double scale)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        double[] x = [0.3, -0.2, 0.7, 0.1], y = [0.5, -0.4, 0.2, 0.3];
        int[] recurring = [0, 0, 0, 0, 1, 3, 3];
        double[] weights = [4 * scale, scale, 0, 2 * scale];
        torch.Tensor predictions = Matrix(x, 4, 1, gradient: true);

        torch.Tensor weighted = Concordance.MaskedLoss(predictions, Matrix(y, 4, 1), Matrix([1, 1, 1, 1], 4, 1), Matrix(weights, 4, 1));
        weighted.backward();

        double expected = Concordance.MaskedLoss(
            Matrix([.. recurring.Select(i => x[i])], 7, 1), Matrix([.. recurring.Select(i => y[i])], 7, 1),
            Matrix([.. recurring.Select(_ => 1.0)], 7, 1)).Scalar();
        weighted.Scalar().Should().BeApproximately(expected, 1e-9);
        predictions.Gradient()[2].Should().Be(0);
        predictions.Gradient()[0].Should().NotBe(0);
    }

    [Fact]
    public void A_row_that_weighs_nothing_is_none()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor outputs = Matrix([0.3, -1, 0.2, 0.9], 2, 2), one = Matrix([1, 1, 1, 1], 2, 2), weights = Matrix([1, 0], 2, 1);

        Concordance.MaskedLoss(outputs, Matrix([0.5, 0.1, -0.4, 0.2], 2, 2), one, weights).Scalar().Should().Be(0);
        new ValenceArousalLoss().Compute(Input(outputs, one, one, 4) with { Weights = weights }).LearnedShare!.Scalar().Should().Be(0);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(0.5, 1)]
    public void Labels_teach_where_any_of_their_rows_weighs_something(double weight, double share)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor outputs = Matrix([0.3, -1, 0.2, 0.9], 2, 2), one = Matrix([1, 1, 1, 1], 2, 2), weights = Matrix([weight, 0], 2, 1);
        TaskLossInput units = Input(outputs, one, one, 4) with { Weights = weights };
        TaskLossInput classes = Input(outputs, Matrix([1, 0], 2, 1), Matrix([1, 1], 2, 1), 2) with { Weights = weights };

        foreach ((ITaskLoss loss, TaskLossInput input) in new (ITaskLoss, TaskLossInput)[]
        {
            (new ActionUnitLoss(), units), (new ActionUnitLoss(null, new()), units), (new OrdinalLoss(2), units),
            (new CategoricalTaskLoss(ExpressionLossWeights.SupervisedOnly), classes), (new CategoricalTaskLoss(new(1, 1, 1)), classes),
        })
        {
            loss.Compute(input).LearnedShare!.Scalar().Should().Be(share, loss.GetType().Name);
            loss.Compute(input with { Weights = null }).LearnedShare.Should().BeNull("the counts say it");
            loss.Compute(input with { Mask = torch.zeros_like(input.Mask) }).LearnedShare!.Scalar().Should()
                .Be(1, "another micro-batch has the step's labels");
        }
    }

    [Fact]
    public void Rows_that_all_weigh_nothing_teach_nothing()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor predictions = Matrix([0.3, -0.2, 0.7], 3, 1, gradient: true);

        torch.Tensor loss = Concordance.MaskedLoss(
            predictions, Matrix([1, 0, 0.5], 3, 1), Matrix([1, 1, 1], 3, 1), Matrix([0, 0, 0], 3, 1));
        loss.backward();

        loss.Scalar().Should().Be(0);
        predictions.Gradient().Should().OnlyContain(gradient => gradient == 0);
    }

    [Fact]
    public void Valence_is_learned_over_its_rows_and_arousal_over_its_own()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor outputs = Matrix([0.3, 0.1, -0.2, 0.4, 0.7, -0.3, 0.1, 0.2], 4, 2, gradient: true);
        torch.Tensor labels = Matrix([0.5, 0, -0.4, 0, 0, 0.2, 0.3, -0.1], 4, 2), mask = Matrix([1, 0, 1, 0, 0, 1, 1, 1], 4, 2);

        torch.Tensor loss = new ValenceArousalLoss().Compute(Input(outputs, labels, mask, 5)).Total;
        loss.backward();

        double valence = Loss([0.3, -0.2, 0.1], [0.5, -0.4, 0.3]), arousal = Loss([-0.3, 0.2], [0.2, -0.1]);
        loss.Scalar().Should().BeApproximately((valence + arousal) / 2, 1e-12);
        outputs.Gradient().Select(gradient => gradient != 0).Should().Equal(true, false, true, false, false, true, true, true);

        static double Loss(double[] predicted, double[] known) => Concordance.MaskedLoss(
            Matrix(predicted, known.Length, 1), Matrix(known, known.Length, 1), Matrix([.. known.Select(_ => 1.0)], known.Length, 1))
            .Scalar();
    }

    [Fact]
    public void Teacher_estimates_take_the_place_of_the_one_that_a_row_lacks()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using TeacherEstimatePolicy policy = new();
        PolicyBatch batch = new(
            Matrix([0.4, -0.6], 1, 2), Matrix([0.5, 0], 1, 2), Matrix([1, 0], 1, 2), torch.zeros(1, torch.ScalarType.Int64), 1, 0);

        PseudoLabels estimates = policy.Assign(batch);

        ((IPseudoLabelPolicy)policy).NeedsStrongView([true, false]).Should().BeTrue();
        estimates.Confidence.Host().Should().Equal(0, 1);
        estimates.Targets.Host()[1].Should().Be(-0.6);
    }

    [Fact]
    public void Mixed_rows_mix_their_weights()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor partners = Indices([1, 0]);
        ITaskLoss sum = TaskLoss.From((o, v, m, _) => (o * m).sum());
        TaskLossInput input = Input(Matrix([1, 10], 2, 1), Matrix([0, 0], 2, 1), Matrix([1, 1], 2, 1), 2) with
        {
            Weights = Matrix([2, 3], 2, 1),
        };

        MixedLoss.Compute(sum, input, partners, 0.75).Total.Scalar().Should()
            .BeApproximately((0.75 * (2 + 30)) + (0.25 * (3 + 20)), 1e-12);
        ITaskLoss values = TaskLoss.From((o, v, m, _) => (o * m).sum(), LabelMixing.Values);
        MixedLoss.Compute(values, input, partners, 0.75).Total.Scalar().Should().BeApproximately(2.25 + 27.5, 1e-12);
    }

    private static LabelTable Table(AnnotationSet set) =>
        new(set, new Dictionary<string, ITaskLabels> { ["affect"] = new ValenceArousalLabels() });

    private static TaskLossInput Input(torch.Tensor outputs, torch.Tensor values, torch.Tensor mask, int known) =>
        new() { Weak = outputs, Values = values, Mask = mask, Counts = new(known, 0) };
}
