using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using SsMfar.Benchmarks.Measurement;
using SsMfar.RenderedFaces;
using SsMfar.Training;

namespace SsMfar.Benchmarks.Workers;

/// <summary>
/// <c>ranks</c>: two ranks with one thread each beside one process with two, same global batch, in turns; where their time goes; the cost
/// model against what was measured; and what it says of more ranks and other links.
/// </summary>
internal static class RanksCommand
{
    private const int Faces = 512;

    // Each batch norm forward and backward; of ResNet-18.
    private const int NormExchanges = 40;

    // Whether to stop, the outputs of three tasks, the batch statistics.
    private const int ShortExchanges = 5;

    private static readonly (double Gigabits, double Latency)[] Links = [(1, 50e-6), (10, 20e-6), (100, 5e-6)];

    public static Command Create()
    {
        Option<int[]> batches = new("--batches")
        {
            Description = "Global batches.", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [64, 128],
        };
        Option<int> size = KilledWorkersCommand.Number("--size", "Pixels a side", 112);
        Option<int> steps = KilledWorkersCommand.Number("--steps", "Steps of a turn, after three to warm up", 6);
        Option<int> turns = KilledWorkersCommand.Number("--turns", "Turns a side", 3);
        Option<double> gigabits = new("--gigabits")
        {
            Description = "Compares sums after and during the backward pass on a wire of so many Gbit/s instead.",
        };
        Option<string> launcher = new("--launcher")
        {
            Description = "MPI's launcher and its options.", DefaultValueFactory = _ => "mpirun.mpich",
        };
        Command command = new("ranks", "Ranks beside one process with as many threads, and their cost model (needs mpich)")
        {
            batches, size, steps, turns, gigabits, launcher,
        };
        command.SetAction(parsed =>
        {
            using TemporaryFolder folder = new();
            RenderedFaceSet.Write(
                folder.Path, new() { TrainingCount = Faces, ValidationCount = 0, Size = parsed.GetValue(size) });
            Runs runs = new(folder.Path, parsed.GetValue(launcher)!, parsed.GetValue(size), parsed.GetValue(steps));
            Console.WriteLine(Machine.Describe(MeasurementOptions.Of(parsed)));
            foreach (int batch in parsed.GetValue(batches)!)
            {
                if (parsed.GetValue(gigabits) is > 0 and var speed)
                {
                    CompareOverlap(runs, batch, parsed.GetValue(turns), speed);
                }
                else
                {
                    Compare(runs, batch, parsed.GetValue(turns));
                }
            }
        });
        return command;
    }

    private static void CompareOverlap(Runs runs, int batch, int turns, double gigabits)
    {
        string wire = gigabits.ToString(CultureInfo.InvariantCulture);
        List<RankSteps> after = [], during = [];
        for (int turn = 0; turn < turns; turn++)
        {
            after.Add(runs.Ranks(2, batch, "--gigabits", wire));
            during.Add(runs.Ranks(2, batch, "--gigabits", wire, "--overlap"));
        }

        Say($"batch {batch}, two ranks, sums slowed to {gigabits} Gbit/s: {Time(after):F0} ms a step after the backward pass, ");
        Say($"{Time(during):F0} ms during it: {Ratio(during, after)}");
    }

    private static void Compare(Runs runs, int batch, int turns)
    {
        (string Name, Func<RankSteps> Run)[] sides =
        [
            ("one process, 2 threads", () => runs.Alone(batch, threads: 2)),
            ("2 ranks, 1 thread each", () => runs.Ranks(2, batch)),
            ("the same, norms shared", () => runs.Ranks(2, batch, "--norms")),
            ("the same, gradients in bfloat16", () => runs.Ranks(2, batch, "--format", nameof(GradientFormat.BFloat16))),
            ("the same, summed during the backward pass", () => runs.Ranks(2, batch, "--overlap")),
        ];
        List<RankSteps>[] all = [.. sides.Select(_ => new List<RankSteps>())];
        for (int turn = 0; turn < turns; turn++)
        {
            for (int side = 0; side < sides.Length; side++)
            {
                all[side].Add(sides[side].Run());
            }
        }

        Console.WriteLine();
        Console.WriteLine("| a step | ms | beside one process | processors, ms | in passes | waiting | sums | bytes |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|");
        for (int side = 0; side < sides.Length; side++)
        {
            List<RankSteps> runsOf = all[side];
            Say($"| batch {batch}, {sides[side].Name} | {Time(runsOf):F0} | {(side == 0 ? "" : Ratio(runsOf, all[0]))} | ");
            Say($"{Mean(run => run.Processor):F0} | {Mean(run => run.InPasses):F1} | {Mean(run => run.Waiting):F1} | ");
            Say($"{Mean(run => run.Summing):F1} | {runsOf[^1].Bytes} |\n");

            double Mean(Func<RankSteps, double> part) => runsOf.Average(part);
        }

        Predict(runs, batch, all, turns);
    }

    private static void Predict(Runs runs, int batch, List<RankSteps>[] measured, int turns)
    {
        ModelPart[] parts = measured[0][^1].Parts;
        Console.WriteLine();
        Console.WriteLine("| sum of numbers, median | float32, ms | as fitted | error | bfloat16, ms |");
        Console.WriteLine("|---|---|---|---|---|");
        WireCost[] wires = new WireCost[5];
        foreach (int ranks in new[] { 2, 4 })
        {
            WireTime[] wire = runs.Wire(ranks);
            wires[ranks] = RankModel.Fit(ranks, wire.Select(time => (4.0 * time.Numbers, time.Float32 / 1000)));
            foreach (WireTime time in wire)
            {
                double fitted = 1000 * RankModel.Ring(ranks, 4.0 * time.Numbers, wires[ranks]);
                Say($"| {ranks} ranks, {time.Numbers} | {time.Float32:F3} | {fitted:F3} | {100 * ((fitted / time.Float32) - 1):F0}% | ");
                Say($"{time.BFloat16:F3} |\n");
            }
        }

        Console.WriteLine();
        Console.WriteLine("| step, batch and what | a rank's work, ms | model, ms | measured, ms | error |");
        Console.WriteLine("|---|---|---|---|---|");
        double two = runs.AtOnce(2, batch / 2), four = runs.AtOnce(4, batch / 4);
        Line("2 ranks", 2, two, ShortExchanges, Time(measured[1]));
        Line("2 ranks, norms shared", 2, two, ShortExchanges + NormExchanges, Time(measured[2]));
        List<RankSteps> onFour = [.. Enumerable.Range(0, turns).Select(_ => runs.Ranks(4, batch))];
        Line("4 ranks on as many cores as there are", 4, four, ShortExchanges, Time(onFour));

        Console.WriteLine();
        Console.WriteLine("| ranks of one process each, Gbit/s | float32, ms | efficiency | bfloat16 | during the backward pass | both |");
        Console.WriteLine("|---|---|---|---|---|---|");
        double work = Time(measured[0]) / 1000;
        foreach (int ranks in new[] { 1, 8, 64, 512 })
        {
            foreach ((double gigabits, double latency) in Links)
            {
                WireCost wire = new(latency, 8e-9 / gigabits);
                double plain = Step(4, false);
                Say($"| {ranks} x {batch}, {gigabits} | {1000 * plain:F0} | {work / plain:P0} | {work / Step(2, false):P0} | ");
                Say($"{work / Step(4, true):P0} | {work / Step(2, true):P0} |\n");

                double Step(int each, bool overlaps) => RankModel.Step(work, ranks, parts, each, ShortExchanges, wire, overlaps);
            }
        }

        void Line(string name, int ranks, double compute, int small, double milliseconds)
        {
            double model = 1000 * RankModel.Step(compute / 1000, ranks, parts, 4, small, wires[ranks], overlaps: false);
            Say($"| {batch}, {name} | {compute:F0} | {model:F0} | {milliseconds:F0} | {100 * ((model / milliseconds) - 1):F0}% |\n");
        }
    }

    private static double Time(List<RankSteps> runs) => Paired.Median(runs.SelectMany(run => run.Steps));

    // Of neighbouring turns, with the least and the most of them.
    private static string Ratio(List<RankSteps> runs, List<RankSteps> others)
    {
        double[] ratios = [.. runs.Zip(others, (run, other) => Paired.Median(run.Steps) / Paired.Median(other.Steps)).Order()];
        return FormattableString.Invariant($"{Paired.Median(ratios):F3} ({ratios[0]:F3} to {ratios[^1]:F3})");
    }

    private static void Say(FormattableString text) => Console.Write(text.ToString(CultureInfo.InvariantCulture));

    /// <summary>The processes that are measured.</summary>
    private sealed class Runs(string data, string launcher, int size, int steps)
    {
        public RankSteps Alone(int batch, int threads) => Read(Start("", Steps(batch, threads)));

        public RankSteps Ranks(int ranks, int batch, params string[] options) => Read(Start(
            $"{launcher} -n {ranks}", [.. Steps(batch, threads: 1), .. options]));

        public WireTime[] Wire(int ranks) =>
            JsonSerializer.Deserialize<WireTime[]>(Output(Start($"{launcher} -n {ranks}", [RankWireCommand.Name])))!;

        /// <summary>What a process with one thread takes for a step while as many others do the same, in milliseconds.</summary>
        public double AtOnce(int processes, int batch)
        {
            Process[] started = [.. Enumerable.Range(0, processes).Select(_ => Start("", Steps(batch, threads: 1)))];
            return Time([.. started.Select(Read)]);
        }

        private string[] Steps(int batch, int threads) =>
        [
            RankStepsCommand.Name, "--data", data, "--batch", $"{batch}", "--size", $"{size}", "--steps", $"{steps}",
            "--threads", $"{threads}",
        ];

        private static Process Start(string launcher, string[] arguments)
        {
            string[] words =
            [
                .. launcher.Split(' ', StringSplitOptions.RemoveEmptyEntries), "dotnet", typeof(Runs).Assembly.Location, .. arguments,
            ];
            return Process.Start(new ProcessStartInfo(words[0], words[1..])
            {
                RedirectStandardOutput = true,
            })!;
        }

        private static string Output(Process process)
        {
            using (process)
            {
                string output = process.StandardOutput.ReadToEnd();
                process.WaitForExit();
                return process.ExitCode == 0
                    ? output
                    : throw new InvalidOperationException($"A run ended with {process.ExitCode}.");
            }
        }

        private static RankSteps Read(Process process) => JsonSerializer.Deserialize<RankSteps>(Output(process))!;
    }
}
