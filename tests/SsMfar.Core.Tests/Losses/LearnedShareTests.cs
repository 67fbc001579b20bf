using SsMfar.Losses;
using SsMfar.Runtime;
using SsMfar.SemiSupervised;
using TorchSharp;
using static SsMfar.Tests.Losses.LossTestData;

namespace SsMfar.Tests.Losses;

/// <summary>What losses say of having taught anything, and what learned balancing makes of it.</summary>
public sealed class LearnedShareTests
{
    [Theory]
    [InlineData(0, 0, 0)]
    [InlineData(1, 1, 0)]
    [InlineData(2, 1, 0.5)]
    [InlineData(2, 2, 1)]
    [InlineData(6, 0, 0.5)]
    public void A_correlation_says_which_of_its_columns_had_two_rows(int valence, int arousal, double share)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor mask = Mask(6, valence, arousal);
        TaskLossResult result = new ValenceArousalLoss().Compute(Affect(mask, microBatches: 3));

        result.LearnedShare!.Scalar().Should().Be(share);
        result.LearnedShare!.requires_grad.Should().BeFalse();
        if (share == 0)
        {
            result.Total.Scalar().Should().Be(0);
        }
    }

    [Fact]
    public void A_mixture_says_what_its_mixed_labels_allowed()
    {
        using DisposeScope scope = torch.NewDisposeScope();

        // Rows 0 and 1 are known; mixed with rows 2 and 3, neither is.
        torch.Tensor partners = torch.tensor(new long[] { 2, 3, 0, 1, 4, 5 });
        TaskLossInput input = Affect(Mask(6, 2, 2));

        MixedLoss.Compute(new ValenceArousalLoss(), input, partners, 0.4).LearnedShare!.Scalar().Should().Be(0);
        MixedLoss.Compute(new Half(), input, partners, 0.4).LearnedShare!.Scalar().Should().BeApproximately(0.5, 1e-7);
        MixedLoss.Compute(new ActionUnitLoss(), input, partners, 0.4).LearnedShare.Should().BeNull();
    }

    [Theory]
    [InlineData(0, 1, 1, 0)]
    [InlineData(0, 4, 1, 1)]
    [InlineData(6, 1, 1, 1)]
    [InlineData(0, 4, 0, 0)]
    public void An_agreement_teaches_where_its_strong_views_are_enough_for_it(int known, int strong, double weight, double share)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using AgreementLoss loss = new(new ValenceArousalLoss(), new ValenceArousalLoss(), AgreementTargets.SameValues, weight);
        TaskLossInput input = Affect(Mask(6, known, known)) with { Strong = Views(strong) };

        loss.Compute(input).LearnedShare!.Scalar().Should().Be(share);
    }

    [Fact]
    public void An_agreement_of_sums_over_rows_leaves_it_to_the_counts()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using AgreementLoss loss = new(new ActionUnitLoss(), new ActionUnitLoss(), AgreementTargets.PresentUnits);

        loss.Compute(Affect(Mask(6, 1, 0)) with { Strong = Views(3) }).LearnedShare.Should().BeNull();
    }

    [Theory]
    [InlineData(0, 1, 0)]
    [InlineData(0, 4, 1)]
    [InlineData(3, 1, 1)]
    public void Where_the_agreement_alone_says_its_share_the_labels_of_the_task_count_whole(int known, int strong, double share)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using AgreementLoss loss = new(new ActionUnitLoss(), new ValenceArousalLoss(), AgreementTargets.SameValues);
        TaskLossInput input = Affect(Mask(6, known, known)) with { Strong = Views(strong) };

        loss.Compute(input).LearnedShare!.Scalar().Should().Be(share);
    }

    [Fact]
    public void Where_the_task_alone_says_its_share_the_agreement_teaches_whole()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using AgreementLoss loss = new(new ValenceArousalLoss(), new ActionUnitLoss(), AgreementTargets.PresentUnits);
        TaskLossInput input = Affect(Mask(6, 0, 0)) with { Strong = Views(3) };

        loss.Compute(input).LearnedShare!.Scalar().Should().Be(1);
    }

    [Theory]
    [InlineData(1, 0.1, 0, 1)]
    [InlineData(1, 0.1, 2, 1)]
    [InlineData(1, 0, 0, 0)]
    [InlineData(1, 0, 1, 1)]
    [InlineData(0, 0.1, 3, 0)]
    [InlineData(0, 0.1, 2, 1)]
    [InlineData(0, 0, 2, 0)]
    public void A_step_without_expression_labels_teaches_what_its_pseudo_labels_and_weights_allow(
        double l2, double l3, int confident, double share)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using CategoricalTaskLoss loss = new(new(1, l2, l3));
        TaskLossInput input = Expression(known: 0, confident);

        TaskLossResult result = loss.Compute(input);

        result.LearnedShare!.Scalar().Should().Be(share);
        (result.Total.Scalar() == 0).Should().Be(share == 0, "a loss of exactly 0 is what has taught nothing");
        loss.Compute(Expression(known: 2, confident)).LearnedShare.Should().BeNull("labels teach");
    }

    [Theory]
    [InlineData(0.5, 0, 1)]
    [InlineData(0, 1, 1)]
    [InlineData(0, 0, 0)]
    public void Units_teach_by_labels_that_weigh_something_or_by_entries_without_one(double weight, double confidence, double share)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using ActionUnitLoss loss = new(null, new() { Unsupervised = 1, Consistency = 0 });
        TaskLossInput input = Affect(Mask(6, 3, 3)) with
        {
            Weights = torch.full([6, 1], Scalars.Of((float)weight)),
            Counts = new(6, 3, 1) { UnlabelledEntries = 6 },
            Strong = new(
                torch.rand(3, 2),
                torch.tensor(new long[] { 3, 4, 5 }),
                new(torch.ones(3, 2), torch.full([3, 2], Scalars.Of((float)confidence)))),
        };

        loss.Compute(input).LearnedShare!.Scalar().Should().Be(share);
    }

    [Fact]
    public void Labels_without_a_weight_teach_nothing()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using CategoricalTaskLoss loss = new(new(0, 0, 0));

        loss.Compute(Expression(known: 2, confident: 1)).LearnedShare!.Scalar().Should().Be(0);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(0.25, 0.25)]
    [InlineData(1, 1)]
    public void The_log_variance_is_pulled_by_the_share_that_was_learned(double share, double expected)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using UncertaintyBalancing balancing = new(["a", "b"]);
        torch.Tensor loss = torch.zeros([]), other = torch.ones([]);
        BalancedTask shared = new("a", loss) { LearnedShare = torch.tensor((float)share) };
        balancing.Combine(new([shared, new("b", other)], microBatches: 2)).Total.backward();

        balancing.Module.named_parameters().First().parameter.grad!.Scalar().Should().BeApproximately(expected / 2, 1e-7);
    }

    private static TaskLossInput Affect(torch.Tensor mask, int microBatches = 1) => new()
    {
        Weak = torch.rand(6, 2),
        Values = torch.rand(6, 2) * mask,
        Mask = mask,
        Counts = new((int)mask.sum().item<float>(), 0, microBatches),
    };

    private static StrongViews Views(int rows) => new(torch.rand(rows, 2), torch.arange(Scalars.Of(rows)), null);

    private static torch.Tensor Mask(int rows, params int[] known)
    {
        torch.Tensor mask = torch.zeros(rows, known.Length);
        for (int column = 0; column < known.Length; column++)
        {
            mask.narrow(0, 0, known[column]).select(1, column).fill_(Scalars.Of(1));
        }

        return mask;
    }

    private static TaskLossInput Expression(int known, int confident)
    {
        torch.Tensor mask = Mask(5, known);
        torch.Tensor confidence = torch.cat([torch.ones(confident), torch.zeros(3 - confident)]);
        return new()
        {
            Weak = torch.rand(5, 4),
            Values = mask * Scalars.Of(2),
            Mask = mask,
            Counts = new(known, 3),
            Strong = new(torch.rand(3, 4), torch.tensor(new long[] { 2, 3, 4 }), new(torch.tensor(new long[] { 0, 1, 2 }), confidence)),
        };
    }

    /// <summary>A custom loss that mixes losses, and always says that it could use half.</summary>
    private sealed class Half : ITaskLoss
    {
        public TaskLossResult Compute(TaskLossInput input) => new(input.Weak.sum(), []) { LearnedShare = torch.full([], Scalars.Of(0.5f)) };
    }
}
