using System.Collections.Immutable;
using SsMfar.Data;
using SsMfar.SemiSupervised;
using SsMfar.Tests.Training;
using SsMfar.Training;

namespace SsMfar.Tests.Distributed;

/// <summary>Ranks that share batches of 32 learn what one process learns from them, step by step.</summary>
public sealed class RankedTrainingTests
{
    private static readonly AffectDataset Validation = TinyFaces.Dataset(70, seed: 2);

    public static TheoryData<string, Action<TrainingOptions>> Methods => new()
    {
        { "recommended", _ => { } },
        { "clipped, without an average", o => (o.GradientClipNorm, o.EmaDecay) = (0.1, null) },
        { "mixed rows", o => (o.Mixup.Alpha, o.Mixup.Share) = (0.4, 1) },
        { "weak views apart", o => o.SemiSupervision.BatchStatistics = BatchStatistics.WeakViews },
        { "running statistics", o => o.SemiSupervision.BatchStatistics = BatchStatistics.Running },
        { "learned balance", o => o.Balancing.Kind = TaskBalancingKind.Uncertainty },
        { "thresholds of this batch", o => o.SemiSupervision.Threshold.Update = ThresholdUpdate.ThisBatch },
        { "two micro-batches", o => (o.BatchSize, o.AccumulationSteps) = (16, 2) },
        { "FlexMatch", o => o.SemiSupervision.Policy = PseudoLabelPolicyKind.FlexMatch },
        {
            "FreeMatch, aligned", o =>
            {
                o.SemiSupervision.Policy = PseudoLabelPolicyKind.FreeMatch;
                o.SemiSupervision.Alignment.Target = AlignmentTarget.LabelledRows;
            }
        },
        { "SoftMatch", o => o.SemiSupervision.Policy = PseudoLabelPolicyKind.SoftMatch },
        {
            "every task, taught by the average", o =>
            {
                o.SemiSupervision.Teacher = PseudoLabelTeacher.Average;
                o.SemiSupervision.Tasks = UnlabelledTasks.Expression | UnlabelledTasks.ValenceArousal | UnlabelledTasks.ActionUnits;
            }
        },
    };

    [Theory]
    [MemberData(nameof(Methods))]
    public async Task Losses_weights_and_thresholds_are_those_of_one_process(string method, Action<TrainingOptions> configure)
    {
        _ = method;
        TrainingResult[] one = await RankedRuns.FitAsync(1, () => RankedRuns.Wide(configure));
        foreach (int ranks in new[] { 2, 4 })
        {
            TrainingResult[] several = await RankedRuns.FitAsync(ranks, () => RankedRuns.Wide(configure));

            foreach (TrainingResult result in several)
            {
                RankedRuns.Difference(result.Model, one[0].Model).Should().BeLessThan(1e-9);
                Differences(result.History[0].Losses, one[0].History[0].Losses).Should().OnlyContain(error => error < 1e-9);
                result.History[0].Policy.SelectMany(entry => entry.Value.Zip(
                    one[0].History[0].Policy[entry.Key], (x, y) => Math.Abs(x - y))).Should().OnlyContain(error => error < 1e-9);
                Differences(result.History[0].Losses, one[0].History[0].Losses, "valence_arousal.supervised").Should()
                    .OnlyContain(error => error < 1e-12);
                result.Dispose();
            }
        }

        one[0].Dispose();
    }

    [Fact]
    public async Task In_float32_the_same_holds_to_its_precision_and_so_does_the_best_epoch()
    {
        // A gradient that is rounding error alone would otherwise be a whole step of Adam's.
        static MultiTaskTrainerBuilder Builder() =>
            RankedRuns.Small(options => (options.Epochs, options.Optimizer.Epsilon) = (2, 1e-3));
        TrainingResult[] one = await RankedRuns.FitAsync(1, Builder, Validation);
        TrainingResult[] two = await RankedRuns.FitAsync(2, Builder, Validation);

        RankedRuns.Difference(two[0].Model, one[0].Model).Should().BeLessThan(1e-4);
        two[0].BestEpoch.Should().Be(one[0].BestEpoch);
        two[0].History.Select(epoch => epoch.Evaluation!.Score!.Value).Zip(
            one[0].History.Select(epoch => epoch.Evaluation!.Score!.Value), (x, y) => Math.Abs(x - y)).Should()
            .OnlyContain(error => error < 1e-3);
        Tiny.ShouldEqual(two[1], two[0]);
        foreach (TrainingResult result in one.Concat(two))
        {
            result.Dispose();
        }
    }

    private static IEnumerable<double> Differences(
        ImmutableSortedDictionary<string, double> some, ImmutableSortedDictionary<string, double> others, string? term = null)
    {
        some.Keys.Should().BeEquivalentTo(others.Keys);
        return some.Where(entry => term is null || entry.Key == term).Select(entry => Math.Abs(entry.Value - others[entry.Key]));
    }
}
