using SsMfar.Data;
using SsMfar.Training;

namespace SsMfar.Tests.Training.Continued;

/// <summary>
/// A run that goes on after its last epoch: where the course of the rate allows it, as if it had had them from the start.
/// </summary>
public sealed class LongerRunTests
{
    private static readonly AffectDataset Training = TinyFaces.Dataset(48);
    private static readonly AffectDataset Validation = TinyFaces.Dataset(30, seed: 2);

    [Theory]
    [InlineData("constant")]
    [InlineData("course of all")]
    [InlineData("constant after a warm-up of a course")]
    public async Task A_run_ended_at_half_and_resumed_equals_one_that_had_all_epochs(string schedule)
    {
        using TrainingResult whole = await Builder(4, schedule).Build().FitAsync(Training, Validation);
        using var folder = new TemporaryFolder();
        (await Builder(2, schedule).UseCheckpoints(folder.Path).Build().FitAsync(Training, Validation)).Dispose();
        using TrainingResult longer = await Builder(4, schedule).UseCheckpoints(folder.Path, CheckpointMode.Resume).Build()
            .FitAsync(Training, Validation);

        Tiny.ShouldEqual(longer, whole);
        longer.History.Should().HaveCount(4);
        longer.StopReason.Should().Be(TrainingStopReason.EpochsCompleted);
    }

    [Fact]
    public async Task A_longer_run_that_is_stopped_and_resumed_equals_one_never_stopped()
    {
        using TrainingResult whole = await Builder(4, "constant").Build().FitAsync(Training, Validation);
        using var folder = new TemporaryFolder();
        (await Builder(2, "constant").UseCheckpoints(folder.Path).Build().FitAsync(Training, Validation)).Dispose();
        await StopAt(Builder(4, "constant").UseCheckpoints(folder.Path, CheckpointMode.Resume), 3, 2);
        using TrainingResult longer = await Builder(4, "constant").UseCheckpoints(folder.Path, CheckpointMode.Resume).Build()
            .FitAsync(Training, Validation);

        Tiny.ShouldEqual(longer, whole);
    }

    [Fact]
    public async Task A_run_is_not_cut_short_at_an_epoch_that_was_not_evaluated()
    {
        using var folder = new TemporaryFolder();
        MultiTaskTrainerBuilder Every(int epochs, int evaluated) => Builder(epochs, "constant").Configure(o => o.EvaluateEvery = evaluated);
        await StopWhen(Every(10, 5).UseCheckpoints(folder.Path), report => report is EpochProgress { Result.Epoch: 3 });

        CheckpointException refusal = (await FluentActions.Awaiting(async () =>
            (await Every(3, 5).UseCheckpoints(folder.Path, CheckpointMode.Resume).Build().FitAsync(Training, Validation)).Dispose())
            .Should().ThrowAsync<CheckpointException>()).Which;

        refusal.Message.Should().ContainAll("Epochs was 10, is 3", "epoch 3 was run without being evaluated");
        using TrainingResult four = await Every(4, 5).UseCheckpoints(folder.Path, CheckpointMode.Resume).Build()
            .FitAsync(Training, Validation);
        four.History[^1].Evaluation.Should().NotBeNull();
    }

    [Theory]
    [InlineData("one cycle", "OneCycle")]
    [InlineData("cosine", "Cosine")]
    [InlineData("warm-up", "Constant")]
    public async Task A_course_over_the_epochs_is_refused_with_the_ways(string schedule, string kind)
    {
        using var folder = new TemporaryFolder();
        (await Builder(2, schedule).UseCheckpoints(folder.Path).Build().FitAsync(Training)).Dispose();

        CheckpointException refusal = (await FluentActions.Awaiting(async () =>
            (await Builder(4, schedule).UseCheckpoints(folder.Path, CheckpointMode.Resume).Build().FitAsync(Training)).Dispose())
            .Should().ThrowAsync<CheckpointException>()).Which;

        refusal.Message.Should().ContainAll("Epochs was 2, is 4", $"({kind})", "Schedule.Kind", "UseStartModel", "Schedule.Epochs");
        (await Builder(2, schedule).UseCheckpoints(folder.Path, CheckpointMode.Resume).Build().FitAsync(Training)).Dispose();
    }

    [Fact]
    public async Task Restated_the_course_goes_over_the_epochs_that_are_left()
    {
        using var folder = new TemporaryFolder();
        (await Builder(2, "one cycle").UseCheckpoints(folder.Path).Build().FitAsync(Training, Validation)).Dispose();
        byte[] ended = await File.ReadAllBytesAsync(folder.File("checkpoint.safetensors"));

        var progress = new ProgressRecorder();
        using TrainingResult whole = await Builder(6, "cosine").UseCheckpoints(folder.Path, CheckpointMode.Resume).Build()
            .FitAsync(Training, Validation, progress);
        double[] rates = [.. progress.Steps.Select(step => step.LearningRate)];
        rates.Should().HaveCount(4 * 3).And.BeInDescendingOrder();
        rates[0].Should().Be(2e-3, "the cosine begins where the run goes on");
        rates[6].Should().BeApproximately(1e-3, 1e-9, "half of what is left is half the cosine");

        // Stopped on the way, it goes on along the same course.
        await File.WriteAllBytesAsync(folder.File("checkpoint.safetensors"), ended);
        using var second = new TemporaryFolder();
        (await Builder(2, "one cycle").UseCheckpoints(second.Path).Build().FitAsync(Training, Validation)).Dispose();
        await StopAt(Builder(6, "cosine").UseCheckpoints(second.Path, CheckpointMode.Resume), 4, 2);
        using TrainingResult resumed = await Builder(6, "cosine").UseCheckpoints(second.Path, CheckpointMode.Resume).Build()
            .FitAsync(Training, Validation);
        Tiny.ShouldEqual(resumed, whole);
    }

    [Fact]
    public async Task A_course_of_the_same_kind_is_restated_by_its_epochs_as_the_refusal_says()
    {
        using var folder = new TemporaryFolder();
        MultiTaskTrainerBuilder Longer() => Builder(6, "one cycle").UseCheckpoints(folder.Path, CheckpointMode.Resume);
        (await Builder(2, "one cycle").UseCheckpoints(folder.Path).Build().FitAsync(Training)).Dispose();
        (await FluentActions.Awaiting(async () => (await Longer().Build().FitAsync(Training)).Dispose())
            .Should().ThrowAsync<CheckpointException>()).Which.Message.Should().Contain("by Schedule.Epochs=6 or");

        var progress = new ProgressRecorder();
        (await Longer().Configure(options => options.Schedule.Epochs = 6).Build().FitAsync(Training, null, progress)).Dispose();

        var afresh = new ProgressRecorder();
        (await Builder(4, "one cycle").Build().FitAsync(Training, null, afresh)).Dispose();
        progress.Steps.Select(step => step.LearningRate).Should().HaveCount(4 * 3)
            .And.Equal(afresh.Steps.Select(step => step.LearningRate), "the course goes over the four epochs that are left");
    }

    [Fact]
    public async Task Fewer_epochs_than_were_run_and_anything_else_that_differs_are_refused()
    {
        using var folder = new TemporaryFolder();
        (await Builder(3, "constant").UseCheckpoints(folder.Path).Build().FitAsync(Training)).Dispose();

        (await Refusal(2, _ => { })).Should().ContainAll("Epochs was 3, is 2", "3 epochs were run");
        (await Refusal(4, options => options.LabelSmoothing = 0.1)).Should()
            .ContainAll("started differently", "Epochs was 3, is 4", "LabelSmoothing was 0");
        (await Refusal(3, options => options.Schedule.WarmUpFraction = 0.5)).Should()
            .ContainAll("started differently", "Schedule.WarmUpFraction was 0, is 0.5");

        async Task<string> Refusal(int epochs, Action<TrainingOptions> change) => (await FluentActions.Awaiting(async () =>
            (await Builder(epochs, "constant").Configure(change).UseCheckpoints(folder.Path, CheckpointMode.Resume).Build()
                .FitAsync(Training)).Dispose()).Should().ThrowAsync<CheckpointException>()).Which.Message;
    }

    [Theory]
    [InlineData(ScheduleKind.OneCycle, true)]
    [InlineData(ScheduleKind.Cosine, true)]
    [InlineData(ScheduleKind.Constant, false)]
    public void A_course_that_ends_before_the_run_is_refused_unless_the_rate_stays(ScheduleKind kind, bool refused)
    {
        Action build = () => Tiny.Builder(
            options => (options.Epochs, options.Schedule.Kind, options.Schedule.Epochs) = (5, kind, 4)).Build();
        if (refused)
        {
            build.Should().Throw<TrainingConfigurationException>()
                .WithMessage($"Schedule.Epochs is 4*5 epochs*{kind}*raise Schedule.Epochs*");
        }
        else
        {
            build.Should().NotThrow();
        }
    }

    private static MultiTaskTrainerBuilder Builder(int epochs, string schedule) => Tiny.Builder(options =>
    {
        options.Epochs = epochs;
        options.GradientClipNorm = 2;
        options.SemiSupervision.Threshold.Start = 0.2;
        options.SemiSupervision.Threshold.Floor = 0.1;
        options.Schedule = schedule switch
        {
            "constant" => new() { Kind = ScheduleKind.Constant, WarmUpFraction = 0 },
            "course of all" => new() { Kind = ScheduleKind.OneCycle, Epochs = 4 },
            "constant after a warm-up of a course" => new() { Kind = ScheduleKind.Constant, WarmUpFraction = 0.5, Epochs = 4 },
            "cosine" => new() { Kind = ScheduleKind.Cosine, WarmUpFraction = 0 },
            "warm-up" => new() { Kind = ScheduleKind.Constant, WarmUpFraction = 0.2 },
            _ => new() { Kind = ScheduleKind.OneCycle },
        };
    });

    private static Task StopAt(MultiTaskTrainerBuilder builder, int epoch, int step) =>
        StopWhen(builder, report => report is StepProgress at && at.Epoch == epoch && at.Step == step);

    private static async Task StopWhen(MultiTaskTrainerBuilder builder, Func<TrainingProgress, bool> isTime)
    {
        using var stop = new CancellationTokenSource();
        var progress = new ProgressRecorder(report =>
        {
            if (isTime(report))
            {
                stop.Cancel();
            }
        });
        await FluentActions.Awaiting(async () => (await builder.Build().FitAsync(Training, Validation, progress, stop.Token)).Dispose())
            .Should().ThrowAsync<OperationCanceledException>();
    }
}
