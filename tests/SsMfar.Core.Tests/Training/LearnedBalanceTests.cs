using SsMfar.Data;
using SsMfar.Losses;
using SsMfar.Metadata;
using SsMfar.Models;
using SsMfar.Randomness;
using SsMfar.Runtime;
using SsMfar.SemiSupervised;
using SsMfar.Tasks;
using SsMfar.Training;
using TorchSharp;

namespace SsMfar.Tests.Training;

/// <summary>Learned balancing through a trainer: only what was taught moves a task's weight, whatever the loss.</summary>
public sealed class LearnedBalanceTests
{
    private const int BatchSize = 8;
    private const int Visited = 4 * BatchSize;
    private const string ValenceArousalWeight = "balancing.valence_arousal";

    [Theory]
    [InlineData(1, 0, false)]
    [InlineData(2, 0, false)]
    [InlineData(1, 1, false)]
    [InlineData(2, 1, false)]
    [InlineData(1, 2, true)]
    [InlineData(2, 2, true)]
    public async Task A_micro_batch_with_one_valence_and_arousal_label_moves_no_weight(int accumulation, int known, bool moves)
    {
        double weight = await WeightAfterTraining(known, accumulation, _ => new ValenceArousalLoss());

        (weight != 1).Should().Be(moves, "a correlation of fewer than two rows says nothing of the task");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_loss_of_the_users_own_says_whether_it_taught(bool taught)
    {
        double weight = await WeightAfterTraining(known: BatchSize, accumulation: 2, _ => new Silent(taught));

        // Of a loss of 0 that counts as learned the uncertainty falls, and the weight rises.
        (weight > 1).Should().Be(taught);
        (weight == 1).Should().Be(!taught);
    }

    [Theory]
    [InlineData(0f, false)]
    [InlineData(1f, true)]
    public async Task A_loss_made_of_a_function_learns_nothing_from_rows_of_weight_0(float weight, bool moves)
    {
        // The last row, which no epoch visits, weighs 1.
        AnnotationSet rows = new(
            TinyFaces.Annotations(Visited + 1).Select((row, i) => row with { Extra = new[] { i == Visited ? 1 : weight } }),
            extraColumns: [AnnotationSet.WeightColumn]);
        ITaskLoss loss = TaskLoss.From((outputs, values, mask, counts) =>
            ((outputs - values).Squared() * mask).sum() / Scalars.Of(Math.Max(1, counts.ValidEntries)));

        using TrainingResult result = await Builder(accumulation: 1).UseLoss(AffectTaskNames.ActionUnits, _ => loss)
            .Build().FitAsync(new(rows, new TinyFaces.Images()));

        (result.History[^1].Losses["balancing.action_units"] != 1).Should().Be(moves);
    }

    // Every row has a strong view, and none that is visited a label.
    [Theory]
    [InlineData(SemiSupervisionMode.Agreement)]
    [InlineData(SemiSupervisionMode.PseudoLabels)]
    public async Task A_loss_of_labels_alone_learns_nothing_from_strong_views(SemiSupervisionMode mode)
    {
        AnnotationSet complete = TinyFaces.Annotations(Visited + 1);
        var rows = complete.Select((row, i) => row with
        {
            ActionUnits = i == Visited ? complete[0].ActionUnits : ActionUnitLabels.Unknown,
        });
        MultiTaskTrainerBuilder builder = Builder(accumulation: 1, mode).UseLoss(AffectTaskNames.ActionUnits, _ => new ActionUnitLoss());
        builder = mode == SemiSupervisionMode.Agreement ? builder
            : builder.UsePseudoLabelPolicy(AffectTaskNames.ActionUnits, _ => new UnitThresholdPolicy(ActionUnits.Count));

        using TrainingResult result = await builder.Build().FitAsync(new(new AnnotationSet(rows), new TinyFaces.Images()));

        result.History[^1].Losses["balancing.action_units"].Should().Be(1);
    }

    // Every micro-batch of eight rows has so many rows with valence and arousal.
    private static async Task<double> WeightAfterTraining(int known, int accumulation, Func<TaskContext, ITaskLoss> loss)
    {
        // One row more, with a label that makes it a task, which no epoch visits.
        AnnotationSet complete = TinyFaces.Annotations(Visited + 1);
        var rows = complete.Select((row, i) => row with
        {
            ValenceArousal = i == Visited || i % BatchSize < known ? new(0.8f - (0.2f * (i % BatchSize)), 0.5f * (i % 2)) : null,
        });
        using TrainingResult result = await Builder(accumulation).UseLoss(AffectTaskNames.ValenceArousal, loss)
            .Build().FitAsync(new(new AnnotationSet(rows), new TinyFaces.Images()));
        return result.History[^1].Losses[ValenceArousalWeight];
    }

    private static MultiTaskTrainerBuilder Builder(
        int accumulation, SemiSupervisionMode mode = SemiSupervisionMode.None) => Tiny.Builder(options =>
    {
        options.SemiSupervision.Mode = mode;
        options.BatchSize = BatchSize;
        options.AccumulationSteps = accumulation;
        options.Epochs = 3;
        options.Balancing.Kind = TaskBalancingKind.Uncertainty;
    }).UseVariant(SsMfarVariant.Mfar).UseSampler(_ => new InOrder());

    private sealed class InOrder : ISampler
    {
        public int[] Sample(AnnotationSet annotations, RandomKey key) => [.. Enumerable.Range(0, Visited)];
    }

    /// <summary>A loss of exactly 0, and what it says of itself.</summary>
    private sealed class Silent(bool taught) : ITaskLoss
    {
        public TaskLossResult Compute(TaskLossInput input) =>
            new((input.Weak * Scalars.Of(0)).sum(), []) { LearnedShare = torch.full([], Scalars.Of(taught ? 1f : 0f)) };
    }
}
