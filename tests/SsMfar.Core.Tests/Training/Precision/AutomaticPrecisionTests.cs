using Microsoft.Extensions.Logging.Abstractions;
using SsMfar.Distributed;
using SsMfar.Kernels.Native;
using SsMfar.Metadata;
using SsMfar.Models;
using SsMfar.Randomness;
using SsMfar.Runtime;
using SsMfar.Training;
using TorchSharp;

namespace SsMfar.Tests.Training;

/// <summary>What <see cref="TrainingPrecision.Auto"/> takes on a processor with bfloat16, by outcomes that the tests decide.</summary>
public sealed class AutomaticPrecisionTests : IDisposable
{
    // 32 rows are two batches.
    private const int EnoughEpochs = AutomaticPrecision.LeastSteps / 2;

    private readonly TemporaryFolder _folder = new();

    private readonly List<(int Images, int Size)> _trials = [];

    private string OutcomesFile => _folder.File("cache/precision.json");

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(1.3, ComputePrecision.BFloat16)]
    [InlineData(1.1, ComputePrecision.BFloat16)]
    [InlineData(1.09, ComputePrecision.Full)]
    [InlineData(0.4, ComputePrecision.Full)]
    public void A_tenth_less_time_is_worth_it(double speedup, ComputePrecision expected)
    {
        LogBook log = new();
        using TrainingRun run = Build(Automatic(speedup), log: log);

        Format(run).Should().Be(expected);
        run.Description.Entries[RunDescription.PrecisionName].Should().Be(expected.ToString());
        _trials.Should().Equal((16, 32));
        log.Of(14).Should().ContainSingle().Which.Text.Should().Contain(expected.ToString()).And.Contain("tried now");
    }

    [Fact]
    public void It_is_not_tried_where_it_is_settled_or_not_worth_it()
    {
        ShouldBe(ComputePrecision.Full, options => options.Epochs = EnoughEpochs - 1);
        ShouldBe(ComputePrecision.Full, options => options.Precision = TrainingPrecision.Full);
        ShouldBe(ComputePrecision.BFloat16, options => options.Precision = TrainingPrecision.BFloat16);
        ShouldBe(ComputePrecision.Full, options => options.FrozenFeatures.Enabled = true);
        using TrainingRun withoutIt = Build(Automatic(2, hasIt: false));
        Format(withoutIt).Should().Be(ComputePrecision.Full);
        using TrainingRun custom = Build(Automatic(2), builder => builder.UseBackbone(TinyBackbone.Factory));
        _trials.Should().BeEmpty();

        void ShouldBe(ComputePrecision expected, Action<TrainingOptions> configure)
        {
            using TrainingRun run = Build(Automatic(2), builder => builder.Configure(configure));
            Format(run).Should().Be(expected);
        }
    }

    [Theory]
    [InlineData(ScheduleKind.OneCycle, EnoughEpochs - 1, EnoughEpochs, ComputePrecision.BFloat16)]
    [InlineData(ScheduleKind.OneCycle, EnoughEpochs - 2, EnoughEpochs - 1, ComputePrecision.Full)]
    [InlineData(ScheduleKind.Constant, EnoughEpochs, 1, ComputePrecision.BFloat16)]
    public void A_run_that_is_begun_with_less_than_its_course_decides_by_the_course(
        ScheduleKind kind, int epochs, int course, ComputePrecision expected)
    {
        using TrainingRun run = Build(Automatic(2), builder => builder.Configure(options =>
            (options.Epochs, options.Schedule.Kind, options.Schedule.Epochs) = (epochs, kind, course)));

        Format(run).Should().Be(expected);
    }

    [Fact]
    public void An_outcome_is_kept_for_backbone_and_size_in_this_process_and_the_next()
    {
        AutomaticPrecision automatic = Automatic(1.5);
        Build(automatic).Dispose();
        Build(automatic).Dispose();
        LogBook log = new();
        using TrainingRun next = Build(Automatic(0.5), log: log);

        Format(next).Should().Be(ComputePrecision.BFloat16, "the file says so");
        _trials.Should().HaveCount(1);
        log.Of(14).Should().ContainSingle().Which.Text.Should().Contain("1.50").And.Contain("tried before");
        Build(automatic, builder => builder.Configure(options => options.ImageSize = 48)).Dispose();
        Build(automatic, builder => builder.UseBackbone(BackboneFactory.ResNet34)).Dispose();
        Build(automatic, builder => builder.Configure(options => (options.BatchSize, options.Epochs) = (8, EnoughEpochs))).Dispose();
        _trials.Should().Equal((16, 32), (16, 48), (16, 32), (8, 32));
        Build(Automatic(0.5)).Dispose();
        _trials.Should().HaveCount(4, "one outcome does not cost another's place");
    }

    [Theory]
    [InlineData("{\"half")]
    [InlineData("[1]")]
    [InlineData("null")]
    public void A_damaged_file_costs_a_trial_and_is_replaced(string content)
    {
        Directory.CreateDirectory(_folder.File("cache"));
        File.WriteAllText(OutcomesFile, content);
        Build(Automatic(1.5)).Dispose();
        Build(Automatic(1.5)).Dispose();

        _trials.Should().HaveCount(1);
    }

    [Fact]
    public void A_file_that_cannot_be_written_costs_a_trial_a_process()
    {
        File.WriteAllText(_folder.File("cache"), "a file where the folder should be");
        AutomaticPrecision automatic = Automatic(1.5);
        Build(automatic).Dispose();
        Build(automatic).Dispose();
        _trials.Should().HaveCount(1);
        Build(Automatic(1.5)).Dispose();
        _trials.Should().HaveCount(2);
    }

    [Fact]
    public void A_run_goes_on_in_the_format_it_was_started_in()
    {
        string checkpoints = _folder.File("run");
        using (TrainingRun started = Build(Automatic(1.5), builder => builder.UseCheckpoints(checkpoints)))
        {
            started.Checkpoint!.Save(started.State, new TrainingPosition(), started.Description);
        }

        File.Delete(OutcomesFile);
        using TrainingRun resumed = Build(Automatic(0.5), builder => builder.UseCheckpoints(checkpoints, CheckpointMode.Resume));

        Format(resumed).Should().Be(ComputePrecision.BFloat16);
        resumed.Description.Differences(resumed.Description).Should().BeEmpty();
        resumed.Checkpoint!.Load(resumed.State, resumed.Description).Should().NotBeNull("it is the same run");
        _trials.Should().HaveCount(1);
    }

    [Fact]
    public async Task A_run_goes_on_in_its_format_on_ranks_and_where_the_processor_lacks_it()
    {
        string checkpoints = _folder.File("run");
        using (TrainingRun started = Build(Automatic(1.5), builder => builder.UseCheckpoints(checkpoints)))
        {
            started.Checkpoint!.Save(started.State, new TrainingPosition(), started.Description);
        }

        using TrainingRun elsewhere = Build(
            Automatic(0.5, hasIt: false), builder => builder.UseCheckpoints(checkpoints, CheckpointMode.Resume));
        Format(elsewhere).Should().Be(ComputePrecision.BFloat16);
        ComputePrecision[] ofRanks = await Task.WhenAll(InProcessGroup.Create(2, TimeSpan.FromMinutes(5)).Select(group => Task.Run(() =>
        {
            using RunRanks ranks = new(group, new());
            using TrainingRun run = new TrainingRunFactory(
                Builder().UseCheckpoints(checkpoints, CheckpointMode.Resume).Build().Configuration, NullLogger.Instance, null,
                ranks: ranks, automaticPrecision: Automatic(0.5))
                .Create(TinyFaces.Dataset(32), null, CancellationToken.None);
            return Format(run);
        })));

        ofRanks.Should().Equal(ComputePrecision.BFloat16, ComputePrecision.BFloat16);
        _trials.Should().HaveCount(1);
    }

    [Fact]
    public void A_trial_times_passes_and_leaves_nothing()
    {
        // The first network of a process makes the constants that the kernels of all share.
        Trial();
        long tensors = DisposeScopeManager.Statistics.ThreadTotalLiveCount;

        double speedup = Trial();

        speedup.Should().BePositive().And.BeLessThan(1000);
        DisposeScopeManager.Statistics.ThreadTotalLiveCount.Should().Be(tensors);

        static double Trial() => PrecisionTrial.Speedup(() => new ResNet(18, RandomKey.FromSeed(1)), torch.CPU, 8, 32);
    }

    [Fact]
    public async Task A_trainer_tries_where_the_processor_has_it()
    {
        LogBook log = new();
        using CancellationTokenSource stop = new();
        MultiTaskTrainer trainer = Builder().UseLogging(log).Build();
        Func<Task> fit = () => trainer.FitAsync(
            TinyFaces.Dataset(32), null, new ProgressRecorder(report => Cancel(report, stop)), stop.Token);

        await fit.Should().ThrowAsync<OperationCanceledException>();

        log.Of(14).Should().HaveCount(BFloat16Support.IsInHardware(torch.CPU) ? 1 : 0);
    }

    private static void Cancel(TrainingProgress report, CancellationTokenSource stop)
    {
        if (report is StepProgress)
        {
            stop.Cancel();
        }
    }

    private AutomaticPrecision Automatic(double speedup, bool hasIt = true) => new(
        new(OutcomesFile),
        (_, _, images, size) =>
        {
            _trials.Add((images, size));
            return speedup;
        },
        _ => hasIt);

    private static MultiTaskTrainerBuilder Builder() => MultiTaskTrainer.CreateBuilder()
        .UseDevice(ComputeDevice.Cpu)
        .Configure(Tiny.Small)
        .Configure(options => options.Epochs = EnoughEpochs);

    private static TrainingRun Build(
        AutomaticPrecision automatic, Action<MultiTaskTrainerBuilder>? configure = null, LogBook? log = null)
    {
        MultiTaskTrainerBuilder builder = Builder();
        configure?.Invoke(builder);
        return new TrainingRunFactory(
            builder.Build().Configuration, (log ?? new()).CreateLogger(""), null, automaticPrecision: automatic)
            .Create(TinyFaces.Dataset(32), null, CancellationToken.None);
    }

    private static ComputePrecision Format(TrainingRun run) => ((IComputePrecision)run.State.Model.Backbone).Precision;
}
