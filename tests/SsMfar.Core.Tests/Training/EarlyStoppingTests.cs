using System.Collections.Immutable;
using SsMfar.Data;
using SsMfar.Tests.Models;
using SsMfar.Training;

namespace SsMfar.Tests.Training;

public sealed class EarlyStoppingTests
{
    private const double Undefined = double.NaN;

    private static readonly AffectDataset Training = TinyFaces.Dataset(48);
    private static readonly AffectDataset Validation = TinyFaces.Dataset(20, seed: 2);

    [Theory]
    [InlineData(2, 0, new[] { 0.1, 0.2, 0.2, 0.15 }, true)]
    [InlineData(2, 0, new[] { 0.1, 0.2, 0.2, 0.21 }, false)]
    [InlineData(3, 0, new[] { 0.3, 0.2, 0.1 }, false)]
    [InlineData(3, 0, new[] { 0.3, 0.2, 0.1, 0 }, true)]
    [InlineData(2, 0.1, new[] { 0.1, 0.15, 0.19 }, true)]
    [InlineData(2, 0.1, new[] { 0.1, 0.15, 0.21 }, false)]
    [InlineData(2, 0.1, new[] { 0.1, 0.19, 0.21, 0.3 }, false)]
    [InlineData(1, 0, new[] { Undefined }, true)]
    [InlineData(2, 0, new[] { 0.1, Undefined, 0.2 }, false)]
    [InlineData(2, 0, new[] { 0.1, Undefined, Undefined }, true)]
    [InlineData(null, 0, new[] { 0.3, 0.2, 0.1, 0 }, false)]
    public void A_run_ends_after_as_many_evaluations_without_an_improvement_as_its_patience(
        int? patience,
        double least,
        double[] scores,
        bool ends)
    {
        TrainingOptions options = new() { Epochs = 100, EarlyStopping = new() { Patience = patience, MinimumImprovement = least } };
        EpochResult[] history =
        [
            .. scores.Select(
                score => Epoch(new(double.IsNaN(score) ? null : score, ImmutableSortedDictionary<string, SsMfar.Metrics.TaskScore>.Empty))),
        ];

        EarlyStopping.Reason(options, history).Should().Be(ends ? TrainingStopReason.NoImprovement : null);
        EarlyStopping.Reason(options, [.. history.SelectMany(epoch => new[] { Epoch(null), epoch })])
            .Should().Be(ends ? TrainingStopReason.NoImprovement : null, "epochs without an evaluation count for nothing");
        options.Epochs = scores.Length;
        EarlyStopping.Reason(options, history).Should().Be(TrainingStopReason.EpochsCompleted);
    }

    [Fact]
    public async Task A_stopped_run_is_complete_says_so_and_does_not_train_on_when_it_is_resumed()
    {
        using var folder = new TemporaryFolder();
        var progress = new ProgressRecorder();
        using TrainingResult stopped = await Builder(Scores(0.5, 0.7, 0.6, 0.65)).UseCheckpoints(folder.Path).Build()
            .FitAsync(Training, Validation, progress);

        stopped.StopReason.Should().Be(TrainingStopReason.NoImprovement);
        stopped.History.Should().HaveCount(4);
        stopped.BestEpoch.Should().Be(2);
        stopped.BestScore.Should().Be(0.7);
        progress.Reports.OfType<EpochProgress>().Select(epoch => epoch.StopReason).Should()
            .Equal(null, null, null, TrainingStopReason.NoImprovement);

        var again = new ProgressRecorder();
        using TrainingResult resumed = await Builder(() => throw new InvalidOperationException("nothing is left to evaluate"))
            .UseCheckpoints(folder.Path, CheckpointMode.ResumeIfPresent).Build().FitAsync(Training, Validation, again);
        Tiny.ShouldEqual(resumed, stopped);
        resumed.StopReason.Should().Be(TrainingStopReason.NoImprovement);
        again.Steps.Should().BeEmpty();
    }

    [Fact]
    public async Task A_run_stopped_by_hand_while_it_waits_goes_on_waiting_from_where_it_was()
    {
        using var folder = new TemporaryFolder();
        using var stop = new CancellationTokenSource();
        var progress = new ProgressRecorder(report =>
        {
            if (report is EpochProgress { Result.Epoch: 3 })
            {
                stop.Cancel();
            }
        });
        Func<Task> fit = async () => (await Builder(Scores(0.5, 0.7, 0.6)).UseCheckpoints(folder.Path).Build()
            .FitAsync(Training, Validation, progress, stop.Token)).Dispose();
        await fit.Should().ThrowAsync<OperationCanceledException>();

        using TrainingResult resumed = await Builder(Scores(0.65)).UseCheckpoints(folder.Path, CheckpointMode.ResumeIfPresent).Build()
            .FitAsync(Training, Validation);

        resumed.History.Should().HaveCount(4);
        resumed.StopReason.Should().Be(TrainingStopReason.NoImprovement);
    }

    [Fact]
    public async Task A_run_that_improves_has_all_its_epochs()
    {
        using TrainingResult result = await Builder(Scores(1, 2, 3, 4, 5, 6)).Build().FitAsync(Training, Validation);

        result.StopReason.Should().Be(TrainingStopReason.EpochsCompleted);
        result.History.Should().HaveCount(6);
    }

    [Fact]
    public async Task Patience_without_a_validation_set_is_refused_before_anything_is_decoded()
    {
        var progress = new ProgressRecorder();
        await FluentActions.Awaiting(() => Builder(Scores()).Build().FitAsync(Training, null, progress))
            .Should().ThrowAsync<TrainingConfigurationException>().WithMessage("*EarlyStopping.Patience*validation set*");
        progress.Reports.Should().BeEmpty();
    }

    private static MultiTaskTrainerBuilder Builder(Func<double?> score) => Tiny.Builder(options =>
    {
        options.Epochs = 6;
        options.EarlyStopping = new() { Patience = 2 };
    }).UseMonitoredScore(_ => score());

    private static Func<double?> Scores(params double[] scores)
    {
        var left = new Queue<double>(scores);
        return () => left.Dequeue();
    }

    private static EpochResult Epoch(EvaluationResult? evaluation) => new(
        1, ImmutableSortedDictionary<string, double>.Empty, evaluation,
        ImmutableSortedDictionary<string, ImmutableArray<double>>.Empty, 1, 1);
}
