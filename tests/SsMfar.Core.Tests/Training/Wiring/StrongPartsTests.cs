using SsMfar.Data;
using SsMfar.Losses;
using SsMfar.Metadata;
using SsMfar.Models;
using SsMfar.Randomness;
using SsMfar.Runtime;
using SsMfar.SemiSupervised;
using SsMfar.Tests.SemiSupervised;
using SsMfar.Training;
using TorchSharp;

namespace SsMfar.Tests.Training.Wiring;

/// <summary>Which strong views a step shows to which task, from which epoch on, and by which statistics they are normalised.</summary>
public sealed class StrongPartsTests
{
    // Of WiringSet: rows without an expression, and rows without valence and arousal. Units ask for no row, though eight lack theirs.
    private static readonly Dictionary<string, (int First, int Count, int Width)> Lacking = new()
    {
        [AffectTaskNames.Expression] = (24, 8, 1),
        [AffectTaskNames.ValenceArousal] = (20, 8, 2),
        [AffectTaskNames.ActionUnits] = (0, 0, 12),
    };

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task A_task_sees_the_rows_that_it_asked_for_and_counts_them_over_the_step(int warmUpEpochs)
    {
        Dictionary<string, Seen> seen = Lacking.Keys.ToDictionary(task => task, _ => new Seen());
        MultiTaskTrainerBuilder builder = Tiny.Builder(options =>
            {
                (options.Epochs, options.BatchSize, options.AccumulationSteps) = (2, 16, 2);
                options.SemiSupervision.RampUp.WarmUpEpochs = warmUpEpochs;
            })
            .UseVariant(SsMfarVariant.SsMfarAllTasks).AllowUnusedOptions().UseSampler(_ => new EvenThenOdd());
        foreach ((string task, (int _, int count, int _)) in Lacking)
        {
            builder.UseLoss(task, _ => seen[task]).UsePseudoLabelPolicy(task, _ => new Asks(seen[task], anything: count > 0));
        }

        (await builder.Build().FitAsync(WiringSet.Dataset)).Dispose();

        int[] learning = [.. Enumerable.Range(1, 2).Where(epoch => epoch > warmUpEpochs)];
        foreach ((string task, (int first, int count, int width)) in Lacking)
        {
            // A step an epoch, of two micro-batches with half of the rows each.
            seen[task].Asked.Select(asked => (asked.Epoch, asked.Rows.Length))
                .Should().Equal(learning.SelectMany(epoch => Enumerable.Repeat((epoch, count / 2), count == 0 ? 0 : 2)), task);
            long[] lacking = [.. Enumerable.Range(first, count).Select(row => (long)row)];
            seen[task].Asked.GroupBy(asked => asked.Epoch)
                .All(epoch => epoch.SelectMany(asked => asked.Rows).Order().SequenceEqual(lacking)).Should().BeTrue(task);
            seen[task].Losses.Should().Equal(Enumerable.Range(1, 2).SelectMany(epoch => Enumerable.Repeat(
                epoch > warmUpEpochs && count > 0 ? ((long?)count / 2, count, count * width) : (null, 0, 0), 2)), task);
        }
    }

    /// <summary>Strong views that equal the weak ones are normalised alike by their own batch, and not by the running statistics.</summary>
    [Theory]
    [InlineData(BatchStatistics.WeakViews, true)]
    [InlineData(BatchStatistics.Running, false)]
    public async Task Strong_views_apart_are_normalised_as_the_option_says(BatchStatistics statistics, bool alike)
    {
        var heads = new List<FeatureHead>();
        MultiTaskTrainer trainer = Tiny.Builder(options =>
            {
                (options.Epochs, options.Heads.Dropout, options.EmaDecay) = (1, 0, null);
                options.SemiSupervision.BatchStatistics = statistics;
            })
            .UseHead(AffectTaskNames.ValenceArousal, _ =>
            {
                heads.Add(new(2));
                return heads[^1];
            })
            .UsePseudoLabelPolicy(AffectTaskNames.Expression, _ => new ChosenRows(_ => true, everyRow: true))
            .UseWeakView(_ => new Unchanged())
            .UseStrongView(_ => new Unchanged())
            .Build();

        (await trainer.FitAsync(WiringSet.Dataset)).Dispose();

        float[][][] passes = [.. heads.First(head => head.Seen.Count > 0).Seen.Select(pass => pass.Features)];
        passes.Should().HaveCount(2 * 2, "two steps, each with a pass for weak views and one for strong");
        double difference = passes[0].Zip(passes[1], (weak, strong) => weak.Zip(strong, (w, s) => Math.Abs(w - s)).Max()).Max();
        (difference < 1e-5).Should().Be(alike, $"they differ by {difference}");
    }

    private sealed class EvenThenOdd : ISampler
    {
        public int[] Sample(AnnotationSet annotations, RandomKey key) =>
            [.. Enumerable.Range(0, annotations.Count).OrderBy(row => row % 2).ThenBy(row => row)];
    }

    /// <summary>What a task was shown: by its policy, and by its loss, which teaches nothing.</summary>
    private sealed class Seen : ITaskLoss
    {
        public List<(int Epoch, long[] Rows)> Asked { get; } = [];

        /// <summary>Of each call, how many strong views came, and what the counts say of them.</summary>
        public List<(long? Views, int StrongRows, int UnlabelledEntries)> Losses { get; } = [];

        public TaskLossResult Compute(TaskLossInput input)
        {
            Losses.Add((input.Strong?.Rows.size(0), input.Counts.StrongRows, input.Counts.UnlabelledEntries));
            return new((input.Weak * Scalars.Of(0)).sum().Plus(1), []);
        }
    }

    private sealed class Asks(Seen seen, bool anything) : QuietPolicy, IPseudoLabelPolicy
    {
        public bool NeedsStrongView(ReadOnlySpan<bool> known) => anything && known.Contains(false);

        public override PseudoLabels Assign(PolicyBatch strong)
        {
            seen.Asked.Add((strong.Epoch, [.. strong.RowIds.data<long>()]));
            return new(strong.Predictions, torch.ones_like(strong.Predictions));
        }
    }
}
