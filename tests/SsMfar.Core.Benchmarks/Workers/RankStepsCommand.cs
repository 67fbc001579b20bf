using System.CommandLine;
using System.Diagnostics;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using SsMfar.Benchmarks.Measurement;
using SsMfar.Data;
using SsMfar.Distributed;
using SsMfar.Kernels.Marks;
using SsMfar.Runtime;
using SsMfar.Training;
using TorchSharp;

namespace SsMfar.Benchmarks.Workers;

/// <summary>
/// <c>ranks-steps</c>: takes steps of the recommended recipe, alone or as one of the ranks that <c>mpirun</c> started, and prints
/// <see cref="RankSteps"/> as a line of JSON. <c>ranks</c> starts it.
/// </summary>
internal static class RankStepsCommand
{
    public const string Name = "ranks-steps";

    private const int WarmUp = 3;

    public static Command Create()
    {
        Option<string> data = new("--data") { Description = "Faces as 'render' draws them.", Required = true };
        Option<int> batch = KilledWorkersCommand.Number("--batch", "Images in a global batch", 64);
        Option<int> size = KilledWorkersCommand.Number("--size", "Pixels a side", 112);
        Option<int> steps = KilledWorkersCommand.Number("--steps", "Steps after three to warm up", 6);
        Option<bool> norms = new("--norms") { Description = "Batch norms share statistics." };
        Option<GradientFormat> format = new("--format") { Description = "How gradients are exchanged." };
        Option<bool> overlap = new("--overlap") { Description = "Gradients are summed during the backward pass." };
        Option<double> gigabits = new("--gigabits") { Description = "Sums take as long as a ring of links of so many Gbit/s does." };
        Command command = new(Name, "Steps on ranks, for 'ranks' and mpirun")
        {
            data, batch, size, steps, norms, format, overlap, gigabits,
        };
        command.SetAction(parsed => Run(
            parsed.GetValue(data)!, parsed.GetValue(batch), parsed.GetValue(size), parsed.GetValue(steps), parsed.GetValue(gigabits),
            parsed.GetValue(MeasurementOptions.ThreadsOption), new()
            {
                SynchronizeBatchNorm = parsed.GetValue(norms),
                GradientFormat = parsed.GetValue(format),
                OverlapBackward = parsed.GetValue(overlap),
                CheckWeights = false,
            }));
        return command;
    }

    private static void Run(string data, int batch, int size, int steps, double gigabits, int threads, DistributedOptions options)
    {
        TorchRuntime.Initialize();
        torch.set_num_threads(threads);
        using IProcessGroup? group = LaunchedRank.Detect() is { Size: > 1 }
            ? gigabits > 0 ? new SlowedGroup(MpiProcessGroup.Start(), gigabits) : MpiProcessGroup.Start()
            : null;
        using RunRanks? ranks = group is null ? null : new(group, options);
        MultiTaskTrainerBuilder builder = MultiTaskTrainer.CreateBuilder().UseDevice(ComputeDevice.Cpu).AllowUnusedOptions()
            .Configure(o => (o.ImageSize, o.BatchSize, o.Distributed) = (size, batch, options));
        MultiTaskTrainer trainer = (group is null ? builder : builder.UseProcessGroup(group)).Build();
        using TrainingRun run = new TrainingRunFactory(trainer.Configuration, NullLogger.Instance, null, ranks: ranks)
            .Create(AffectDataset.Load(Path.Combine(data, "train.txt"), data), null, CancellationToken.None);
        using LossAccumulator losses = new();
        PartClock parts = new(run.State.Model);
        int[] order = [.. Enumerable.Range(0, run.Training.Count)];
        run.State.Model.train();
        double[] times = new double[steps];
        double inPasses = 0, waiting = 0, summing = 0;
        long bytes = 0;
        TimeSpan processor = default;
        for (int step = -WarmUp; step < steps; step++)
        {
            if (step == 0)
            {
                (inPasses, waiting, summing) = (0, 0, 0);
                (bytes, processor) = (ranks?.Group.Bytes ?? 0, Process.GetCurrentProcess().TotalProcessorTime);
            }

            int first = (step + WarmUp) * batch % (order.Length - batch + 1);
            long start = Stopwatch.GetTimestamp();
            parts.Start();
            ranks?.TakeWaited();
            using (GradientMark.Listening listening = GradientMark.Listen(ranks is null ? parts : null))
            {
                run.Step.Run([order[first..(first + batch)]], 1, step + WarmUp, step + WarmUp, losses);
            }

            inPasses += ranks?.TakeWaited() ?? 0;
            long passed = Stopwatch.GetTimestamp();
            if (ranks is not null)
            {
                if (!options.OverlapBackward)
                {
                    ranks.Group.Barrier();
                }

                long met = Stopwatch.GetTimestamp();
                ranks.Reduce(run.State.Model);
                waiting += Stopwatch.GetElapsedTime(passed, met).TotalSeconds;
                summing += Stopwatch.GetElapsedTime(met).TotalSeconds;
            }

            run.State.Optimizer.Step(1, 0.9, trainer.Configuration.Options.GradientClipNorm);
            run.State.Optimizer.ClearGradients();
            run.Average?.Update(step + WarmUp);
            double milliseconds = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            if (step >= 0)
            {
                times[step] = milliseconds;
                parts.End(milliseconds);
            }
        }

        double used = (Process.GetCurrentProcess().TotalProcessorTime - processor).TotalMilliseconds / steps;
        bytes = ((ranks?.Group.Bytes ?? 0) - bytes) / steps;
        double all = ranks?.Group.Gather([used]).Sum(rank => rank[0]) ?? used;
        if (ranks is not { IsFirst: false })
        {
            Console.WriteLine(JsonSerializer.Serialize(new RankSteps(
                times, all, 1000 * inPasses / steps, 1000 * waiting / steps, 1000 * summing / steps, bytes, parts.Parts(steps))));
        }
    }

    /// <summary>When the parts of a model have their gradients.</summary>
    private sealed class PartClock(Models.MultiTaskModel model) : IGradientListener
    {
        private readonly Dictionary<torch.nn.Module, double> _now = [];
        private readonly Dictionary<torch.nn.Module, double> _shares = [];
        private long _start;

        public void Expect(torch.nn.Module part)
        {
        }

        public void Passed(torch.nn.Module part) => _now[part] = Stopwatch.GetElapsedTime(_start).TotalMilliseconds;

        public void Start()
        {
            _now.Clear();
            _start = Stopwatch.GetTimestamp();
        }

        public void End(double step)
        {
            foreach ((torch.nn.Module part, double time) in _now)
            {
                _shares[part] = _shares.GetValueOrDefault(part) + (time / step);
            }
        }

        public ModelPart[] Parts(int steps)
        {
            ModelPart[] known =
            [
                .. _shares.OrderBy(part => part.Value).Select(part => new ModelPart(Numbers(part.Key), part.Value / steps)),
            ];
            return [.. known, new(Numbers(model) - known.Sum(part => part.Numbers), 1)];
        }

        private static long Numbers(torch.nn.Module part) => part.parameters().Sum(parameter => parameter.numel());
    }
}
