using System.Collections.Immutable;
using SsMfar.Data;
using SsMfar.Metadata;
using SsMfar.Metrics;
using SsMfar.Models;
using SsMfar.SemiSupervised;
using SsMfar.Tasks;
using SsMfar.Tests.Models;
using SsMfar.Training;
using TorchSharp;

namespace SsMfar.Tests.Training;

/// <summary>A run that was stopped and resumed ends with the weights of one that never stopped, bit for bit.</summary>
public sealed class ResumeTests
{
    private const int Epochs = 4;
    private static readonly AffectDataset Training = TinyFaces.Dataset(100);
    private static readonly AffectDataset Validation = TinyFaces.Dataset(80, seed: 2);

    [Theory]
    [InlineData("ss-mfar-rs", ThresholdUpdate.PreviousStep, 2)]
    [InlineData("ss-mfar", ThresholdUpdate.EachEpoch, 2)]
    [InlineData("mfar", ThresholdUpdate.EachEpoch, 1)]
    [InlineData("ssp-mfar-sa", ThresholdUpdate.EachEpoch, 1)]
    [InlineData("ss-mfar-all", ThresholdUpdate.EachEpoch, 2)]
    [InlineData("ss-mfar-all", ThresholdUpdate.ThisBatch, 1)]
    public async Task A_run_stopped_in_epochs_and_at_their_ends_equals_one_never_stopped(
        string variant,
        ThresholdUpdate update,
        int accumulation)
    {
        using TrainingResult whole = await Builder(variant, update, accumulation).Build().FitAsync(Training, Validation);
        using var folder = new TemporaryFolder();
        (int Epoch, int? Step)[] stops = [(1, 1), (1, null), (2, 2), (2, 3), (3, null), (4, 1)];
        foreach ((int epoch, int? step) in stops)
        {
            await StopAt(Builder(variant, update, accumulation).UseCheckpoints(folder.Path, CheckpointMode.ResumeIfPresent), epoch, step);
        }

        using TrainingResult resumed =
            await Builder(variant, update, accumulation).UseCheckpoints(folder.Path, CheckpointMode.Resume).Build()
                .FitAsync(Training, Validation);

        Tiny.ShouldEqual(resumed, whole);
        resumed.History.Should().HaveCount(Epochs);
    }

    [Fact]
    public async Task A_finished_run_resumed_gives_its_result_again()
    {
        using var folder = new TemporaryFolder();
        using TrainingResult first = await Builder().UseCheckpoints(folder.Path).Build().FitAsync(Training, Validation);
        var progress = new ProgressRecorder();
        using TrainingResult again = await Builder().UseCheckpoints(folder.Path, CheckpointMode.ResumeIfPresent).Build()
            .FitAsync(Training, Validation, progress);

        Tiny.ShouldEqual(again, first);
        progress.Steps.Should().BeEmpty("there is nothing left to train");
    }

    [Fact]
    public async Task Checkpoints_change_nothing_and_neither_do_other_trainers_or_torchs_global_random_state()
    {
        using TrainingResult alone = await Builder().Build().FitAsync(Training, Validation);
        using var folder = new TemporaryFolder();
        using var stop = new CancellationTokenSource();
        Task disturbance = Task.Run(() => Disturb(stop.Token));
        Task<TrainingResult> neighbour = Builder("mfar-rs").Configure(o => o.Seed = 99).Build().FitAsync(TinyFaces.Dataset(60, seed: 3));
        using TrainingResult disturbed = await Builder().UseCheckpoints(folder.Path).Build().FitAsync(Training, Validation);
        await stop.CancelAsync();
        await disturbance;
        (await neighbour).Dispose();

        Tiny.ShouldEqual(disturbed, alone);
    }

    [Fact]
    public async Task A_run_cancelled_while_it_evaluates_writes_what_it_trained_and_equals_one_never_stopped()
    {
        using TrainingResult whole = await Builder().Build().FitAsync(Training, Validation);
        using var folder = new TemporaryFolder();
        using var stop = new CancellationTokenSource();
        int evaluations = 0;
        MultiTaskTrainer Trainer() => Builder()
            .UseMetric(AffectTaskNames.ValenceArousal, _ => new ActingMetric(AffectMetrics.ValenceArousal(), () =>
            {
                // Each of the first two epochs takes two batches; the third update is in the middle of the second evaluation.
                if (++evaluations == 3)
                {
                    stop.Cancel();
                }
            }))
            .UseCheckpoints(folder.Path, CheckpointMode.ResumeIfPresent).Build();
        MultiTaskTrainer interrupted = Trainer();
        await FluentActions.Awaiting(() => interrupted.FitAsync(Training, Validation, null, stop.Token)).Should()
            .ThrowAsync<OperationCanceledException>();

        var progress = new ProgressRecorder();
        using TrainingResult resumed = await Trainer().FitAsync(Training, Validation, progress);

        Tiny.ShouldEqual(resumed, whole);
        progress.Steps.Min(step => step.Epoch).Should().Be(3, "the second epoch's steps were all taken");
    }

    [Fact]
    public async Task An_evaluation_that_was_cut_off_is_no_time_of_training()
    {
        const double Evaluation = 1.5;
        using var folder = new TemporaryFolder();
        using var stop = new CancellationTokenSource();
        MultiTaskTrainer Trainer(Action act) => Builder()
            .UseMetric(AffectTaskNames.ValenceArousal, _ => new ActingMetric(AffectMetrics.ValenceArousal(), act))
            .UseCheckpoints(folder.Path, CheckpointMode.ResumeIfPresent).Build();
        MultiTaskTrainer interrupted = Trainer(() =>
        {
            Thread.Sleep(TimeSpan.FromSeconds(Evaluation));
            stop.Cancel();
        });
        await FluentActions.Awaiting(() => interrupted.FitAsync(Training, Validation, null, stop.Token)).Should()
            .ThrowAsync<OperationCanceledException>();

        using TrainingResult resumed = await Trainer(() => { }).FitAsync(Training, Validation);

        EpochResult first = resumed.History[0];
        (first.Seconds - (Training.Count / first.ImagesPerSecond)).Should().BeGreaterThan(Evaluation);
    }

    [Fact]
    public async Task Another_seed_gives_other_weights()
    {
        using TrainingResult one = await Builder().Build().FitAsync(Training);
        using TrainingResult other = await Builder().Configure(o => o.Seed = 8).Build().FitAsync(Training);

        Tiny.Weights(one.Model)["heads.expression.output.weight"].Should()
            .NotEqual(Tiny.Weights(other.Model)["heads.expression.output.weight"]);
    }

    // One-cycle, dropout and averaging are the recommended recipe's own.
    private static MultiTaskTrainerBuilder Builder(
        string variant = "ss-mfar", ThresholdUpdate update = ThresholdUpdate.EachEpoch, int accumulation = 2) => Tiny.Builder(options =>
        {
            options.Epochs = Epochs;
            options.AccumulationSteps = accumulation;
            options.GradientClipNorm = 2;
            options.EmaDecay.Should().NotBeNull();
            options.Schedule.Kind.Should().Be(ScheduleKind.OneCycle);
            options.Heads.Dropout.Should().BePositive();
            options.SemiSupervision.Threshold.Update = update;
            options.SemiSupervision.Threshold.Start = 0.2;
            options.SemiSupervision.Threshold.Floor = 0.1;
            options.SemiSupervision.ActionUnits.Threshold = options.SemiSupervision.Threshold;
            options.SemiSupervision.ActionUnits.Loss.Consistency = 0.1;
            options.SemiSupervision.Coupling.Weight = variant == "ss-mfar-all" ? 0.1 : 0;
        }).UseVariant(Tiny.WithoutPretraining(SsMfarVariant.Parse(variant))).AllowUnusedOptions();

    private static async Task StopAt(MultiTaskTrainerBuilder builder, int epoch, int? step)
    {
        using var stop = new CancellationTokenSource();
        var progress = new ProgressRecorder(report =>
        {
            bool here = report switch
            {
                StepProgress at => at.Epoch == epoch && at.Step == step,
                EpochProgress at => at.Result.Epoch == epoch && step is null,
                _ => false,
            };
            if (here)
            {
                stop.Cancel();
            }
        });
        Func<Task> fit = async () => (await builder.Build().FitAsync(Training, Validation, progress, stop.Token)).Dispose();
        (await fit.Should().ThrowAsync<OperationCanceledException>()).Which.CancellationToken.Should().Be(stop.Token);
    }

    private static void Disturb(CancellationToken cancellationToken)
    {
        for (long seed = 0; !cancellationToken.IsCancellationRequested; seed++)
        {
            torch.manual_seed(seed);
            using torch.Tensor drawn = torch.rand(1000);
        }
    }

    private sealed class ActingMetric(ITaskMetric inner, Action act) : ITaskMetric
    {
        public void Update(torch.Tensor outputs, torch.Tensor values, torch.Tensor mask)
        {
            inner.Update(outputs, values, mask);
            act();
        }

        public TaskScore Compute() => inner.Compute();
    }
}
