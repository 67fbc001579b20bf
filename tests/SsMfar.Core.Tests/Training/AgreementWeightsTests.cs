using SsMfar.Data;
using SsMfar.Losses;
using SsMfar.Metadata;
using SsMfar.Models;
using SsMfar.Runtime;
using SsMfar.Tasks;
using SsMfar.Training;
using TorchSharp;

namespace SsMfar.Tests.Training;

/// <summary>
/// What the agreement of SSP-MFAR-SA weighs by: class weights, which section 2.6 has in CE_u; no unit weights, which the targets, the
/// model's own decisions under those very weights, hold already; and no lambda.
/// </summary>
public sealed class AgreementWeightsTests
{
    private static readonly AnnotationSet Annotations = TinyFaces.Annotations(60);

    [Theory]
    [InlineData("paper")]
    [InlineData("published")]
    [InlineData("recommended")]
    public void Units_agree_by_plain_binary_cross_entropy(string recipe)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor weak = Outputs(1, ActionUnits.Count), strong = Outputs(2, ActionUnits.Count);

        double agreement = Agreement(recipe, AffectTaskNames.ActionUnits, weak, strong);

        double[] w = Host(weak), s = Host(strong);
        w.Should().Contain(value => value > 0).And.Contain(value => value < 0);
        agreement.Should().BeApproximately(w.Zip(s, (a, b) => Math.Log(1 + Math.Exp(a > 0 ? -b : b))).Average(), 1e-5);
    }

    [Theory]
    [InlineData("paper", 1, 1)]
    [InlineData("published", 1, 1)]
    [InlineData("recommended", 0.5, 8)]
    public void Expressions_agree_by_class_weighted_cross_entropy(string recipe, double power, double classes)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor weak = Outputs(3, 8), strong = Outputs(4, 8);

        double agreement = Agreement(recipe, AffectTaskNames.Expression, weak, strong);

        AnnotationStatistics statistics = Annotations.Statistics;
        double labelled = statistics.Rows - statistics.InvalidExpression;
        double[][] w = Rows(weak, 8), s = Rows(strong, 8);
        double[] losses =
        [
            .. w.Zip(s, (a, b) =>
            {
                int target = Array.IndexOf(a, a.Max());
                double weight = Math.Pow(labelled / statistics.ExpressionCounts[target] / classes, power);
                return weight * (Math.Log(b.Sum(Math.Exp)) - b[target]);
            }),
        ];
        agreement.Should().BeApproximately(losses.Average(), 1e-4);
    }

    // What the strong views add to the total, with a weight of 1 in every recipe.
    private static double Agreement(string recipe, string task, torch.Tensor weak, torch.Tensor strong)
    {
        TrainingOptions options = TrainingRecipe.Parse(recipe).Create();
        SsMfarVariant.SspMfarStrongAgreement.Apply(options);
        ITaskLoss loss = BuiltInTasks.Create(
            task, options, Annotations.ExpressionClasses, Annotations.Units, Annotations.Units, hasPolicy: false)
            .Loss(new(Annotations, 4, default));
        int rows = (int)weak.size(0), width = task == AffectTaskNames.Expression ? 1 : (int)weak.size(1);
        TaskLossInput input = new()
        {
            Weak = weak,
            Values = torch.zeros(rows, width),
            Mask = torch.zeros(rows, width),
            Counts = new(0, rows),
            Strong = new(strong, torch.arange(Scalars.Of(rows)), null),
        };
        TaskLossResult result = loss.Compute(input);
        double total = result.Total.item<float>();
        result.Terms.Single(term => term.Key == LossTerms.Unsupervised).Value.item<float>().Should().BeApproximately((float)total, 1e-6f);
        (loss as IDisposable)?.Dispose();
        return total;
    }

    private static torch.Tensor Outputs(ulong seed, int width)
    {
        using var generator = new torch.Generator(seed);
        return torch.empty(6, width).normal_(0, 2, generator);
    }

    private static double[] Host(torch.Tensor tensor) => [.. tensor.data<float>().Select(value => (double)value)];

    private static double[][] Rows(torch.Tensor tensor, int width) => [.. Host(tensor).Chunk(width)];
}
