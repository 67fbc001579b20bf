using System.Diagnostics;

namespace SsMfar.Tests.ConsoleApp;

/// <summary>A work list whose workers are killed: the same commands once more do what is missing, and nothing is lost or doubled.</summary>
public sealed class KilledWorkerTests(TrainedRun run) : IClassFixture<TrainedRun>
{
    private const int Parts = 6;

    // One at once, two at moments that follow from a seed and may meet the program anywhere, also at its end.
    private static readonly Dictionary<int, int> KilledAfter = Moments(seed: 20, [4, 6]);

    [Fact]
    public async Task Workers_killed_at_random_leave_whole_parts_or_none_and_the_rest_is_made_by_the_same_commands()
    {
        string folder = Directory.CreateDirectory(run.PathOf("killed-workers")).FullName;
        string data = Path.Combine(folder, "data"), whole = Path.Combine(folder, "whole.csv"),
            gathered = Path.Combine(folder, "gathered.csv");
        await ConsoleProgram.JsonAsync(
            "render", "--out", data, "--faces", $"{Parts * 32}", "--validation-faces", "8", "--size", "32", "--seed", "6");
        string[] predict = ["predict", "--model", run.Model, "--list", Path.Combine(data, "train.txt"), "--data", data, "--device", "cpu"];
        (await ConsoleProgram.RunAsync([.. predict, "--probabilities", whole])).ExitCode.Should().Be(0);
        foreach (int part in Enumerable.Range(1, Parts))
        {
            await WorkAsync(Arguments(part), KilledAfter.TryGetValue(part, out int milliseconds) ? milliseconds : null);
        }

        // What a worker leaves that is killed while it writes: its file aside, and no part.
        File.Delete(Part(3));
        await File.WriteAllTextAsync(Path.Combine(folder, ".part-3.csv.0123.tmp"), "#ssmfar-part {");
        int[] left = [.. Enumerable.Range(1, Parts).Where(part => File.Exists(Part(part)))];
        left.Should().NotContain([2, 3]).And.Contain([1, 5]);
        (await ConsoleProgram.RefusalAsync(["gather", "--out", gathered, .. left.Select(Part)])).Should().Contain($"Of {Parts} parts");
        string[] before = [.. left.Select(part => $"{File.GetLastWriteTimeUtc(Part(part)):O}")];

        List<int> done = [];
        foreach (int part in Enumerable.Range(1, Parts))
        {
            ChildProcess.Outcome again = await ConsoleProgram.RunAsync(Arguments(part));
            again.ExitCode.Should().Be(0, again.Everything);
            done.AddRange(again.Error.Contains("is done", StringComparison.Ordinal) ? [part] : []);
        }

        done.Should().Equal(left, "what is whole is not made again, and everything else is");
        left.Select(part => $"{File.GetLastWriteTimeUtc(Part(part)):O}").Should().Equal(before);
        ChildProcess.Outcome together = await ConsoleProgram.RunAsync(
            ["gather", "--out", gathered, .. Directory.GetFiles(folder, "part-*.csv")]);
        together.ExitCode.Should().Be(0, together.Everything);
        (await File.ReadAllBytesAsync(gathered)).Should().Equal(await File.ReadAllBytesAsync(whole));

        string Part(int part) => Path.Combine(folder, $"part-{part}.csv");

        string[] Arguments(int part) => [.. predict, "--shard", $"{part}/{Parts}", "--probabilities", Part(part)];
    }

    private static async Task WorkAsync(string[] arguments, int? killedAfter)
    {
        using Process worker = Process.Start(ConsoleProgram.StartInfo(arguments))!;
        if (killedAfter is { } milliseconds)
        {
            await Task.Delay(milliseconds);
            worker.Kill();
        }

        await worker.WaitForExitAsync();
    }

    private static Dictionary<int, int> Moments(int seed, int[] parts)
    {
        Random random = new(seed);
        return parts.ToDictionary(part => part, _ => random.Next(2500)).Append(new(2, 0)).ToDictionary();
    }
}
