using SsMfar.Data;
using SsMfar.Distributed;
using SsMfar.Metadata;
using SsMfar.Models;
using SsMfar.Randomness;
using SsMfar.Runtime;
using SsMfar.SemiSupervised;
using SsMfar.Tests.SemiSupervised;
using SsMfar.Tests.Training;
using SsMfar.Training;
using TorchSharp;

namespace SsMfar.Tests.Distributed;

/// <summary>What several ranks cannot do is refused, and a rank that fails ends all, by name and with the cause.</summary>
public sealed class RankFaultTests
{
    public static TheoryData<int, Action<TrainingOptions>, string> Impossible => new()
    {
        { 3, o => o.BatchSize = 32, "BatchSize is 32, the batch of all 3 ranks together, and cannot be shared evenly: choose a multiple" },
        { 4, o => o.BatchSize = 4, "each needs 2 rows" },
        { 2, o => o.UseFrozenFeatures(), "FrozenFeatures.Enabled is true, and features are drawn by one process alone" },
    };

    [Theory]
    [MemberData(nameof(Impossible))]
    public void What_ranks_cannot_do_is_a_fault_of_the_configuration(int ranks, Action<TrainingOptions> configure, string message)
    {
        IProcessGroup group = InProcessGroup.Create(ranks)[0];

        FluentActions.Invoking(() => Tiny.Builder().AllowUnusedOptions().Configure(configure).UseProcessGroup(group).Build()).Should()
            .Throw<TrainingConfigurationException>().Which.Message.Should().Contain(message);
    }

    [Fact]
    public void Options_of_ranks_without_ranks_are_without_effect() =>
        FluentActions.Invoking(() => Tiny.Builder(options => options.Distributed.SynchronizeBatchNorm = true).Build()).Should()
            .Throw<TrainingConfigurationException>().Which.Message.Should()
            .Contain("Distributed.SynchronizeBatchNorm was changed, and has no effect: the run is not spread over ranks");

    [Fact]
    public async Task Batch_norms_of_custom_parts_cannot_be_synchronised()
    {
        Exception[] ends = await Ends(2, group => Tiny.Builder(o => o.Distributed.SynchronizeBatchNorm = true).UseProcessGroup(group));

        ends.Should().Contain(end => end is TrainingConfigurationException)
            .And.OnlyContain(end => end.Message.Contains("TinyBackbone has a BatchNorm2d of its own"));
    }

    [Fact]
    public async Task Batch_norms_in_containers_of_custom_parts_cannot_be_synchronised_either()
    {
        static MultiTaskTrainerBuilder Builder(IProcessGroup group) =>
            Tiny.Builder(o => o.Distributed.SynchronizeBatchNorm = true).UseProcessGroup(group);

        Exception[] ofModule = await Ends(2, group => Builder(group).UseBackbone(BackboneFactory.Of<SequentialNetwork>()));
        Exception[] ofField = await Ends(2, group => Builder(group).UseBackbone(BackboneFactory.Of<HoldingNetwork>()));
        Exception[] ofHead = await Ends(2, group => RankedRuns.Small(o => o.Distributed.SynchronizeBatchNorm = true)
            .UseHead(AffectTaskNames.Expression, context => context.CreateHead<NormalizingHead>(8)).UseProcessGroup(group));

        ofModule.Should().Contain(end => end is TrainingConfigurationException)
            .And.OnlyContain(end => end.Message.Contains("SequentialNetwork has a BatchNorm2d of its own"));
        ofField.Should().Contain(end => end is TrainingConfigurationException)
            .And.OnlyContain(end => end.Message.Contains("HoldingNetwork has a BatchNorm2d of its own"));
        ofHead.Should().Contain(end => end is TrainingConfigurationException)
            .And.OnlyContain(end => end.Message.Contains("NormalizingHead has a BatchNorm1d of its own"));
    }

    [Fact]
    public async Task Dropout_of_custom_parts_is_refused()
    {
        Exception[] ends = await Ends(2, group => Tiny.Builder()
            .UseHead(AffectTaskNames.Expression, context => context.CreateHead<DroppingHead>(8)).UseProcessGroup(group));

        ends.Should().Contain(end => end is TrainingConfigurationException)
            .And.OnlyContain(end => end.Message.Contains("Dropout, which draws from the generator of its process"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_rank_that_fails_ends_the_others_and_is_named(bool overlaps)
    {
        Exception[] ends = await Ends(3, group => RankedRuns.Small(o => (o.BatchSize, o.Distributed.OverlapBackward) = (24, overlaps))
            .UseProcessGroup(group)
            .UsePseudoLabelPolicy(AffectTaskNames.Expression, _ => new FailingPolicy(group.Rank == 1 ? 2 : int.MaxValue)));

        ends[1].Should().BeOfType<InvalidOperationException>();
        ends.Where((_, rank) => rank != 1).Should().AllBeOfType<ProcessGroupException>()
            .And.OnlyContain(end => end.Message.Contains("Rank 1 of 3 ended the run: the policy has had enough"));
    }

    [Fact]
    public async Task A_rank_that_does_not_come_is_given_up_and_named()
    {
        IProcessGroup[] groups = [.. InProcessGroup.Create(3, TimeSpan.FromSeconds(2.5))];

        // Threads of their own: the pool may start the second task after the first has given up.
        Exception end = await Record.ExceptionAsync(() => Task.WhenAll(
            Task.Factory.StartNew(groups[0].Barrier, TaskCreationOptions.LongRunning),
            Task.Factory.StartNew(groups[2].Barrier, TaskCreationOptions.LongRunning)));

        end.Should().BeOfType<ProcessGroupException>().Which.Message.Should().Contain("2.5 s for rank 1, which did not come");
    }

    [Fact]
    public async Task A_rank_with_other_files_is_named_with_what_differs()
    {
        Exception[] ends = await Ends(
            2, group => RankedRuns.Small().UseProcessGroup(group), group => TinyFaces.Dataset(96, seed: 1 + group.Rank));

        ends[1].Should().BeOfType<ProcessGroupException>().Which.Message.Should()
            .Contain("Rank 1 was started differently from rank 0: TrainingSet was 96 rows");
        ends[0].Should().BeOfType<ProcessGroupException>().Which.Message.Should().Contain("Rank 1");
    }

    [Fact]
    public async Task A_rank_with_another_number_of_sets_is_named_before_anything_is_decoded()
    {
        IProcessGroup[] groups = [.. InProcessGroup.Create(2, TimeSpan.FromMinutes(2))];

        Exception?[] ends = await Task.WhenAll(groups.Select(group => Record.ExceptionAsync(() => RankedRuns.Small()
            .UseProcessGroup(group).Build().FitAsync(RankedRuns.Faces, group.Rank == 0 ? TinyFaces.Dataset(20, seed: 2) : null))));

        ends[1].Should().BeOfType<ProcessGroupException>().Which.Should().Match<ProcessGroupException>(end => end.IsStart).And
            .Match<ProcessGroupException>(end => end.Message.Contains(
                "Rank 1 was started differently from rank 0: it has no validation set. Give every rank the same"));
        ends[0].Should().BeOfType<ProcessGroupException>().Which.Should().Match<ProcessGroupException>(end => end.IsStart);
    }

    [Fact]
    public async Task A_rank_that_is_to_exchange_in_another_way_is_named()
    {
        Exception[] ends = await Ends(
            2, group => RankedRuns.Small(o => o.Distributed.BucketMegabytes = 20 + group.Rank).UseProcessGroup(group));

        ends[1].Should().BeOfType<ProcessGroupException>().Which.Message.Should()
            .Contain("Rank 1 was started differently from rank 0: Distributed.BucketMegabytes was 20, is 21");
    }

    [Fact]
    public async Task Ranks_that_come_to_hold_other_weights_end_with_the_name_of_the_first_unless_they_are_not_to_look()
    {
        static MultiTaskTrainerBuilder Builder(IProcessGroup group, bool checks, TaskBalancingKind balancing) => RankedRuns.Small(o =>
                (o.Distributed.CheckWeights, o.Balancing.Kind) = (checks, balancing))
            .UseProcessGroup(group)
            .UsePseudoLabelPolicy(AffectTaskNames.Expression, _ => new StubbornPolicy(0.1 * group.Rank));

        Exception[] ends = await Ends(2, group => Builder(group, checks: true, TaskBalancingKind.Uncertainty));
        Exception[] ofLosses = await Ends(2, group => Builder(group, checks: true, TaskBalancingKind.Sum));
        ofLosses.Should().OnlyContain(end => end.Message.Contains("another value of the losses than rank 0"));
        ends.Should().AllBeOfType<ProcessGroupException>().And.OnlyContain(
            end => end.Message.Contains("After epoch 1 rank 1 holds another balancing's expression than rank 0"));

        IProcessGroup[] groups = [.. InProcessGroup.Create(2)];
        TrainingResult[] unlooked = await Task.WhenAll(groups.Select(group =>
            Builder(group, checks: false, TaskBalancingKind.Sum).Build().FitAsync(RankedRuns.Faces)));
        Array.ForEach(unlooked, result => result.Dispose());
    }

    [Fact]
    public async Task Batches_with_too_few_rows_for_all_ranks_are_refused()
    {
        Exception[] ends = await Ends(
            8, group => RankedRuns.Small(o => o.BatchSize = 16).UseProcessGroup(group), _ => TinyFaces.Dataset(26));

        ends.Should().Contain(end => end is InsufficientDataException)
            .And.OnlyContain(end => end.Message.Contains("has 13 rows, and 8 ranks need 16"));
    }

    private static async Task<Exception[]> Ends(
        int ranks, Func<IProcessGroup, MultiTaskTrainerBuilder> builder, Func<IProcessGroup, AffectDataset>? faces = null)
    {
        IProcessGroup[] groups = [.. InProcessGroup.Create(ranks, TimeSpan.FromMinutes(2))];
        return await Task.WhenAll(groups.Select(async group =>
        {
            Exception? end = await Record.ExceptionAsync(async () =>
            {
                using TrainingResult result = await builder(group).Build().FitAsync(faces?.Invoke(group) ?? RankedRuns.Faces);
            });
            return end ?? new InvalidDataException("It did not fail.");
        }));
    }

    /// <summary>A backbone that is a container of libtorch's, norms in one within.</summary>
    private sealed class SequentialNetwork : IBackbone<SequentialNetwork>
    {
        public static string Kind => "sequential";

        public torch.nn.Module<torch.Tensor, torch.Tensor> Module { get; } = torch.nn.Sequential(
            ("convolution", torch.nn.Conv2d(3, 8, 3, stride: 4)),
            ("rest", torch.nn.Sequential(("norm", torch.nn.BatchNorm2d(8)), ("relu", torch.nn.ReLU()))));

        public int FeatureWidth => 8;

        public static SequentialNetwork Create(PartDescription description, RandomKey key) => new();
    }

    /// <summary>A backbone with such a container as its field.</summary>
    private sealed class HoldingNetwork : torch.nn.Module<torch.Tensor, torch.Tensor>, IBackbone<HoldingNetwork>
    {
        private readonly torch.nn.Module<torch.Tensor, torch.Tensor> _layers = new SequentialNetwork().Module;

        public HoldingNetwork()
            : base(nameof(HoldingNetwork)) => RegisterComponents();

        public static string Kind => "holding";

        public int FeatureWidth => 8;

        public static HoldingNetwork Create(PartDescription description, RandomKey key) => new();

        public override torch.Tensor forward(torch.Tensor input) => _layers.call(input);
    }

    private sealed class NormalizingHead : torch.nn.Module<torch.Tensor, torch.Tensor>, ITaskHead<NormalizingHead>
    {
        private readonly torch.nn.Module<torch.Tensor, torch.Tensor> _layers;

        public NormalizingHead(PartDescription description)
            : base(nameof(NormalizingHead))
        {
            OutputWidth = description.Number("outputs");
            _layers = torch.nn.Sequential(
                ("norm", torch.nn.BatchNorm1d(description.Number("inputs"))),
                ("linear", torch.nn.Linear(description.Number("inputs"), OutputWidth)));
            Description = description;
            RegisterComponents();
        }

        public static string Kind => "normalizing";

        public int OutputWidth { get; }

        public PartDescription Description { get; }

        public static NormalizingHead Create(PartDescription description, RandomKey key) => new(description);

        public override torch.Tensor forward(torch.Tensor input) => _layers.call(input);
    }

    private sealed class DroppingHead : torch.nn.Module<torch.Tensor, torch.Tensor>, ITaskHead<DroppingHead>
    {
        private readonly TorchSharp.Modules.Dropout _dropout = torch.nn.Dropout(0.5);
        private readonly LinearHead _inner;

        public DroppingHead(PartDescription description, RandomKey key)
            : base(nameof(DroppingHead))
        {
            _inner = new(description.Number("inputs"), description.Number("outputs"), key);
            Description = description;
            RegisterComponents();
        }

        public static string Kind => "dropping";

        public int OutputWidth => _inner.OutputWidth;

        public PartDescription Description { get; }

        public static DroppingHead Create(PartDescription description, RandomKey key) => new(description, key);

        public override torch.Tensor forward(torch.Tensor input) => _inner.call(_dropout.call(input));
    }

    /// <summary>Throws at a step.</summary>
    private sealed class FailingPolicy(int step) : Policy
    {
        public override void Observe(PolicyBatch batch)
        {
            if (batch.Step >= step)
            {
                throw new InvalidOperationException("the policy has had enough");
            }
        }
    }

    /// <summary>Is as sure as it was told.</summary>
    private sealed class StubbornPolicy(double confidence) : Policy
    {
        protected override double Confidence => confidence;
    }

    private class Policy : QuietPolicy
    {
        protected virtual double Confidence => 0.5;

        public override PseudoLabels Assign(PolicyBatch strong) => new(
            strong.Predictions.argmax(1), torch.full([strong.Predictions.size(0)], Scalars.Of(Confidence), torch.ScalarType.Float32));
    }
}
