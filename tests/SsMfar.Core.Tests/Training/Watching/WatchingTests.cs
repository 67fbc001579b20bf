using System.Collections.Immutable;
using System.Diagnostics.Metrics;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using SkiaSharp;
using SsMfar.Data;
using SsMfar.Imaging;
using SsMfar.Training;

namespace SsMfar.Tests.Training.Watching;

/// <summary>A run that is watched: event files of TensorBoard, lines of its history, the meter.</summary>
public sealed class WatchingTests : IDisposable
{
    private static readonly AffectDataset Training = TinyFaces.Dataset(60);
    private static readonly AffectDataset Validation = TinyFaces.Dataset(40, seed: 2);

    private readonly TemporaryFolder _folder = new();

    private string Events => _folder.File("events");

    private string History => _folder.File("history.jsonl");

    public void Dispose() => _folder.Dispose();

    // The check value of CRC-32C: what every description of it gives for these nine characters.
    [Fact]
    public void The_sum_that_tests_check_by_is_CRC_32C() => EventRecords.Sum("123456789"u8).Should().Be(0xe3069283);

    [Fact]
    public async Task TensorBoard_reads_every_step_and_epoch()
    {
        ProgressRecorder progress = new();
        using TrainingResult result = await Tiny.Builder().UseTensorBoard(Events).Build().FitAsync(Training, Validation, progress);

        List<(string Tag, long Step, float Value)> scalars = EventRecords.Scalars(Events);

        StepProgress[] steps = [.. progress.Steps];
        scalars.Where(scalar => scalar.Tag == "loss/total").Select(scalar => (scalar.Step, scalar.Value)).Should()
            .Equal(steps.Select((step, i) => ((long)i + 1, (float)step.Losses["total"])));
        scalars.Where(scalar => scalar.Tag == "learning_rate").Select(scalar => scalar.Value).Should()
            .Equal(steps.Select(step => (float)step.LearningRate));
        scalars.Where(scalar => scalar.Tag == "validation/score").Select(scalar => (scalar.Step, scalar.Value)).Should()
            .Equal(result.History.Select(epoch => ((long)epoch.Epoch, (float)epoch.Evaluation!.Score!.Value)));
        scalars.Where(scalar => scalar.Tag == "validation/expression/macroF1").Should().HaveCount(2);
        scalars.Select(scalar => scalar.Tag).Should().Contain(["epoch/loss/total", "images_per_second", "epoch/seconds"]);
    }

    [Fact]
    public void TensorBoard_reads_pictures_pixel_by_pixel()
    {
        byte[] pixels = [.. Enumerable.Range(0, 3 * 5 * 4).Select(value => (byte)(value * 4))];
        KeyValuePair<string, RgbImage>[] images =
        [
            new("mistakes/expression/1 Anger read as Fear", new(5, 4, pixels)), new("mistakes/é", new(1, 1, [1, 2, 3])),
        ];

        TensorBoardImages.Write(Events, 7, images);

        List<EventImage> read = EventRecords.Images(Events);
        read.Select(image => (image.Tag, image.Step, image.Width, image.Height, image.Colours)).Should().Equal(
            (images[0].Key, 7, 5, 4, 3), (images[1].Key, 7, 1, 1, 3));
        using SKBitmap first = SKBitmap.Decode(read[0].Png);
        read[0].Png.Take(8).Should().Equal([0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10]);
        Enumerable.Range(0, 20).SelectMany(i => new[]
        {
            first.GetPixel(i % 5, i / 5).Red, first.GetPixel(i % 5, i / 5).Green, first.GetPixel(i % 5, i / 5).Blue,
        }).Should().Equal(pixels);
    }

    [Fact]
    public void Earlier_lines_of_the_history_are_replaced_and_not_emptied_first()
    {
        File.WriteAllText(History, "earlier\n");
        using FileStream before = new(History, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using HistoryFile history = new(History);

        history.Begin([]);

        File.ReadAllText(History).Should().BeEmpty();
        using StreamReader earlier = new(before);
        earlier.ReadToEnd().Should().Be("earlier\n", "a process that is killed meanwhile leaves the one file or the other");
    }

    [Fact]
    public async Task The_history_has_an_epoch_as_soon_as_it_ended_and_each_once_after_a_resumed_run()
    {
        using CancellationTokenSource stop = new();
        int linesAtTheFirstEnd = -1;
        ProgressRecorder progress = new(report =>
        {
            if (report is EpochProgress)
            {
                linesAtTheFirstEnd = Lines().Length;
                stop.Cancel();
            }
        });
        MultiTaskTrainerBuilder Builder() => Tiny.Builder().UseHistoryFile(History)
            .UseCheckpoints(_folder.File("run"), CheckpointMode.ResumeIfPresent);

        await FluentActions.Awaiting(() => Builder().Build().FitAsync(Training, Validation, progress, stop.Token)).Should()
            .ThrowAsync<OperationCanceledException>();
        linesAtTheFirstEnd.Should().Be(1);
        File.AppendAllText(History, "{\"epoch\":2,\"los"); // as a killed process leaves it
        using TrainingResult result = await Builder().Build().FitAsync(Training, Validation);

        JsonElement[] lines = [.. Lines().Select(line => JsonDocument.Parse(line).RootElement)];
        lines.Select(line => line.GetProperty("epoch").GetInt32()).Should().Equal(1, 2);
        foreach ((JsonElement line, EpochResult epoch) in lines.Zip(result.History))
        {
            line.GetProperty("score").GetDouble().Should().Be(epoch.Evaluation!.Score);
            line.GetProperty("losses").GetProperty("total").GetDouble().Should().Be(epoch.Losses["total"]);
            line.GetProperty("tasks").GetProperty("expression").GetProperty("macroF1").GetDouble().Should()
                .Be(epoch.Evaluation.Tasks["expression"].Values["macroF1"]);
            line.GetProperty("policy").EnumerateObject().Select(entry => entry.Name).Should().Equal(epoch.Policy.Keys);
        }
    }

    [Fact]
    public async Task The_meter_tells_a_listener_of_steps_images_losses_and_scores()
    {
        Dictionary<string, List<double>> heard = [];
        using MeterListener listener = new()
        {
            InstrumentPublished = (instrument, self) =>
            {
                if (instrument.Meter.Name == MultiTaskTrainer.MeterName)
                {
                    self.EnableMeasurementEvents(instrument);
                }
            },
        };
        int training = 0; // the thread of this run: others may train meanwhile
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Hear(instrument.Name, value, tags));
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Hear(instrument.Name, value, tags));
        listener.Start();
        ProgressRecorder progress = new(_ => training = Environment.CurrentManagedThreadId);

        using TrainingResult result = await Tiny.Builder().Build().FitAsync(Training, Validation, progress);

        int steps = progress.Steps.Count();
        heard["ssmfar.training.step.duration"].Should().HaveCount(steps).And.OnlyContain(seconds => seconds > 0 && seconds < 60);
        heard["ssmfar.training.images"].Sum().Should().Be(2 * Training.Count);
        heard["ssmfar.training.epochs"].Sum().Should().Be(2);
        heard["ssmfar.training.queue.duration"].Should().HaveCount(steps - 2, "between the steps of an epoch")
            .And.OnlyContain(seconds => seconds >= 0 && seconds < 60);
        heard["ssmfar.training.memory process"].Should().HaveCount(2).And.OnlyContain(bytes => bytes > 1e7);
        heard["ssmfar.training.memory managed"].Should().HaveCount(2).And.OnlyContain(bytes => bytes > 1e5);
        heard["ssmfar.training.loss total"].Should().Equal(progress.Steps.Select(step => step.Losses["total"]));
        heard["ssmfar.training.score"].Should().Equal(result.History.Select(epoch => epoch.Evaluation!.Score!.Value));

        void Hear(string name, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            // Decoding is reported first, so that the thread is known before the first step.
            if (Environment.CurrentManagedThreadId == training)
            {
                string key = tags.Length > 0 ? $"{name} {tags[0].Value}" : name;
                (heard.TryGetValue(key, out List<double>? values) ? values : heard[key] = []).Add(value);
            }
        }
    }

    [Fact]
    public void A_file_that_becomes_larger_than_one_may_be_is_given_up_too()
    {
        LogBook log = new();
        TooLarge file = new();
        using RunWatchers watchers = new([() => file], null, log.CreateLogger("run"));

        watchers.Begin([]);

        file.Disposals.Should().Be(1, "nobody comes back to it");
        log.Of(40).Should().ContainSingle().Which.Text.Should().StartWith("events cannot be written, and the run goes on without");
    }

    [Fact]
    public async Task A_file_that_cannot_be_written_is_warned_of_and_the_run_goes_on()
    {
        File.WriteAllText(_folder.File("file"), "");
        LogBook log = new();

        using TrainingResult result = await Tiny.Builder().UseLogging(log).UseTensorBoard(Path.Combine(_folder.File("file"), "sub"))
            .UseHistoryFile(History).Build().FitAsync(Training, Validation);

        result.History.Should().HaveCount(2);
        LogBook.Entry warning = log.Of(40).Should().ContainSingle().Which;
        warning.Level.Should().Be(LogLevel.Warning);
        warning.Text.Should().Contain("cannot be written, and the run goes on without");
        Lines().Should().HaveCount(2);
    }

    [Fact]
    public async Task Watching_changes_nothing_of_a_run()
    {
        using TrainingResult alone = await Tiny.Builder().Build().FitAsync(Training, Validation);
        using TrainingResult watched = await Tiny.Builder().UseTensorBoard(Events).UseHistoryFile(History).Build()
            .FitAsync(Training, Validation);

        Tiny.ShouldEqual(watched, alone);
    }

    private string[] Lines()
    {
        using FileStream file = new(History, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using StreamReader reader = new(file);
        return reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    /// <summary>.NET's exception where a file would be larger than the system lets it be.</summary>
    private sealed class TooLarge : RunWatcher
    {
        public override string Path => "events";

        public override void Begin(ImmutableArray<EpochResult> history) => throw Failure(1L << 60);

        public override void Report(TrainingProgress progress)
        {
        }

        public int Disposals { get; private set; }

        // As a file that has not written all of it.
        public override void Dispose()
        {
            Disposals++;
            throw Failure(1L << 60);
        }

        private static ArgumentOutOfRangeException Failure(long value) => new(nameof(value));
    }
}
