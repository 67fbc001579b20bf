using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using SsMfar.Benchmarks.Measurement;

namespace SsMfar.Benchmarks.Workers;

/// <summary>
/// <c>killed-ranks</c>: a training on MPI's ranks, of which one, or all, are killed at random moments and the run gone on with, against one
/// that nobody touched. With the same number of ranks throughout the models are the same bits; with others, the history is whole.
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
        Option<int[]> others = new("--also")
        {
            Description = "Other numbers of ranks that the run goes on with, in turn",
            AllowMultipleArgumentsPerToken = true,
            HelpName = "N",
        };
        Option<int> seed = KilledWorkersCommand.Number("--seed", "Chooses who is killed, and when", 1);
        Command command = new("killed-ranks", "A training on ranks that are killed and resumed (needs mpich)")
        {
            kills, ranks, epochs, others, seed,
        };
        command.SetAction(parsed => RunAsync(
            parsed.GetValue(kills), [parsed.GetValue(ranks), .. parsed.GetValue(others) ?? []], parsed.GetValue(epochs),
            parsed.GetValue(seed)));
        return command;
    }

    private static async Task<int> RunAsync(int kills, int[] ranks, int epochs, int seed)
    {
        using TemporaryFolder folder = new();
        string data = folder["data"];
        await ConsoleRun.RequireAsync("render", "--out", data, "--faces", "64", "--validation-faces", "32", "--size", "48")
            .ConfigureAwait(false);
        double started = 0;
        using (Process untouched = Launch(ranks[0], folder["untouched"]))
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
            using Process launched = Launch(ranks[kill % ranks.Length], folder["killed"]);
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
                int chosen = random.Next(ranks.Max());
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

        using (Process last = Launch(ranks[0], folder["killed"]))
        {
            await last.WaitForExitAsync().ConfigureAwait(false);
        }

        bool same = Model("killed").AsSpan().SequenceEqual(Model("untouched"));
        (int[] Epochs, double Loss) killedHistory = History("killed"), whole = History("untouched");
        bool isWhole = killedHistory.Epochs.SequenceEqual(whole.Epochs);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{string.Join(", ", ranks)} ranks, {epochs} epochs: {starts} kills by SIGKILL ({all} of all ranks, the others of one; " +
                $"{before} before a rank was up), the last rank gone {slowest:F1} s after it at most; the model " +
                $"{(same ? "equal" : "not equal")} to the untouched run's, the history {(isWhole ? "as whole" : "NOT whole")}, the last " +
                $"loss {killedHistory.Loss:G6} beside {whole.Loss:G6}"));
        return (same || ranks.Length > 1) && isWhole ? 0 : 1;

        (int[] Epochs, double Loss) History(string run)
        {
            JsonElement[] lines =
            [
                .. File.ReadLines(Path.Combine(folder[run], "history.jsonl")).Select(line => JsonDocument.Parse(line).RootElement),
            ];
            return ([.. lines.Select(line => line.GetProperty("epoch").GetInt32())],
                lines[^1].GetProperty("losses").GetProperty("total").GetDouble());
        }

        byte[] Model(string run) => File.ReadAllBytes(Path.Combine(folder[run], "model.safetensors"));

        Process Launch(int count, string output) => ConsoleRun.Start(
            Launcher,
            [
                "-n", $"{count}", "dotnet",
                .. ConsoleRun.Arguments(
                [
                    "train", "--data", data, "--train", Path.Combine(data, "train.txt"),
                    "--validation", Path.Combine(data, "validation.txt"),
                    "--backbone", "mobilefacenet", "--size", "32", "--batch-size", "24",
                    "--epochs", $"{epochs}", "--weights", "none", "--device", "cpu", "--no-report",
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
