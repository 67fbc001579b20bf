using System.Text.Json;
using SsMfar.Losses;
using SsMfar.Runtime;
using SsMfar.SemiSupervised;
using TorchSharp;
using static SsMfar.Tests.Losses.LossTestData;

namespace SsMfar.Tests.Losses;

/// <summary>The built-in losses against the numbers of the PyTorch reference, value and gradient.</summary>
public sealed class GoldenLossTests
{
    [Theory]
    [InlineData(torch.ScalarType.Float64, 1e-9)]
    [InlineData(torch.ScalarType.Float32, 1e-4)]
    public void Every_case_agrees_in_value_and_gradient(torch.ScalarType type, double tolerance)
    {
        JsonElement[] cases = GoldenCases("losses.json");
        cases.Should().NotBeEmpty();
        foreach (JsonElement item in cases)
        {
            using DisposeScope scope = torch.NewDisposeScope();
            Check(item, type, tolerance);
        }
    }

    private static void Check(JsonElement item, torch.ScalarType type, double tolerance)
    {
        torch.Tensor weak = Matrix(item.GetProperty("weak_logits"), type, gradient: true);
        torch.Tensor strongOfAll = Matrix(item.GetProperty("strong_logits_all_rows"), type, gradient: true);
        torch.Tensor units = Matrix(item.GetProperty("au_logits"), type, gradient: true);
        torch.Tensor affect = Matrix(item.GetProperty("va"), type, gradient: true);

        TaskLossResult expression = Expression(item, weak, strongOfAll);
        using ActionUnitLoss unitLoss = new(Doubles(item.GetProperty("au_pos_weights")));
        TaskLossResult actionUnits = unitLoss.Compute(Labelled(units, Doubles(item.GetProperty("au")), invalid: -1));
        TaskLossResult valenceArousal = new ValenceArousalLoss().Compute(
            Labelled(affect, Doubles(item.GetProperty("va_labels")), invalid: -5));
        torch.Tensor total = expression.Total.Plus(actionUnits.Total).Plus(valenceArousal.Total);
        total.backward();

        JsonElement expected = item.GetProperty("expected");
        foreach ((string name, double actual) in new[]
        {
            ("supervised", expression.Term(LossTerms.Supervised)),
            ("unsupervised", expression.Term(LossTerms.Unsupervised)),
            ("consistency", expression.Term(LossTerms.Consistency)),
            ("expression", expression.Total.Scalar()),
            ("action_units", actionUnits.Total.Scalar()),
            ("valence_arousal", valenceArousal.Total.Scalar()),
            ("total", total.Scalar()),
        })
        {
            new[] { actual }.ShouldBeClose([expected.GetProperty(name).GetDouble()], tolerance, name);
        }

        weak.Gradient().ShouldBeClose(Doubles(item.GetProperty("grad_weak")), tolerance, "grad_weak");
        strongOfAll.Gradient().ShouldBeClose(Doubles(item.GetProperty("grad_strong")), tolerance, "grad_strong");
        units.Gradient().ShouldBeClose(Doubles(item.GetProperty("grad_au")), tolerance, "grad_au");
        affect.Gradient().ShouldBeClose(Doubles(item.GetProperty("grad_va")), tolerance, "grad_va");
    }

    private static TaskLossResult Expression(JsonElement item, torch.Tensor weak, torch.Tensor strongOfAll)
    {
        double[] labels = Doubles(item.GetProperty("expression"));
        long[] unlabelled = [.. Enumerable.Range(0, labels.Length).Where(i => labels[i] < 0)];
        StrongViews? strong = null;
        if (unlabelled.Length > 0)
        {
            torch.Tensor rows = Indices(unlabelled);
            torch.Tensor thresholds = Vector(Doubles(item.GetProperty("thresholds")));
            PseudoLabels pseudoLabels = PseudoLabelSplit.ByThreshold(
                weak.index_select(0, rows).softmax(1), thresholds, ThresholdComparison.Greater);
            pseudoLabels.Targets.Host().Should().Equal(Doubles(item.GetProperty("pseudo_labels")));
            pseudoLabels.Confidence.Host().Should().Equal(Doubles(item.GetProperty("confident")));
            strong = new(strongOfAll.index_select(0, rows), rows, pseudoLabels);
        }

        using CategoricalTaskLoss loss = new(ExpressionLossWeights.Paper, Doubles(item.GetProperty("class_weights")));
        TaskLossInput labelled = Labelled(weak, labels, invalid: -1);
        return loss.Compute(labelled with { Strong = strong, Counts = new(labelled.Counts.ValidEntries, unlabelled.Length) });
    }

    // As the trainer gives them: float32, 0 where unknown, with a mask.
    private static TaskLossInput Labelled(torch.Tensor outputs, double[] labels, double invalid)
    {
        int rows = (int)outputs.size(0);
        int width = labels.Length / rows;
        return new()
        {
            Weak = outputs,
            Values = Matrix([.. labels.Select(v => v == invalid ? 0 : v)], rows, width, outputs.dtype),
            Mask = Matrix([.. labels.Select(v => v == invalid ? 0.0 : 1.0)], rows, width, torch.ScalarType.Float32),
            Counts = new(labels.Count(v => v != invalid), 0),
        };
    }
}
