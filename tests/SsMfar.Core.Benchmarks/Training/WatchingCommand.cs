using System.CommandLine;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using SsMfar.Benchmarks.Measurement;
using SsMfar.Data;
using SsMfar.RenderedFaces;
using SsMfar.Runtime;
using SsMfar.Training;
using TorchSharp;

namespace SsMfar.Benchmarks.Training;

/// <summary>
/// <c>watching</c>: a step with everything that watches a run (history, TensorBoard, a listener to the meter) beside one without, in turns
/// in one process; and what of the time of the watched side was spent inside of what writes and listens.
/// </summary>
internal static class WatchingCommand
{
    private const int Faces = 256;
    private const int WarmUpSteps = 10;

    public static Command Create()
    {
        Option<int> steps = Number("--steps", "Steps of a turn, after ten to warm up", 60);
        Option<int> turns = Number("--turns", "Turns a side", 21);
        Option<int> batch = Number("--batch", "Images in a batch", 32);
        Option<int> size = Number("--size", "Pixels a side", 32);
        Command command = new("watching", "A step with history, TensorBoard and meter beside one without, in turns")
        {
            steps, turns, batch, size,
        };
        command.SetAction(parsed =>
        {
            MeasurementOptions measurement = MeasurementOptions.Of(parsed);
            TorchRuntime.Initialize();
            torch.set_num_threads(measurement.Threads);
            Run(
                ComputeDevice.Parse(measurement.Device), parsed.GetValue(steps), parsed.GetValue(turns), parsed.GetValue(batch),
                parsed.GetValue(size));
        });
        return command;
    }

    private static void Run(ComputeDevice device, int steps, int turns, int batch, int size)
    {
        using TemporaryFolder folder = new();
        (AnnotationSet drawn, _) = RenderedFaceSet.Write(folder.Path, new() { TrainingCount = Faces, ValidationCount = 0, Size = size });
        AnnotationSet rows = new(Enumerable.Range(0, (WarmUpSteps + steps) * batch).Select(i => drawn[i % Faces]));
        WatchingClock inside = new();
        double[] plain = new double[turns], watched = new double[turns];
        Turn(watch: false, -1);
        Turn(watch: true, -1);
        inside.Restart();
        for (int turn = 0; turn < turns; turn++)
        {
            // Each side is first as often.
            foreach (bool watch in turn % 2 == 0 ? new[] { false, true } : [true, false])
            {
                (watch ? watched : plain)[turn] = Turn(watch, turn);
            }
        }

        double[] ratios = [.. watched.Zip(plain, (on, off) => on / off).Order()];
        (double low, double high) = Interval(ratios);
        double share = 100 * inside.Seconds / (watched.Sum() * steps / 1000);
        Console.WriteLine("| a step | without | watched | ratio | inside of what watches |");
        Console.WriteLine("|---|---|---|---|---|");
        Console.WriteLine(
            FormattableString.Invariant($"| {size} px, batch {batch}, {turns} turns of {steps} | {Paired.Median(plain):F2} ms |") +
            FormattableString.Invariant($" {Paired.Median(watched):F2} ms | {Paired.Median(ratios):F4} ({low:F4} to {high:F4}) |") +
            FormattableString.Invariant($" {share:F3}% |"));

        double Turn(bool watch, int turn)
        {
            MultiTaskTrainerBuilder builder = MultiTaskTrainer.CreateBuilder().UseDevice(device).Configure(options =>
            {
                options.Epochs = 1;
                options.BatchSize = batch;
                options.ImageSize = size;
            });
            if (watch)
            {
                builder.UseHistoryFile(folder[$"history{turn}.jsonl"]).UseTensorBoard(folder[$"events{turn}"]);
            }

            TrainerConfiguration configuration = builder.Build().Configuration;
            MultiTaskTrainer trainer = new(configuration with
            {
                Watchers = [.. configuration.Watchers.Select(make => (Func<RunWatcher>)(() => new TimedWatcher(make(), inside)))],
            });
            using MeterListener? listener = watch ? Listen(inside) : null;
            StepClock clock = new(WarmUpSteps);
            using TrainingResult result = trainer.FitAsync(new AffectDataset(rows, folder.Path), progress: clock).GetAwaiter().GetResult();
            return clock.MillisecondsAStep;
        }
    }

    private static MeterListener Listen(WatchingClock clock)
    {
        MeterListener listener = new()
        {
            InstrumentPublished = (instrument, own) =>
            {
                if (instrument.Meter.Name == MultiTaskTrainer.MeterName)
                {
                    own.EnableMeasurementEvents(instrument);
                }
            },
        };
        double sum = 0;
        listener.SetMeasurementEventCallback<double>((_, value, _, _) => clock.Time(() => sum += value));
        listener.SetMeasurementEventCallback<long>((_, value, _, _) => clock.Time(() => sum += value));
        listener.Start();
        return listener;
    }

    // Of the median, at 95%, by ranks (a binomial distribution of one half).
    private static (double Low, double High) Interval(double[] sorted)
    {
        int reach = (int)Math.Ceiling(0.98 * Math.Sqrt(sorted.Length));
        int middle = sorted.Length / 2;
        return (sorted[Math.Max(0, middle - reach)], sorted[Math.Min(sorted.Length - 1, middle + reach)]);
    }

    private static Option<int> Number(string name, string description, int fallback)
    {
        Option<int> option = new(name) { HelpName = "N", Description = description, DefaultValueFactory = _ => fallback };
        option.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() < 1)
            {
                result.AddError($"{name} must be at least 1.");
            }
        });
        return option;
    }
}
