using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using SsMfar.Benchmarks.Measurement;

namespace SsMfar.Benchmarks.Workers;

/// <summary>
/// <c>killed-ranks</c>: a training on MPI's ranks, of which one, or all, are killed at random moments and the run gone on with, against one
/// that nobody touched.
/// </summary>
internal static class KilledRanksCommand
{
    private const string Launcher = "mpirun.mpich";
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    public static Command Create()
    {
        Option<int> kills = KilledWorkersCommand.Number("--kills", "How often", 20);
        Option<int> ranks = KilledWorkersCommand.Number("--ranks", "Processes that train together", 2);
        Option<int> epochs = KilledWorkersCommand.Number("--epochs", "Passes of the run", 200);
        Option<int> seed = KilledWorkersCommand.Number("--seed", "Chooses who is killed, and when", 1);
        Command command = new("killed-ranks", "A training on ranks that are killed and resumed (needs mpich)")
        {
            kills, ranks, epochs, seed,
        };
        command.SetAction(parsed => RunAsync(
            parsed.GetValue(kills), parsed.GetValue(ranks), parsed.GetValue(epochs), parsed.GetValue(seed)));
        return command;
    }

    private static async Task<int> RunAsync(int kills, int ranks, int epochs, int seed)
    {
        using TemporaryFolder folder = new();
        string data = folder["data"];
        await ConsoleRun.RequireAsync("render", "--out", data, "--faces", "64", "--validation-faces", "32", "--size", "48")
            .ConfigureAwait(false);
        double started = 0;
        using (Process untouched = Launch(folder["untouched"]))
        {
            long start = Stopwatch.GetTimestamp();
            while (!File.Exists(Path.Combine(folder["untouched"], "checkpoints", "checkpoint.safetensors")) && !untouched.HasExited)
            {
                await Task.Delay(20).ConfigureAwait(false);
            }

            started = Stopwatch.GetElapsedTime(start).TotalSeconds;
            await untouched.WaitForExitAsync().ConfigureAwait(false);
        }

        // As likely before the first epoch's end as after it.
        Random random = new(seed);
        int all = 0, starts = 0, before = 0;
        double slowest = 0;
        for (int kill = 0; kill < kills; kill++, starts++)
        {
            using Process launched = Launch(folder["killed"]);
            using CancellationTokenSource due = new(TimeSpan.FromSeconds(random.NextDouble() * 2 * started));
            try
            {
                await launched.WaitForExitAsync(due.Token).ConfigureAwait(false);
                break;
            }
            catch (OperationCanceledException)
            {
                List<int> alive = Ranks(folder["killed"]);
                bool killsAll = random.Next(4) == 0;
                int chosen = random.Next(ranks);
                foreach (int id in alive.Count == 0 ? [launched.Id] : killsAll ? alive : [alive[chosen % alive.Count]])
                {
                    Process.GetProcessById(id).Kill();
                }

                (all, before) = (all + (killsAll ? 1 : 0), before + (alive.Count == 0 ? 1 : 0));
            }

            long killed = Stopwatch.GetTimestamp();
            using CancellationTokenSource limit = new(Limit);
            await launched.WaitForExitAsync(limit.Token).ConfigureAwait(false);
            while (Ranks(folder["killed"]).Count > 0)
            {
                await Task.Delay(20, limit.Token).ConfigureAwait(false);
            }

            slowest = Math.Max(slowest, Stopwatch.GetElapsedTime(killed).TotalSeconds);
        }

        using (Process last = Launch(folder["killed"]))
        {
            await last.WaitForExitAsync().ConfigureAwait(false);
        }

        bool same = Model("killed").AsSpan().SequenceEqual(Model("untouched"));
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{ranks} ranks, {epochs} epochs: {starts} kills by SIGKILL ({all} of all ranks, the others of one; {before} before a " +
                $"rank was up), the last rank gone {slowest:F1} s after it at most; the model " +
                $"{(same ? "equal" : "NOT EQUAL")} to the untouched run's"));
        return same ? 0 : 1;

        byte[] Model(string run) => File.ReadAllBytes(Path.Combine(folder[run], "model.safetensors"));

        Process Launch(string output) => ConsoleRun.Start(
            Launcher,
            [
                "-n", $"{ranks}", "dotnet",
                .. ConsoleRun.Arguments(
                [
                    "train", "--data", data, "--train", Path.Combine(data, "train.txt"),
                    "--validation", Path.Combine(data, "validation.txt"),
                    "--size", "32", "--batch-size", "32", "--epochs", $"{epochs}", "--weights", "none", "--device", "cpu", "--no-report",
                    "--resume", "--out", output,
                ]),
            ]);
    }

    // By what is in their environment and on their command line.
    private static List<int> Ranks(string output) =>
    [
        .. Directory.EnumerateDirectories("/proc").Select(Path.GetFileName).Where(name => int.TryParse(name, out _)).Where(name =>
        {
            try
            {
                return File.ReadAllText($"/proc/{name}/cmdline").Split('\0').Contains(output) &&
                    File.ReadAllText($"/proc/{name}/environ").Contains("\0PMI_RANK=", StringComparison.Ordinal);
            }
            catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
            {
                return false;
            }
        }).Select(name => int.Parse(name!, CultureInfo.InvariantCulture)),
    ];
}
