using SsMfar.Losses;
using SsMfar.SemiSupervised;
using TorchSharp;
using static SsMfar.Tests.Losses.LossTestData;

namespace SsMfar.Tests.Losses;

/// <summary>What an agreement gives its two losses, how it joins what they say, and what it owns.</summary>
public sealed class AgreementPartsTests
{
    [Fact]
    public void The_agreement_is_given_the_strong_outputs_the_targets_and_the_counts_of_the_whole_step()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Recorder task = new(2), agreement = new(5);
        using AgreementLoss loss = new(task, agreement, AgreementTargets.PresentUnits, weight: 0.25);
        TaskLossInput input = Input();

        loss.Compute(input);

        task.Seen.Should().BeSameAs(input);
        agreement.Weak.Should().Equal(input.Strong!.Outputs.Host());
        agreement.Values.Should().Equal(0, 1, 1, 0, 1, 1);
        agreement.Mask.Should().Equal(1, 1, 1, 1, 1, 1);
        agreement.Seen!.Counts.Should().BeEquivalentTo(
            new LossCounts(8 * 3, 0, 2), "8 rows of the step have strong views, of 3 units each");
        agreement.Seen.Epoch.Should().Be(6);
        agreement.Seen.Strong.Should().BeNull();
    }

    [Theory]
    [InlineData(0.25)]
    [InlineData(0.0)]
    [InlineData(null)]
    public void Totals_add_with_the_weight_and_terms_of_one_name_become_their_sum(double? weight)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Recorder task = new(2), agreement = new(5);
        using AgreementLoss loss = weight is { } given
            ? new(task, agreement, AgreementTargets.PresentUnits, given)
            : new(task, agreement, AgreementTargets.PresentUnits);

        TaskLossResult result = loss.Compute(Input());

        result.Total.Scalar().Should().Be(2 + ((weight ?? 1) * 5));
        result.Terms.Select(term => term.Key).Should().BeEquivalentTo(["own", LossTerms.Unsupervised]);
        result.Term("own").Should().Be(20);
        result.Term(LossTerms.Unsupervised).Should().Be(200 + 5, "what the task's own pseudo-labels teach and the agreement, unweighted");
        result.Term(LossTerms.Unsupervised).Should().NotBe(result.Total.Scalar());
    }

    [Fact]
    public void Means_are_over_all_strong_rows_of_the_step_so_that_micro_batches_add_up()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using AgreementLoss loss = new(new ActionUnitLoss(), new ActionUnitLoss(), AgreementTargets.PresentUnits);
        TaskLossInput input = Input();
        double[] weak = input.Weak.Host(), strong = input.Strong!.Outputs.Host();
        int[] rows = [2, 0];
        double sum = 0;
        for (int i = 0; i < strong.Length; i++)
        {
            double p = 1 / (1 + Math.Exp(-strong[i]));
            sum -= weak[(rows[i / 3] * 3) + (i % 3)] > 0 ? Math.Log(p) : Math.Log(1 - p);
        }

        loss.Compute(input).Term(LossTerms.Unsupervised).Should().BeApproximately(sum / (8 * 3), 1e-12);
    }

    [Fact]
    public void More_entries_than_can_be_counted_are_an_error_rather_than_a_wrong_divisor()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using AgreementLoss loss = new(new ActionUnitLoss(), new ActionUnitLoss(), AgreementTargets.PresentUnits);
        loss.Invoking(l => l.Compute(Input() with { Counts = new(11, int.MaxValue, 2) })).Should().Throw<OverflowException>();
    }

    [Fact]
    public void Both_losses_are_disposed()
    {
        Recorder task = new(1), agreement = new(1);
        new AgreementLoss(task, agreement, AgreementTargets.SameValues).Dispose();
        (task.Disposed, agreement.Disposed).Should().Be((true, true));

        // One of the user's own need not be disposable.
        FluentActions.Invoking(() => new AgreementLoss(new ValenceArousalLoss(), new ValenceArousalLoss(),
            AgreementTargets.SameValues).Dispose())
            .Should().NotThrow();
    }

    [Fact]
    public void Targets_are_of_the_outputs_type_and_a_probability_of_one_half_is_not_over_it()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor outputs = Matrix([0, 1e-6, -1e-6, 3, -2, 0.5], 2, 3, torch.ScalarType.Float32);
        torch.Tensor units = AgreementTargets.PresentUnits(outputs), classes = AgreementTargets.MostProbableClass(outputs);

        units.Host().Should().Equal(0, 1, 0, 1, 0, 1);
        classes.Host().Should().Equal(1, 0);
        classes.shape.Should().Equal(2, 1);
        AgreementTargets.SameValues(outputs).Host().Should().Equal(outputs.Host());
        new[] { units.dtype, classes.dtype }.Should().OnlyContain(type => type == torch.ScalarType.Float32);
    }

    // Three rows of three units; two of them have strong views here, eight in the whole step.
    private static TaskLossInput Input() => new()
    {
        Weak = Matrix([-1, 0.5, 2, 3, -4, 0.25, -2, 1, 1.5], 3, 3),
        Values = Matrix([1, 0, 0, 0, 1, 0, 1, 1, 0], 3, 3),
        Mask = Matrix([1, 0, 1, 1, 1, 0, 1, 1, 1], 3, 3),
        Counts = new(11, 8, 2),
        Strong = new(Matrix([0.4, -0.3, 2, -1, 0.7, 0.1], 2, 3), Indices([2, 0]), pseudoLabels: null),
        Epoch = 6,
    };

    /// <summary>
    /// A loss of a fixed value, with a term of its own (tenfold) and one of pseudo-labels (hundredfold), that keeps what it
    /// was given.
    /// </summary>
    private sealed class Recorder(double value) : ITaskLoss, IDisposable
    {
        public TaskLossInput? Seen { get; private set; }

        public double[] Weak { get; private set; } = [];

        public double[] Values { get; private set; } = [];

        public double[] Mask { get; private set; } = [];

        public bool Disposed { get; private set; }

        public TaskLossResult Compute(TaskLossInput input)
        {
            (Seen, Weak, Values, Mask) = (input, input.Weak.Host(), input.Values.Host(), input.Mask.Host());
            return new(Vector([value]).sum(),
                [new(LossTerms.Unsupervised, Vector([100 * value]).sum()), new("own", Vector([10 * value]).sum())]);
        }

        public void Dispose() => Disposed = true;
    }
}
