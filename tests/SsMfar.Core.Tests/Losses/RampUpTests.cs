using SsMfar.Losses;
using SsMfar.SemiSupervised;
using TorchSharp;
using static SsMfar.Tests.Losses.LossTestData;

namespace SsMfar.Tests.Losses;

/// <summary>How much of what unlabelled rows teach counts in which epoch.</summary>
public sealed class RampUpTests
{
    [Fact]
    public void A_ramp_that_cannot_be_is_refused_by_every_loss()
    {
        RampUpOptions ramp = new() { WarmUpEpochs = -5 };
        foreach (Func<object> make in new Func<object>[]
        {
            () => new ActionUnitLoss(null, new(), ramp), () => new ValenceArousalLoss(new(), ramp),
            () => new CategoricalTaskLoss(new(1, 1, 1), rampUp: ramp),
        })
        {
            make.Should().Throw<ArgumentException>().WithMessage("*WarmUpEpochs*").WithParameterName("rampUp");
        }
    }

    [Theory]
    [InlineData(0, 0, 1, 1)]
    [InlineData(0, 0, 9, 1)]
    [InlineData(2, 0, 2, 0)]
    [InlineData(2, 0, 3, 1)]
    [InlineData(0, 4, 1, 0.006737946999085467)]
    [InlineData(0, 4, 3, 0.2865047968601901)]
    [InlineData(0, 4, 4, 0.7316156289466418)]
    [InlineData(0, 4, 5, 1)]
    [InlineData(3, 4, 3, 0)]
    [InlineData(3, 4, 6, 0.2865047968601901)]
    [InlineData(3, 4, 8, 1)]
    public void The_course_is_that_of_Laine_and_Aila_after_the_warm_up(int warmUp, int epochs, int epoch, double factor) =>
        new RampUpOptions { WarmUpEpochs = warmUp, Epochs = epochs }.Factor(epoch).Should().BeApproximately(factor, 1e-12);

    [Fact]
    public void Both_terms_of_unlabelled_rows_grow_and_the_labelled_one_does_not()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using CategoricalTaskLoss loss = new(new(0.5, 2, 3), [1, 2, 3], 0, new() { WarmUpEpochs = 1, Epochs = 2 });
        TaskLossInput input = Input();
        foreach ((int epoch, double factor) in new[] { (1, 0), (2, Math.Exp(-5)), (3, Math.Exp(-1.25)), (4, 1) })
        {
            TaskLossResult result = loss.Compute(input with { Epoch = epoch });
            double[] terms = [.. result.Terms.Select(term => term.Value.Scalar())];
            terms.Should().OnlyContain(term => term > 0.01, "terms are told without their weights");
            result.Total.Scalar().Should().BeApproximately((0.5 * terms[0]) + (factor * ((2 * terms[1]) + (3 * terms[2]))), 1e-12);
        }
    }

    [Fact]
    public void A_batch_without_labels_teaches_nothing_while_the_factor_is_0()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using CategoricalTaskLoss loss = new(new(1, 1, 1), null, 0, new() { WarmUpEpochs = 1 });
        TaskLossInput input = Input();
        input = input with { Mask = torch.zeros_like(input.Mask), Counts = new(0, 4) };

        loss.Compute(input with { Epoch = 1 }).LearnedShare!.Scalar().Should().Be(0);
        loss.Compute(input with { Epoch = 2 }).LearnedShare!.Scalar().Should().Be(1);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Pseudo_labels_weigh_as_labels_of_their_class_or_alike(bool weighted)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        double[] weights = [1, 2, 3];
        using CategoricalTaskLoss loss = new(new(1, 1, 1) { PseudoLabelClassWeights = weighted }, weights);
        TaskLossInput input = Input();
        double[] logits = input.Strong!.Outputs.Host();
        int[] classes = [0, 2, 1, 2];
        double[] sure = [1, 1, 0, 1];
        double expected = Enumerable.Range(0, 4).Sum(row =>
        {
            double[] own = logits[(3 * row)..(3 * (row + 1))];
            return sure[row] * (weighted ? weights[classes[row]] : 1) * (Math.Log(own.Sum(Math.Exp)) - own[classes[row]]);
        }) / 4;

        loss.Compute(input).Terms.Single(term => term.Key == "unsupervised").Value.Scalar().Should().BeApproximately(expected, 1e-12);
    }

    // Means over L labels and U others: a pseudo-label weighs l2 / U beside a label's l1 / L.
    [Theory]
    [InlineData(null, 8, 4, 1)]
    [InlineData(0.5, 8, 4, 0.25)]
    [InlineData(0.5, 2, 4, 1)]
    [InlineData(0.5, 4, 4, 0.5)]
    [InlineData(0.5, 0, 4, 1)]
    public void A_pseudo_label_weighs_no_more_than_its_share_of_a_label(double? limit, int labels, int others, double expected)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using CategoricalTaskLoss loss = new(new(1, 1, 0) { PseudoLabelLimit = limit });
        TaskLossInput input = Input() with { Counts = new(labels, others) };

        TaskLossResult result = loss.Compute(input);

        Dictionary<string, double> terms = result.Terms.ToDictionary(term => term.Key, term => term.Value.Scalar());
        result.Total.Scalar().Should().BeApproximately(terms["supervised"] + (expected * terms["unsupervised"]), 1e-12);
        terms["unsupervised"].Should().BeGreaterThan(0.1);
    }

    [Fact]
    public void A_loss_keeps_its_course_and_refuses_an_impossible_one()
    {
        RampUpOptions options = new() { WarmUpEpochs = 2 };
        using CategoricalTaskLoss loss = new(ExpressionLossWeights.Paper, rampUp: options);
        options.WarmUpEpochs = 5;

        loss.RampUp.WarmUpEpochs.Should().Be(2);
        FluentActions.Invoking(() => new CategoricalTaskLoss(ExpressionLossWeights.Paper, rampUp: new() { Epochs = -1 }))
            .Should().Throw<ArgumentException>().WithMessage("*Epochs*");
    }

    private static TaskLossInput Input()
    {
        torch.Tensor Random(int rows, int seed)
        {
            Random random = new(seed);
            return Matrix([.. Enumerable.Range(0, rows * 3).Select(_ => (random.NextDouble() * 4) - 2)], rows, 3);
        }

        return new()
        {
            Weak = Random(6, 1),
            Values = Matrix([1, 2, 0, 0, 0, 0], 6, 1),
            Mask = Matrix([1, 1, 0, 0, 0, 0], 6, 1),
            Counts = new(2, 4),
            Strong = new(Random(4, 2), Indices([2, 3, 4, 5]), new PseudoLabels(Indices([0, 2, 1, 2]), Vector([1, 1, 0, 1]))),
        };
    }
}
