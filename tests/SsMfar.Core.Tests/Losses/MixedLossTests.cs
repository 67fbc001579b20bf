using SsMfar.Losses;
using SsMfar.Runtime;
using SsMfar.SemiSupervised;
using TorchSharp;
using static SsMfar.Tests.Losses.LossTestData;

namespace SsMfar.Tests.Losses;

/// <summary>Losses of mixed rows against formulas written row by row.</summary>
public sealed class MixedLossTests
{
    private const int Rows = 10;
    private const int Classes = 5;
    private const double Lambda = 0.3;
    private static readonly int[] Partners = [1, 2, 0, 3, 5, 4, 6, 9, 7, 8];

    private readonly Random _random = new(11);

    [Fact]
    public void Cross_entropy_of_each_label_counts_by_its_share_of_the_image()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        double[] logits = _random.Normal(Rows * Classes, 2), mask = _random.Mask(Rows, 0.6), weights = [1, 2, 3, 4, 5];
        int[] classes = [.. Enumerable.Range(0, Rows).Select(_ => _random.Next(Classes))];
        double expected = 0;
        for (int i = 0; i < Rows; i++)
        {
            expected += (Lambda * mask[i] * Row(i, classes[i])) + ((1 - Lambda) * mask[Partners[i]] * Row(i, classes[Partners[i]]));
        }

        using CategoricalTaskLoss loss = new(ExpressionLossWeights.SupervisedOnly, weights);
        int valid = (int)mask.Sum();
        TaskLossResult result = Compute(
            loss,
            Matrix(logits, Rows, Classes),
            Matrix([.. classes.Select(c => (double)c)], Rows, 1),
            Matrix(mask, Rows, 1),
            valid);
        result.Total.Scalar().Should().BeApproximately(expected / valid, 1e-10);
        result.Term(LossTerms.Supervised).Should().BeApproximately(expected / valid, 1e-10);

        double Row(int i, int c)
        {
            double[] exponentials = [.. logits.Skip(i * Classes).Take(Classes).Select(Math.Exp)];
            return -weights[c] * Math.Log(exponentials[c] / exponentials.Sum());
        }
    }

    [Fact]
    public void Binary_cross_entropy_of_known_entries_is_that_of_mixed_labels()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        double[] logits = _random.Normal(Rows * Classes, 2), labels = _random.Mask(Rows * Classes, 0.5);
        double expected = 0;
        for (int i = 0; i < Rows; i++)
        {
            for (int u = 0; u < Classes; u++)
            {
                double y = (Lambda * labels[(i * Classes) + u]) + ((1 - Lambda) * labels[(Partners[i] * Classes) + u]);
                double p = 1 / (1 + Math.Exp(-logits[(i * Classes) + u]));
                expected -= (y * Math.Log(p)) + ((1 - y) * Math.Log(1 - p));
            }
        }

        using ActionUnitLoss loss = new();
        TaskLossResult result = Compute(
            loss, Matrix(logits, Rows, Classes), Matrix(labels, Rows, Classes), torch.ones(Rows, Classes, torch.ScalarType.Float64), Rows *
                Classes);
        result.Total.Scalar().Should().BeApproximately(expected / (Rows * Classes), 1e-10);
    }

    [Fact]
    public void The_concordance_loss_is_that_of_mixed_values_where_both_are_known()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        double[] outputs = _random.Normal(Rows * 2, 0.5), values = [.. _random.Normal(Rows * 2, 0.4)];
        double[] known = [1, 1, 0, 1, 1, 1, 1, 1, 0, 1], mask = [.. known.SelectMany(k => new[] { k, k })];
        int[] both = [.. Enumerable.Range(0, Rows).Where(i => known[i] * known[Partners[i]] == 1)];
        both.Should().HaveCount(6);
        double expected = 0;
        for (int d = 0; d < 2; d++)
        {
            double[] x = [.. both.Select(i => outputs[(i * 2) + d])];
            double[] y = [.. both.Select(i => (Lambda * values[(i * 2) + d]) + ((1 - Lambda) * values[(Partners[i] * 2) + d]))];
            double mx = x.Average(), my = y.Average();
            double covariance = x.Zip(y, (a, b) => (a - mx) * (b - my)).Average();
            expected += 0.5 * (1 - (2 * covariance /
                (x.Average(a => Math.Pow(a - mx, 2)) + y.Average(b => Math.Pow(b - my, 2)) + Math.Pow(mx - my, 2) + 1e-8)));
        }

        TaskLossResult result = Compute(
            new ValenceArousalLoss(), Matrix(outputs, Rows, 2), Matrix([.. values.Zip(mask, (v, m) => v *
                m)], Rows, 2), Matrix(mask, Rows, 2), (int)mask.Sum());
        result.Total.Scalar().Should().BeApproximately(expected, 1e-8);
    }

    [Fact]
    public void Rows_that_were_not_mixed_have_the_plain_loss_and_strong_views_count_once()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        TaskLossInput input = new()
        {
            Weak = Matrix(_random.Normal(Rows * Classes, 2), Rows, Classes),
            Values = Matrix([.. Enumerable.Range(0, Rows).Select(i => (double)(i % Classes))], Rows, 1),
            Mask = Matrix(_random.Mask(Rows, 0.6), Rows, 1),
            Counts = new(5, 4),
            Strong = new(
                Matrix(_random.Normal(4 * Classes, 2), 4, Classes),
                Indices([3, 6, 0, 1]),
                new PseudoLabels(Indices([1, 2, 0, 4]), Vector([1, 0, 1, 0]))),
        };
        using CategoricalTaskLoss loss = new(ExpressionLossWeights.Paper);
        TaskLossResult plain = loss.Compute(input);
        TaskLossResult mixed = MixedLoss.Compute(loss, input, torch.arange(Scalars.Of(Rows), torch.ScalarType.Int64), 0.3);

        mixed.Total.Scalar().Should().BeApproximately(plain.Total.Scalar(), 1e-12);
        mixed.Terms.Select(term => term.Key).Should().Equal(plain.Terms.Select(term => term.Key));
        foreach (string name in new[] { LossTerms.Supervised, LossTerms.Unsupervised, LossTerms.Consistency })
        {
            mixed.Term(name).Should().BeApproximately(plain.Term(name), 1e-12, name);
        }
    }

    [Fact]
    public void A_loss_says_what_is_mixed_and_one_of_the_users_own_need_not()
    {
        ITaskLoss own = new OwnLoss();
        own.Mixing.Should().Be(LabelMixing.Losses);
        using ActionUnitLoss units = new();
        ((ITaskLoss)units).Mixing.Should().Be(LabelMixing.Losses);
        using AgreementLoss agreement = new(new ValenceArousalLoss(), new ValenceArousalLoss(), AgreementTargets.SameValues);
        agreement.Mixing.Should().Be(LabelMixing.Values);

        using DisposeScope scope = torch.NewDisposeScope();
        double[] outputs = _random.Normal(Rows, 1), values = _random.Normal(Rows, 1);
        double expected = Enumerable.Range(0, Rows).Average(i =>
            (Lambda * Math.Pow(outputs[i] - values[i], 2)) + ((1 - Lambda) * Math.Pow(outputs[i] - values[Partners[i]], 2)));
        TaskLossResult result = Compute(
            own,
            Matrix(outputs, Rows, 1),
            Matrix(values, Rows, 1),
            torch.ones(Rows, 1, torch.ScalarType.Float64),
            Rows);
        result.Total.Scalar().Should().BeApproximately(expected, 1e-10);
    }

    private static TaskLossResult Compute(
        ITaskLoss loss,
        torch.Tensor outputs,
        torch.Tensor values,
        torch.Tensor mask,
        int valid) => MixedLoss.Compute(
        loss, new() {
            Weak = outputs,
            Values = values,
            Mask = mask,
            Counts = new(valid, 0) }, Indices([.. Partners.Select(p => (long)p)]), Lambda);

    private sealed class OwnLoss : ITaskLoss
    {
        public TaskLossResult Compute(TaskLossInput input) =>
            new(((input.Weak - input.Values).Squared() * input.Mask).sum() / Scalars.Of(input.Counts.ValidEntries), []);
    }
}
