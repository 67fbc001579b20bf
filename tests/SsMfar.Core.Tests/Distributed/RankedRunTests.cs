using SsMfar.Augmentation;
using SsMfar.Data;
using SsMfar.Distributed;
using SsMfar.Metadata;
using SsMfar.Models;
using SsMfar.Randomness;
using SsMfar.Runtime;
using SsMfar.Tests.Training;
using SsMfar.Training;
using TorchSharp;
using TorchSharp.Modules;

namespace SsMfar.Tests.Distributed;

/// <summary>What ranks read, write, exchange and agree on around their steps.</summary>
public sealed class RankedRunTests
{
    private static readonly AffectDataset Validation = TinyFaces.Dataset(70, seed: 2);

    [Fact]
    public async Task A_run_stopped_on_two_ranks_goes_on_with_any_number_of_them()
    {
        static MultiTaskTrainerBuilder Builder() => RankedRuns.Wide(options => options.Epochs = 2);
        TrainingResult whole = (await RankedRuns.FitAsync(1, Builder))[0];
        foreach (int next in new[] { 1, 2, 4 })
        {
            using TemporaryFolder folder = new();
            using CancellationTokenSource stop = new();
            IProcessGroup[] groups = [.. InProcessGroup.Create(2, TimeSpan.FromMinutes(2))];
            Exception[] ends = await Task.WhenAll(groups.Select(group => Record.ExceptionAsync(() => Builder()
                .UseProcessGroup(group)
                .Configure(options => options.Distributed.SynchronizeBatchNorm = true)
                .UseCheckpoints(folder.Path)
                .Build().FitAsync(
                    RankedRuns.Faces,
                    progress: new ProgressRecorder(progress => StopAfter(progress, stop)),
                    cancellationToken: group.Rank == 0 ? stop.Token : CancellationToken.None))));
            ends.Should().AllBeAssignableTo<OperationCanceledException>("a rank that is told to stop tells the others");

            TrainingResult[] resumed = await RankedRuns.FitAsync(
                next, () => Builder().UseCheckpoints(folder.Path, CheckpointMode.Resume));
            resumed.Should().OnlyContain(result => RankedRuns.Difference(result.Model, whole.Model) < 1e-9);
            Array.ForEach(resumed, result => result.Dispose());
        }

        whole.Dispose();

        static void StopAfter(TrainingProgress progress, CancellationTokenSource stop)
        {
            if (progress is StepProgress { Epoch: 2, Step: 1 })
            {
                stop.Cancel();
            }
        }
    }

    [Fact]
    public async Task Rank_0_alone_reports_and_writes()
    {
        using TemporaryFolder folder = new();
        IProcessGroup[] groups = [.. InProcessGroup.Create(2, TimeSpan.FromMinutes(2))];
        ProgressRecorder[] reports = [new(), new()];
        TrainingResult[] results = await Task.WhenAll(groups.Select(group => RankedRuns.Small()
            .UseProcessGroup(group)
            .UseCheckpoints(Path.Combine(folder.Path, $"checkpoints-{group.Rank}"))
            .UseHistoryFile(Path.Combine(folder.Path, $"history-{group.Rank}.jsonl"))
            .Build().FitAsync(RankedRuns.Faces, Validation, reports[group.Rank])));

        Directory.EnumerateFileSystemEntries(folder.Path).Select(Path.GetFileName).Should()
            .BeEquivalentTo("checkpoints-0", "history-0.jsonl");
        reports[0].Steps.Should().HaveCount(3);
        reports[1].Reports.Should().BeEmpty();
        Tiny.ShouldEqual(results[1], results[0]);
        Array.ForEach(results, result => result.Dispose());
    }

    [Fact]
    public async Task Without_shared_statistics_each_rank_normalises_its_own_rows_and_running_ones_are_the_mean_of_all()
    {
        IProcessGroup[] groups = [.. InProcessGroup.Create(2, TimeSpan.FromMinutes(2))];
        TrainingResult[] apart = await Task.WhenAll(groups.Select(group =>
            RankedRuns.Small().UseProcessGroup(group).Build().FitAsync(RankedRuns.Faces)));
        TrainingResult[] together = await RankedRuns.FitAsync(2, () => RankedRuns.Small());

        Tiny.ShouldEqual(apart[1], apart[0]);
        RankedRuns.Difference(apart[0].Model, together[0].Model).Should().BeGreaterThan(1e-3);
        foreach (TrainingResult result in apart.Concat(together))
        {
            result.Dispose();
        }
    }

    [Fact]
    public async Task Custom_views_give_every_rank_the_rows_that_one_process_sees()
    {
        static MultiTaskTrainerBuilder Builder() => RankedRuns.Wide().UseWeakView(_ => new Shaded()).UseStrongView(_ => new Shaded());
        TrainingResult one = (await RankedRuns.FitAsync(1, Builder))[0];
        TrainingResult[] two = await RankedRuns.FitAsync(2, Builder);

        RankedRuns.Difference(two[0].Model, one.Model).Should().BeLessThan(1e-9);
        one.Dispose();
        Array.ForEach(two, result => result.Dispose());
    }

    // In float32 a gradient that is rounding error alone would otherwise be a whole step of Adam's.
    [Theory]
    [InlineData(true, 1e-8, 1e-9)]
    [InlineData(false, 1e-3, 1e-4)]
    public async Task One_strong_view_that_every_rank_passes_counts_once(bool isWide, double epsilon, double tolerance)
    {
        AnnotationSet drawn = TinyFaces.Annotations(200);
        AnnotationSet rows = new(
            [.. drawn.Where(row => row.Expression is not null).Take(31), drawn.First(row => row.Expression is null)],
            drawn.ExpressionClasses);
        AffectDataset faces = new(rows, new TinyFaces.Images());
        MultiTaskTrainerBuilder Builder() => isWide ? RankedRuns.Wide(Configure) : RankedRuns.Small(Configure);
        void Configure(TrainingOptions options)
        {
            (options.Epochs, options.Optimizer.Epsilon) = (3, epsilon);
            options.SemiSupervision.BatchStatistics = BatchStatistics.WeakViews;
        }

        TrainingResult one = (await RankedRuns.FitAsync(1, Builder, training: faces))[0];
        TrainingResult[] two = await RankedRuns.FitAsync(2, Builder, training: faces);

        RankedRuns.Difference(two[0].Model, one.Model).Should().BeLessThan(tolerance);
        one.Dispose();
        Array.ForEach(two, result => result.Dispose());
    }

    [Fact]
    public async Task A_group_of_one_changes_nothing()
    {
        using TrainingResult plain = await RankedRuns.Small().Build().FitAsync(RankedRuns.Faces, Validation);
        using TrainingResult alone = await RankedRuns.Small().UseProcessGroup(InProcessGroup.Create(1)[0]).Build()
            .FitAsync(RankedRuns.Faces, Validation);

        Tiny.ShouldEqual(alone, plain);
    }

    [Fact]
    public async Task Sums_are_the_same_bits_in_buckets_of_any_size_and_keep_each_tensor_s_layout()
    {
        double[][] sums = await Task.WhenAll(InProcessGroup.Create(3).Select(group => Task.Run(() =>
        {
            using DisposeScope scope = torch.NewDisposeScope();
            torch.Tensor[] tensors =
            [
                torch.arange(Scalars.Of(24), torch.ScalarType.Float32).view(1, 2, 3, 4).mul(Scalars.Of(group.Rank + 1)),
                ChannelsLast.Convert(torch.arange(Scalars.Of(24), torch.ScalarType.Float32).view(1, 2, 3, 4))
                    .mul_(Scalars.Of(group.Rank + 1)),
                torch.full([5], Scalars.Of(0.1 * (group.Rank + 1)), torch.ScalarType.Float64),
            ];
            using TensorBuckets buckets = new(group, group.Size * 20);
            buckets.Reduce(tensors, 0.5);
            ChannelsLast.Holds(tensors[1]).Should().BeTrue();
            return tensors.SelectMany(tensor => tensor.to(torch.ScalarType.Float64).reshape(-1).data<double>().ToArray()).ToArray();
        })));

        sums.Should().OnlyContain(rank => rank.SequenceEqual(sums[0]));
        sums[0][..24].Should().Equal(Enumerable.Range(0, 24).Select(i => 3.0 * i));
        sums[0][24..48].Should().Equal(sums[0][..24]);
        sums[0][48].Should().BeApproximately(0.3, 1e-15);
    }

    [Theory]
    [InlineData(32, 11, 4)]
    [InlineData(33, 2, 4)]
    [InlineData(7, 1, 3)]
    [InlineData(8, 0, 2)]
    public void Shares_are_all_rows_once_and_nearly_even(int rows, int strong, int ranks)
    {
        RowShare[] shares = [.. Enumerable.Range(0, ranks).Select(rank => RowShare.Of(rows, strong, rank, ranks, false))];

        shares.SelectMany(share => Enumerable.Range(share.Start, share.Count)).Should().Equal(Enumerable.Range(0, rows));
        shares.SelectMany(share => Enumerable.Range(share.StrongStart, share.StrongCount)).Should().Equal(Enumerable.Range(0, strong));
        (shares.Max(share => share.Count) - shares.Min(share => share.Count)).Should().BeLessThanOrEqualTo(1);
        (shares.Max(share => share.StrongCount) - shares.Min(share => share.StrongCount)).Should().BeLessThanOrEqualTo(1);
    }

    [Theory]
    [InlineData(GradientFormat.Full, 4, false)]
    [InlineData(GradientFormat.BFloat16, 2, false)]
    [InlineData(GradientFormat.Full, 4, true)]
    public async Task A_step_sends_as_many_bytes_as_the_cost_model_says(GradientFormat format, int each, bool overlaps)
    {
        const int Steps = 3, Rows = 32, Outputs = 8 + 2 + 12;
        IProcessGroup[] groups = [.. InProcessGroup.Create(2, TimeSpan.FromMinutes(2))];
        long[] bytes = await Task.WhenAll(groups.Select(group => Task.Run(() =>
        {
            using RunRanks ranks = new(group, new() { GradientFormat = format, OverlapBackward = overlaps });
            MultiTaskTrainer trainer = RankedRuns.Small(o => o.EmaDecay = null).UseProcessGroup(group).Build();
            using TrainingRun run = new TrainingRunFactory(
                trainer.Configuration, Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance, null, ranks: ranks)
                .Create(RankedRuns.Faces, null, CancellationToken.None);
            long parameters = run.State.Model.parameters().Sum(parameter => parameter.numel());
            long statistics = run.State.Model.named_buffers().Where(buffer => buffer.buffer.is_floating_point())
                .Sum(buffer => buffer.buffer.numel());
            using LossAccumulator losses = new();
            int[] order = [.. Enumerable.Range(0, 96)];
            run.State.Model.train();
            int strong = 0;
            long before = ranks.Group.Bytes;
            for (int step = 0; step < Steps; step++)
            {
                int[] rows = order[(step * Rows)..((step + 1) * Rows)];
                int inBatch = rows.Count(run.Step.StrongViews.IsStrong);
                strong += (Rows / 2) + ((inBatch + 1) / 2);
                run.Step.Run([rows], 1, step, step, losses);
                run.Ranks!.Reduce(run.State.Model);
                run.State.Optimizer.Step(1, 0.9, null);
                run.State.Optimizer.ClearGradients();
            }

            (ranks.Group.Bytes - before).Should().Be((((each * parameters) + (4 * statistics)) * Steps) + (4L * Outputs * strong));
            return ranks.Group.Bytes - before;
        })));

        bytes[0].Should().Be(bytes[1]);
    }

    [Fact]
    public Task Statistics_of_each_rank_s_own_become_their_mean() => Task.WhenAll(InProcessGroup.Create(4).Select(group => Task.Run(() =>
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using RunRanks ranks = new(group, new());
        using MultiTaskModel model = Model();
        model.train();
        foreach (NormBase norm in model.modules().OfType<NormBase>())
        {
            norm.running_mean!.fill_(Scalars.Of(1 + (2 * group.Rank)));
            norm.running_var!.fill_(Scalars.Of(3 + group.Rank));
        }

        ranks.Reduce(model);

        torch.Tensor[] means = [.. model.modules().OfType<NormBase>().Select(norm => norm.running_mean!)];
        means.Should().NotBeEmpty().And.OnlyContain(mean => mean.eq(Scalars.Of(4)).all().item<bool>(), "1, 3, 5 and 7");
        model.modules().OfType<NormBase>().Should()
            .OnlyContain(norm => norm.running_var!.eq(Scalars.Of(4.5)).all().item<bool>(), "3, 4, 5 and 6");
    })));

    [Fact]
    public async Task Evaluation_that_ranks_share_gives_every_rank_the_outputs_of_one_process_bit_for_bit()
    {
        int[][] batches = [.. Enumerable.Range(0, 150).Chunk(64)];
        torch.Tensor[] inputs = [.. batches.Select(batch => torch.rand([batch.Length, 3, 32, 32]))];
        torch.Tensor Input(int[] rows) => inputs[rows[0] / 64];
        using MultiTaskModel model = Model();
        byte[][] expected = [.. batches.Select(Expected)];

        byte[][][] shared = await Task.WhenAll(InProcessGroup.Create(2).Select(group => Task.Run(() =>
        {
            using DisposeScope scope = torch.NewDisposeScope();
            using var inference = torch.inference_mode();
            using RunRanks ranks = new(group, new());
            using MultiTaskModel own = Model();
            List<byte[]> outputs = [];
            SharedEvaluation.Run(own, batches, Input, ranks, (_, found) => outputs.Add(Bytes(found)), CancellationToken.None);
            return outputs.ToArray();
        })));

        shared.Should().OnlyContain(rank => rank.Length == 3 && rank.Zip(expected, (x, y) => x.SequenceEqual(y)).All(same => same));
        Array.ForEach(inputs, input => input.Dispose());

        byte[] Expected(int[] batch)
        {
            using DisposeScope scope = torch.NewDisposeScope();
            return Bytes(model.call(Input(batch)));
        }

        static byte[] Bytes(TaskOutputs outputs) =>
            [.. outputs.Names.SelectMany(task => outputs[task].detach().contiguous().bytes.ToArray())];
    }

    private static MultiTaskModel Model()
    {
        RandomKey key = RandomKey.FromSeed(1);
        var backbone = new RankedRuns.ShortBackbone(key, torch.ScalarType.Float32);
        var model = new MultiTaskModel(
            backbone,
            new FeatureProcessing(0, false),
            new Dictionary<string, ITaskHead> { ["expression"] = new LinearHead(16, 8, key) });
        model.eval();
        return model;
    }

    /// <summary>A custom view: a shade that is drawn for each row.</summary>
    private sealed class Shaded : IAugmentation
    {
        public torch.Tensor Apply(torch.Tensor pixels, RandomKey key)
        {
            float[] shades = [.. Enumerable.Range(0, (int)pixels.size(0)).Select(row =>
            {
                RandomSource random = key.Fold(row).ToSource();
                return random.NextSingle(0.2f, 0.9f);
            })];
            return pixels * Transfers.ToDevice(shades, [shades.Length, 1, 1, 1], torch.CPU);
        }
    }
}
