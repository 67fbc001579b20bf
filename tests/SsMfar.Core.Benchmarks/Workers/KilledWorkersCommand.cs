using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using SsMfar.Benchmarks.Measurement;

namespace SsMfar.Benchmarks.Workers;

/// <summary>
/// <c>killed-workers</c>: the parts of one prediction by as many processes, of which some are killed at random moments; the same commands
/// once more, and what is gathered against what one process writes.
/// </summary>
internal static class KilledWorkersCommand
{
    private const int Block = 32;

    public static Command Create()
    {
        Option<int> parts = Number("--parts", "Parts, a process each", 40);
        Option<int> kills = Number("--kills", "Workers that are killed", 7);
        Option<int> atOnce = Number("--at-once", "Processes at the same time", 2);
        Option<int> seed = Number("--seed", "Chooses who is killed, and when", 1);
        Command command = new("killed-workers", "Parts of a prediction, of whose workers some are killed") { parts, kills, atOnce, seed };
        command.SetAction(parsed => RunAsync(
            parsed.GetValue(parts), parsed.GetValue(kills), parsed.GetValue(atOnce), parsed.GetValue(seed)));
        return command;
    }

    private static async Task<int> RunAsync(int parts, int kills, int atOnce, int seed)
    {
        using TemporaryFolder folder = new();
        string data = folder["data"], train = Path.Combine(data, "train.txt"), model = Path.Combine(folder["run"], "model.safetensors");
        await ConsoleRun.RequireAsync(
            "render", "--out", data, "--faces", $"{parts * Block}", "--validation-faces", "64", "--size", "48").ConfigureAwait(false);
        await ConsoleRun.RequireAsync(
            "train", "--data", data, "--train", Path.Combine(data, "validation.txt"), "--validation", Path.Combine(data, "validation.txt"),
            "--size", "32", "--epochs", "1", "--batch-size", "32", "--device", "cpu", "--weights", "none", "--no-report",
            "--out", folder["run"])
            .ConfigureAwait(false);
        string[] predict = ["predict", "--model", model, "--list", train, "--data", data, "--device", "cpu"];
        await ConsoleRun.RequireAsync([.. predict, "--out", folder["whole.txt"]]).ConfigureAwait(false);

        // Who is killed, and at which share of the time that a worker takes.
        long start = Stopwatch.GetTimestamp();
        Random random = new(seed);
        int[] order = [.. Enumerable.Range(1, parts)];
        random.Shuffle(order);
        Dictionary<int, double> killed = order[..Math.Min(kills, parts)].Order().ToDictionary(part => part, _ => random.NextDouble());
        double usual = 0;
        int ended = 0;
        using SemaphoreSlim free = new(atOnce);
        await Task.WhenAll(Enumerable.Range(1, parts).Select(async part =>
        {
            await free.WaitAsync().ConfigureAwait(false);
            try
            {
                long begun = Stopwatch.GetTimestamp();
                using Process worker = ConsoleRun.Start(Arguments(part));
                if (killed.TryGetValue(part, out double share))
                {
                    await Task.Delay(TimeSpan.FromSeconds(share * (usual > 0 ? usual : 2))).ConfigureAwait(false);
                    Interlocked.Add(ref ended, worker.HasExited ? 1 : 0);
                    worker.Kill();
                }

                await worker.WaitForExitAsync().ConfigureAwait(false);
                usual = killed.ContainsKey(part) ? usual : Stopwatch.GetElapsedTime(begun).TotalSeconds;
            }
            finally
            {
                free.Release();
            }
        })).ConfigureAwait(false);
        double first = Stopwatch.GetElapsedTime(start).TotalSeconds;
        int left = Enumerable.Range(1, parts).Count(part => File.Exists(Part(part)));

        start = Stopwatch.GetTimestamp();
        await Parallel.ForEachAsync(
            Enumerable.Range(1, parts), new ParallelOptions { MaxDegreeOfParallelism = atOnce },
            async (part, _) => await ConsoleRun.RequireAsync([.. Arguments(part)]).ConfigureAwait(false)).ConfigureAwait(false);
        double second = Stopwatch.GetElapsedTime(start).TotalSeconds;
        await ConsoleRun.RequireAsync(["gather", "--out", folder["gathered.txt"], .. Enumerable.Range(1, parts).Select(Part)])
            .ConfigureAwait(false);
        bool same = File.ReadAllBytes(folder["gathered.txt"]).AsSpan().SequenceEqual(File.ReadAllBytes(folder["whole.txt"]));
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{parts} parts of {Block} faces, {killed.Count} workers killed ({ended} of them had ended): {left} parts whole after " +
                $"{first:F0} s, all after the same commands again in {second:F0} s; gathered, " +
                $"{(same ? "equal" : "NOT EQUAL")} to one process's file"));
        return same ? 0 : 1;

        string Part(int part) => folder[$"part-{part}.txt"];

        string[] Arguments(int part) => [.. predict, "--shard", $"{part}/{parts}", "--out", Part(part)];
    }

    /// <summary>A number of at least 1.</summary>
    public static Option<int> Number(string name, string description, int fallback)
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
