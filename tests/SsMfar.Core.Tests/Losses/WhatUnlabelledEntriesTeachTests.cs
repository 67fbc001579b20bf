using SsMfar.Losses;
using SsMfar.SemiSupervised;
using TorchSharp;
using static SsMfar.Tests.Losses.LossTestData;

namespace SsMfar.Tests.Losses;

/// <summary>Whether entries without a label taught anything, by the weights that they have; and what weights make of each other.</summary>
public sealed class WhatUnlabelledEntriesTeachTests
{
    [Theory]
    [InlineData(0, 1, 4, 0)]
    [InlineData(0, 1, 3, 1)]
    [InlineData(1, 0, 4, 1)]
    [InlineData(1, 0, 0, 0)]
    [InlineData(0, 0, 2, 0)]
    public void Units_learn_of_sure_entries_by_one_weight_and_of_unsure_ones_by_the_other(
        double unsupervised, double consistency, int confident, double share)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using ActionUnitLoss loss = new(null, new() { Unsupervised = unsupervised, Consistency = consistency });

        loss.Compute(Input(confident)).LearnedShare!.Scalar().Should().Be(share);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 1)]
    public void Values_learn_where_any_entry_has_an_estimate(int confident, double share)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        ValenceArousalLoss loss = new(new() { Kind = UnlabelledValueLoss.MeanSquared, RampUpEpochs = 0 });

        loss.Compute(Input(confident)).LearnedShare!.Scalar().Should().Be(share);
    }

    [Fact]
    public void A_correlation_with_estimates_is_a_mean_over_micro_batches()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        ValenceArousalLoss loss = new(new() { Kind = UnlabelledValueLoss.Concordance, RampUpEpochs = 0 });
        TaskLossInput input = Input(confident: 4);

        double whole = loss.Compute(input).Term("unsupervised");
        double part = loss.Compute(input with { Counts = new(0, 2, 4) { UnlabelledEntries = 4 } }).Term("unsupervised");

        whole.Should().BePositive();
        part.Should().BeApproximately(whole / 4, 1e-12);
    }

    [Theory]
    [InlineData(1, 8, 2, 0.25)]
    [InlineData(3, 8, 2, 0.75)]
    [InlineData(3, 2, 8, 2)]
    [InlineData(3, 0, 8, 2)]
    [InlineData(0, 8, 2, 2)] // no label to be a share of
    public void A_pseudo_label_weighs_at_most_its_share_of_a_label(double supervised, int labelled, int unlabelled, double weight) =>
        new ExpressionLossWeights(supervised, 2, 0) { PseudoLabelLimit = 1 }.UnsupervisedIn(labelled, unlabelled).Should().Be(weight);

    [Fact]
    public void Weights_of_any_size_are_relative()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        double[] x = [0.3, -0.2, 0.7, 0.1], y = [0.5, -0.4, 0.2, 0.3], weights = [4, 1, 0, 2];

        Of(1e30).Should().BeApproximately(Of(1), 1e-6);
        Of(1e-30).Should().BeApproximately(Of(1), 1e-6);

        double Of(double scale) => Concordance.MaskedLoss(
            Single(x), Single(y), Single([1, 1, 1, 1]), Single([.. weights.Select(weight => weight * scale)])).Scalar();

        static torch.Tensor Single(double[] values) => Matrix(values, values.Length, 1, torch.ScalarType.Float32);
    }

    // Three rows without a label, of which two have a strong view: four entries, so many of them sure.
    private static TaskLossInput Input(int confident) => new()
    {
        Weak = Matrix([0.4, -1, 2, 0.3, -0.7, 1.5], 3, 2),
        Values = Matrix(new double[6], 3, 2),
        Mask = Matrix(new double[6], 3, 2),
        Counts = new(0, 2) { UnlabelledEntries = 4 },
        Strong = new(
            Matrix([0.2, -0.6, 1.1, 0.9], 2, 2),
            Indices([2, 0]),
            new(Matrix([1, 0, 0, 1], 2, 2), Matrix([.. Enumerable.Range(0, 4).Select(i => i < confident ? 1.0 : 0)], 2, 2))),
    };
}
