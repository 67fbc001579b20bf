using SsMfar.Distributed;
using SsMfar.Kernels.Marks;
using SsMfar.Metadata;
using SsMfar.Models;
using SsMfar.Randomness;
using SsMfar.Runtime;
using SsMfar.SemiSupervised;
using SsMfar.Tests.Training;
using SsMfar.Training;
using TorchSharp;

namespace SsMfar.Tests.Distributed;

/// <summary>How gradients go between ranks: in bfloat16, and while the backward pass goes on.</summary>
public sealed class GradientExchangeTests
{
    public static TheoryData<string, Action<TrainingOptions>> Steps => new()
    {
        { "recommended", _ => { } },
        { "norms apart", o => o.Distributed.SynchronizeBatchNorm = false },
        { "two passes a step", o => o.SemiSupervision.BatchStatistics = BatchStatistics.WeakViews },
        { "two micro-batches", o => (o.BatchSize, o.AccumulationSteps) = (8, 2) },
        { "small buckets in bfloat16", o => (o.Distributed.BucketMegabytes, o.Distributed.GradientFormat) = (1, GradientFormat.BFloat16) },
        { "a frozen backbone at first", o => (o.Epochs, o.Optimizer.FrozenBackboneEpochs) = (2, 1) },
    };

    [Theory]
    [MemberData(nameof(Steps))]
    public async Task Sums_during_the_backward_pass_are_the_bits_of_those_after_it(string steps, Action<TrainingOptions> configure)
    {
        _ = steps;
        TrainingResult[] after = await FitAsync(o => configure(o));
        TrainingResult[] meanwhile = await FitAsync(o =>
        {
            configure(o);
            o.Distributed.OverlapBackward = true;
        });

        Tiny.ShouldEqual(meanwhile[0], after[0]);
        Tiny.ShouldEqual(meanwhile[1], after[0]);
        Array.ForEach([.. after, .. meanwhile], result => result.Dispose());
    }

    [Fact]
    public async Task A_group_without_a_second_channel_sums_after_the_pass()
    {
        TrainingResult[] after = await FitAsync(_ => { });
        TrainingResult[] asked = await FitAsync(o => o.Distributed.OverlapBackward = true, group => new Plain(group));

        Tiny.ShouldEqual(asked[1], after[1]);
        Array.ForEach([.. after, .. asked], result => result.Dispose());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Whole_parts_are_on_their_way_before_the_step_asks_for_their_sums(bool overlaps)
    {
        IProcessGroup[] groups = [.. InProcessGroup.Create(2, TimeSpan.FromMinutes(2))];
        await Task.WhenAll(groups.Select(group => Task.Run(() =>
        {
            Watched watched = new(group);
            using RunRanks ranks = new(watched, new() { OverlapBackward = overlaps, BucketMegabytes = 1000 });
            using TrainingRun run = Run(ranks, watched);
            using LossAccumulator losses = new();
            run.State.Model.train();
            int before = watched.OwnSums;
            run.Step.Run([[.. Enumerable.Range(0, 16)]], 1, 0, 0, losses);

            // The heads and two stages; the stem has its last gradients when the pass is over.
            SpinWait.SpinUntil(() => watched.ChannelSums == (overlaps ? 3 : 0), TimeSpan.FromMinutes(1)).Should().BeTrue();
            ranks.Reduce(run.State.Model);
            (watched.ChannelSums, watched.OwnSums - before).Should().Be(overlaps ? (4, 1) : (0, 5), "batch statistics are summed as ever");
        })));
    }

    [Fact]
    public void A_part_has_all_of_its_gradients_when_its_mark_is_passed_and_what_comes_before_it_has_none()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using ResNet network = new(18, RandomKey.FromSeed(1));
        Recorder recorder = new(network);
        torch.Tensor input = torch.rand([4, 3, 32, 32]);
        using (GradientMark.Listen(recorder))
        {
            // Two passes, as those of weak and strong views: a part is complete after both.
            network.call(input).sum().PlusInPlace(network.call(input.neg()).Squared().sum()).backward();
        }

        recorder.Passes.Should().Equal(
            ["layer4", "layer3", "layer2", "layer4", "layer3", "layer2"], "the later pass goes back first");
        Dictionary<string, float[]> whole = Gradients(network);
        string[] stages = ["layer2", "layer3", "layer4"];
        for (int pass = 3; pass < 6; pass++)
        {
            string stage = recorder.Passes[pass];
            foreach ((string name, float[] gradient) in recorder.Seen[pass]
                .Where(entry => entry.Key.StartsWith(stage, StringComparison.Ordinal)))
            {
                gradient.Should().Equal(whole[name], name);
            }

            string[] before = ["conv1", "bn1", "layer1", .. stages[..Array.IndexOf(stages, stage)]];
            recorder.Seen[pass].Where(entry => before.Any(part => entry.Key.StartsWith(part + '.', StringComparison.Ordinal)))
                .Should().OnlyContain(entry => !entry.Value.SequenceEqual(whole[entry.Key]));
        }

        network.call(input).sum().backward();
        recorder.Passes.Should().HaveCount(6, "nobody listens any more");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_built_in_network_inside_of_a_custom_backbone_is_summed_with_it(bool overlaps)
    {
        float[][] gradients = await Task.WhenAll(InProcessGroup.Create(2, TimeSpan.FromMinutes(2)).Select(group => Task.Run(() =>
        {
            using DisposeScope scope = torch.NewDisposeScope();
            using MultiTaskModel model = new(
                new Around(), new(), [new("age", new LinearHead(512, 1, RandomKey.FromSeed(2)))]);
            using CountedGroup counted = new(group);
            using GradientExchange exchange = new(counted, model, new() { OverlapBackward = overlaps });
            torch.Tensor images = Models.Build.Images(3, 32, (ulong)group.Rank + 1);
            using (GradientMark.Listen(exchange))
            {
                using TaskOutputs outputs = model.call(images);
                outputs["age"].sum().backward();
            }

            exchange.Finish();
            return model.Backbone.Module.parameters().First().grad!.reshape(-1).data<float>().ToArray();
        })));

        gradients[0].Should().Contain(value => value != 0);
        gradients[1].Should().Equal(gradients[0]);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(8)]
    public async Task Sums_in_bfloat16_are_within_their_bound_and_the_same_bits_on_every_rank(int size)
    {
        const int Numbers = 4001;
        float[][] addends = [.. Enumerable.Range(0, size).Select(rank =>
        {
            Random random = new(rank);
            return Enumerable.Range(0, Numbers)
                .Select(_ => (float)((random.NextDouble() - 0.5) * Math.Pow(10, random.Next(-6, 3)))).ToArray();
        })];
        float[][] sums = await Task.WhenAll(InProcessGroup.Create(size).Select(group => Task.Run(() =>
        {
            using DisposeScope scope = torch.NewDisposeScope();
            torch.Tensor[] tensors =
                [torch.tensor(addends[group.Rank][..1000]).view(10, 100).t(), torch.tensor(addends[group.Rank][1000..])];
            using TensorBuckets buckets = new(group, 4000, torch.ScalarType.BFloat16);
            buckets.Reduce(tensors);
            return tensors[0].t().reshape(-1).data<float>().Concat(tensors[1].data<float>()).ToArray();
        })));

        sums.Should().OnlyContain(rank => rank.SequenceEqual(sums[0]));
        double[] errors = [.. Enumerable.Range(0, Numbers).Select(i =>
            Math.Abs(sums[0][i] - addends.Sum(rank => (double)rank[i])) / addends.Sum(rank => Math.Abs((double)rank[i])))];

        // Each addend and the sum are rounded to 8 bits: 2u + u², u = 2^-8.
        errors.Max().Should().BeInRange(1e-3, 0.0079);
    }

    [Fact]
    public async Task Ranks_that_exchange_bfloat16_hold_the_same_weights_close_to_those_of_float32()
    {
        // A gradient of rounding errors would otherwise be a whole step of Adam's.
        static void Coarse(TrainingOptions options) => options.Optimizer.Epsilon = 1e-3;
        TrainingResult[] wide = await FitAsync(Coarse);
        TrainingResult[] narrow = await FitAsync(o =>
        {
            Coarse(o);
            o.Distributed.GradientFormat = GradientFormat.BFloat16;
        });

        Tiny.ShouldEqual(narrow[1], narrow[0]);
        RankedRuns.Difference(narrow[0].Model, wide[0].Model).Should().BeInRange(1e-9, 1e-2);
        Array.ForEach([.. wide, .. narrow], result => result.Dispose());
    }

    [Fact]
    public async Task A_channel_has_an_order_of_its_own_and_ends_with_its_group()
    {
        IProcessGroup[] groups = [.. InProcessGroup.Create(2, TimeSpan.FromMinutes(2))];
        IProcessGroup[] channels = [.. groups.Select(group => group.OpenChannel(() => false)!)];
        using torch.Tensor one = torch.ones(3), two = torch.ones(3);
        Task[] sums = [Task.Run(() => channels[0].AllReduce(one)), Task.Run(() => channels[1].AllReduce(two))];
        await Task.WhenAll(groups.Select(group => Task.Run(group.Barrier)));
        await Task.WhenAll(sums);
        one.data<float>().Should().Equal(2, 2, 2);

        Task waiting = Task.Run(channels[0].Barrier);
        groups[1].Abort(new InvalidOperationException("it is enough"));

        (await Record.ExceptionAsync(() => waiting)).Should().BeOfType<ProcessGroupException>().Which.Message.Should()
            .Contain("Rank 1 of 2 ended the run: it is enough");
        FluentActions.Invoking(() => groups[0].OpenChannel(() => false)!.Barrier()).Should().Throw<ProcessGroupException>();
    }

    private static async Task<TrainingResult[]> FitAsync(
        Action<TrainingOptions> configure, Func<IProcessGroup, IProcessGroup>? through = null)
    {
        IProcessGroup[] groups = [.. InProcessGroup.Create(2, TimeSpan.FromMinutes(2))];
        return await Task.WhenAll(groups.Select(group => Builder(configure)
            .UseProcessGroup(through?.Invoke(group) ?? group).Build().FitAsync(TinyFaces.Dataset(32))));
    }

    private static MultiTaskTrainerBuilder Builder(Action<TrainingOptions> configure) => RankedRuns.Small(options =>
        {
            (options.BatchSize, options.Distributed.SynchronizeBatchNorm) = (16, true);
        })
        .AllowUnusedOptions()
        .Configure(configure);

    private static TrainingRun Run(RunRanks ranks, IProcessGroup group) => new TrainingRunFactory(
        Builder(o => o.Distributed.SynchronizeBatchNorm = false).UseProcessGroup(group).Build().Configuration,
        Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance, null, ranks: ranks)
        .Create(TinyFaces.Dataset(32), null, CancellationToken.None);

    private static Dictionary<string, float[]> Gradients(torch.nn.Module module)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        return module.named_parameters().ToDictionary(
            entry => entry.name, entry => entry.parameter.grad is { } gradient ? gradient.reshape(-1).data<float>().ToArray() : []);
    }

    /// <summary>A custom backbone that is a built-in one and nothing else.</summary>
    private sealed class Around : torch.nn.Module<torch.Tensor, torch.Tensor>, IBackbone
    {
        private readonly ResNet _inner = new(18, RandomKey.FromSeed(1));

        public Around()
            : base(nameof(Around)) => register_module("inner", _inner);

        public int FeatureWidth => 512;

        public PartDescription Description => new("around");

        public override torch.Tensor forward(torch.Tensor input) => _inner.call(input);
    }

    private sealed class Recorder(torch.nn.Module network) : IGradientListener
    {
        public List<string> Passes { get; } = [];

        public List<Dictionary<string, float[]>> Seen { get; } = [];

        public void Expect(torch.nn.Module part)
        {
        }

        public void Passed(torch.nn.Module part)
        {
            Passes.Add(network.named_children().Single(child => ReferenceEquals(child.module, part)).name);
            Seen.Add(Gradients(network));
        }
    }

    /// <summary>The seven members of old, which open no channel.</summary>
    private class Plain(IProcessGroup group) : IProcessGroup
    {
        public int Rank => group.Rank;

        public int Size => group.Size;

        public virtual void AllReduce(torch.Tensor tensor) => group.AllReduce(tensor);

        public void AllGather(torch.Tensor tensor, torch.Tensor gathered) => group.AllGather(tensor, gathered);

        public void Broadcast(torch.Tensor tensor, int root) => group.Broadcast(tensor, root);

        public void Barrier() => group.Barrier();

        public void Abort(Exception cause) => group.Abort(cause);

        public void Dispose()
        {
        }
    }

    /// <summary>Counts sums, and its channel's.</summary>
    private sealed class Watched(IProcessGroup group) : Plain(group), IProcessGroup
    {
        private readonly IProcessGroup _group = group;
        private Watched? _channel;
        private int _sums;

        public int OwnSums => Volatile.Read(ref _sums);

        public int ChannelSums => _channel?.OwnSums ?? 0;

        public override void AllReduce(torch.Tensor tensor)
        {
            base.AllReduce(tensor);
            Interlocked.Increment(ref _sums);
        }

        public IProcessGroup OpenChannel(Func<bool> isAwaited) => _channel = new(_group.OpenChannel(isAwaited)!);
    }
}
