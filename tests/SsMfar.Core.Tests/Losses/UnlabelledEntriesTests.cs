using CsCheck;
using SsMfar.Losses;
using SsMfar.SemiSupervised;
using TorchSharp;
using static SsMfar.Tests.Losses.LossTestData;

namespace SsMfar.Tests.Losses;

/// <summary>What units, valence and arousal learn of entries without a label: formulas in plain numbers, masks and gradients.</summary>
public sealed class UnlabelledEntriesTests
{
    // Three rows of two columns; rows 2 and 0 have a strong view, in this order. Row 0 lacks its second label, row 2 both.
    private static readonly double[] Weak = [0.4, -1, 2, 0.3, -0.7, 1.5];
    private static readonly double[] Strong = [0.2, -0.6, 1.1, 0.9];
    private static readonly double[] Labels = [1, 0, 0, 1, 0, 0];
    private static readonly double[] Mask = [1, 0, 1, 1, 0, 0];
    private static readonly double[] Targets = [1, 0, 1, 1];
    private static readonly double[] Confidence = [1, 0, 1, 1];

    [Fact]
    public void Units_add_the_cross_entropy_of_sure_entries_and_the_divergence_of_the_others()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using var loss = new ActionUnitLoss([3, 0.5], new() { Unsupervised = 0.7, Consistency = 0.2, UsePositiveWeights = true });
        TaskLossResult result = loss.Compute(Input(Targets, Confidence));

        // Sure and without a label: the first entry of row 2 and the second of row 0. The second of row 2 is unsure; the first of row 0
        // has a label, whatever the policy said of it.
        double unsupervised = (Entropy(0.2, 1, 3) + Entropy(0.9, 1, 0.5)) / 3;
        double consistency = Divergence(1.5, -0.6);
        double supervised = (Entropy(0.4, 1, 3) + Entropy(2, 0, 3) + Entropy(0.3, 1, 0.5)) / 3;
        result.Term("supervised").Should().BeApproximately(supervised, 1e-12);
        result.Term("unsupervised").Should().BeApproximately(unsupervised, 1e-12);
        result.Term("consistency").Should().BeApproximately(consistency, 1e-12);
        result.Total.Scalar().Should().BeApproximately(supervised + (0.7 * unsupervised) + (0.2 * consistency), 1e-12);

        using var plain = new ActionUnitLoss([3, 0.5], new() { Consistency = 0 });
        plain.Compute(Input(Targets, Confidence)).Term("unsupervised").Should()
            .BeApproximately((Entropy(0.2, 1, 1) + Entropy(0.9, 1, 1)) / 3, 1e-12, "units weigh the same unless asked otherwise");
    }

    [Theory]
    [InlineData(UnlabelledValueLoss.MeanSquared)]
    [InlineData(UnlabelledValueLoss.SmoothL1)]
    [InlineData(UnlabelledValueLoss.Concordance)]
    public void Values_are_held_to_the_estimate_by_each_kind_of_comparison(UnlabelledValueLoss kind)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        double[] estimates = [0.25, -1, 0.3, 0.4];
        ValenceArousalLoss loss = new(new() { Kind = kind, Weight = 0.6, RampUpEpochs = 4, WeakViews = true });
        TaskLossResult result = loss.Compute(Input(estimates, [1, 1, 1, 1]) with { Epoch = 3 });

        // (output, estimate) of the entries without a label, of strong views and of weak ones; by column where a correlation is asked.
        double strong = Of([(0.2, 0.25)], [(-0.6, -1), (0.9, 0.4)]), weak = Of([(-0.7, 0.25)], [(1.5, -1), (-1, 0.4)]);
        result.Term("unsupervised").Should().BeApproximately(strong + weak, 1e-7);
        result.Total.Scalar().Should().BeApproximately(
            result.Term("supervised") + (0.6 * Math.Exp(-5 * 0.25) * (strong + weak)), 1e-7, "half of the ramp is left in epoch 3 of 4");

        double Of(params (double X, double Y)[][] columns) => kind switch
        {
            UnlabelledValueLoss.MeanSquared => columns.SelectMany(c => c).Sum(e => Math.Pow(e.X - e.Y, 2)) / 3,
            UnlabelledValueLoss.SmoothL1 => columns.SelectMany(c => c).Select(e => Math.Abs(e.X - e.Y))
                .Sum(d => d < 0.1 ? 5 * d * d : d - 0.05) / 3,
            _ => columns.Average(c => c.Length < 2 ? 0 : 1 - Coefficient(c)),
        };

        static double Coefficient((double X, double Y)[] pairs)
        {
            double mx = pairs.Average(p => p.X), my = pairs.Average(p => p.Y);
            double covariance = pairs.Average(p => (p.X - mx) * (p.Y - my));
            return 2 * covariance / (pairs.Average(p => Math.Pow(p.X - mx, 2) + Math.Pow(p.Y - my, 2)) + Math.Pow(mx - my, 2));
        }
    }

    [Theory]
    [InlineData(0, 1, 1.0)]
    [InlineData(5, 1, 0.006737946999085467)]
    [InlineData(5, 6, 1.0)]
    [InlineData(5, 60, 1.0)]
    public void The_ramp_is_that_of_temporal_ensembling_after_the_warm_up_and_times_that_of_every_task(int epochs, int epoch,
        double expected)
    {
        new ValenceArousalLoss(new() { RampUpEpochs = epochs }).Ramp(epoch).Should().BeApproximately(expected, 1e-15);
        ValenceArousalLoss later = new(new() { RampUpEpochs = epochs }, new() { WarmUpEpochs = 2, Epochs = 60 });
        later.Ramp(2).Should().Be(0);
        later.Ramp(epoch + 2).Should().BeApproximately(expected * Math.Exp(-5 * Math.Pow(1 - ((epoch - 1) / 60.0), 2)), 1e-15);

        using DisposeScope scope = torch.NewDisposeScope();
        using var units = new ActionUnitLoss(null, new() { Consistency = 1 }, new() { WarmUpEpochs = 1, Epochs = 1 });
        TaskLossResult first = units.Compute(Input(Targets, Confidence) with { Epoch = 1 });
        first.Total.Scalar().Should().Be(first.Term("supervised"));
        TaskLossResult second = units.Compute(Input(Targets, Confidence) with { Epoch = 2 });
        second.Total.Scalar().Should().BeApproximately(
            second.Term("supervised") + (Math.Exp(-5) * (second.Term("unsupervised") + second.Term("consistency"))), 1e-12);
    }

    [Fact]
    public void Pseudo_labels_reach_the_strong_side_alone_and_no_entry_with_a_label()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using var units = new ActionUnitLoss(null, new() { Consistency = 0 });
        TaskLossInput input = Input(Targets, Confidence) with { Mask = Matrix([1, 0, 0, 0, 0, 0], 3, 2) };
        foreach (ITaskLoss loss in new ITaskLoss[] { units,
            new ValenceArousalLoss(new() { Kind = UnlabelledValueLoss.MeanSquared, RampUpEpochs = 0 }) })
        {
            torch.Tensor weak = Matrix(Weak, 3, 2, gradient: true), strong = Matrix(Strong, 2, 2, gradient: true);
            TaskLossResult result = loss.Compute(input with { Weak = weak,
                Strong = new(strong, input.Strong!.Rows, input.Strong.PseudoLabels) });
            (result.Total - loss.Compute(input with { Weak = weak, Strong = null }).Total).backward();
            weak.Gradient().Should().OnlyContain(g => g == 0, "of rows without a label the weak side is no part");
            strong.Gradient()[2].Should().Be(0, "that entry has a label");
            strong.Gradient()[0].Should().NotBe(0);
        }
    }

    [Fact]
    public void Without_an_entry_to_learn_from_both_are_exactly_what_they_are_without_pseudo_labels() => Gen.Select(
        Gen.Double[-3, 3].Array[12], Gen.Double[0, 1].Array[12], Gen.Bool).Sample((outputs, targets, labelled) =>
    {
        using DisposeScope scope = torch.NewDisposeScope();

        // Every entry has a label; or none has, and no pseudo-label is sure.
        torch.Tensor mask = Matrix([.. Enumerable.Repeat(labelled ? 1.0 : 0, 12)], 6, 2);
        double[] confidence = [.. Enumerable.Repeat(labelled ? 1.0 : 0, 12)];
        foreach ((ITaskLoss loss, ITaskLoss plain) in new (ITaskLoss, ITaskLoss)[]
        {
            (new ActionUnitLoss([2, 1], new() { Consistency = labelled ? 1 : 0 }), new ActionUnitLoss([2, 1])),
            (new ValenceArousalLoss(new() { RampUpEpochs = 0 }), new ValenceArousalLoss()),
            (new ValenceArousalLoss(new() { RampUpEpochs = 0, Kind = UnlabelledValueLoss.SmoothL1, WeakViews = true }),
                new ValenceArousalLoss()),
        })
        {
            torch.Tensor strong = Matrix(outputs, 6, 2, gradient: true);
            TaskLossInput input = new()
            {
                Weak = Matrix([.. outputs.Reverse()], 6, 2, gradient: true),
                Values = Matrix([.. targets.Select(target => Math.Round(target))], 6, 2),
                Mask = mask,
                Counts = new(labelled ? 12 : 0, 6) { UnlabelledEntries = labelled ? 0 : 12 },
                Strong = new(strong, Indices([0, 1, 2, 3, 4, 5]), new(Matrix(targets, 6, 2), Matrix(confidence, 6, 2))),
            };
            TaskLossResult result = loss.Compute(input);
            result.Total.Scalar().Should().Be(plain.Compute(input).Total.Scalar());
            result.Total.backward();
            strong.Gradient().Should().OnlyContain(gradient => gradient == 0);
        }
    }, iter: 30);

    [Fact]
    public void A_micro_batch_says_what_it_taught_of_a_step_without_labels()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        TaskLossInput none = Input(Targets, Confidence) with { Mask = Matrix(new double[6], 3, 2),
            Counts = new(0, 2) { UnlabelledEntries = 4 } };
        using var units = new ActionUnitLoss(null, new());
        units.Compute(none).LearnedShare!.Scalar().Should().Be(1);
        units.Compute(With(none, [0, 0, 0, 0])).LearnedShare!.Scalar().Should().Be(0, "no entry is sure, and the others weigh nothing");
        using var consistent = new ActionUnitLoss(null, new() { Consistency = 1 });
        consistent.Compute(With(none, [0, 0, 0, 0])).LearnedShare!.Scalar().Should().Be(1);
        units.Compute(none with { Strong = null }).LearnedShare!.Scalar().Should().Be(0);
        units.Compute(Input(Targets, Confidence)).LearnedShare.Should().BeNull("there are labels");

        new ValenceArousalLoss(new()).Compute(With(none, [1, 1, 1, 1])).LearnedShare!.Scalar().Should().Be(1);
        new ValenceArousalLoss(new()).Compute(With(none, [1, 1, 0, 0])).LearnedShare!.Scalar().Should().Be(0, "one row has no correlation");
        new ValenceArousalLoss(new() { Weight = 0 }).Compute(With(none, [1, 1, 1, 1])).LearnedShare!.Scalar().Should().Be(0);
        new ValenceArousalLoss(new() { Kind = UnlabelledValueLoss.MeanSquared }).Compute(With(none, [1, 1, 0, 0])).LearnedShare!.Scalar()
            .Should().Be(1);

        static TaskLossInput With(TaskLossInput input, double[] confidence) => input with
        {
            Strong = new(input.Strong!.Outputs, input.Strong.Rows, new(input.Strong.PseudoLabels!.Targets, Matrix(confidence, 2, 2))),
        };
    }

    [Fact]
    public void Options_out_of_range_are_refused()
    {
        FluentActions.Invoking(() => new ActionUnitLoss(null, new() { Unsupervised = -1 })).Should().Throw<ArgumentException>()
            .WithMessage("*Unsupervised*");
        FluentActions.Invoking(() => new ValenceArousalLoss(new() { Weight = -1, RampUpEpochs = -2 })).Should().Throw<ArgumentException>()
            .WithMessage("*Weight*RampUpEpochs*");
    }

    private static TaskLossInput Input(double[] targets, double[] confidence) => new()
    {
        Weak = Matrix(Weak, 3, 2),
        Values = Matrix(Labels, 3, 2),
        Mask = Matrix(Mask, 3, 2),
        Counts = new(3, 2) { UnlabelledEntries = 3 },
        Strong = new(Matrix(Strong, 2, 2), Indices([2, 0]), new(Matrix(targets, 2, 2), Matrix(confidence, 2, 2))),
    };

    private static double Entropy(double logit, double target, double positive)
    {
        double p = 1 / (1 + Math.Exp(-logit));
        return -((positive * target * Math.Log(p)) + ((1 - target) * Math.Log(1 - p)));
    }

    private static double Divergence(double x, double y)
    {
        (double p, double q) = (1 / (1 + Math.Exp(-x)), 1 / (1 + Math.Exp(-y)));
        return (p * Math.Log(p / q)) + (q * Math.Log(q / p)) + ((1 - p) * Math.Log((1 - p) / (1 - q)))
            + ((1 - q) * Math.Log((1 - q) / (1 - p)));
    }
}
