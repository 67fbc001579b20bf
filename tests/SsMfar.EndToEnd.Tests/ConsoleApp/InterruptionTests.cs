using System.Security.Cryptography;
using System.Text;

namespace SsMfar.Tests.ConsoleApp;

/// <summary>The first signal ends every command, also those that do not look out for it while they work.</summary>
public sealed class InterruptionTests(TrainedRun run) : IClassFixture<TrainedRun>
{
    [UnixFact]
    public async Task A_command_that_reads_what_does_not_end_is_ended_by_SIGTERM()
    {
        string pipe = await PipeAsync(), output = run.PathOf("out.txt");
        string[][] commands =
        [
            ["import", "--csv", pipe, "--map", "image=file", "--out", output],
            ["merge", pipe, "--out", output],
            ["stats", "--annotations", pipe],
            ["smooth", "--predictions", pipe, "--sigma", "2", "--out", output],
            ["score", "--annotations", pipe, "--predictions", run.Validation],
            ["split", "--annotations", pipe, "--out", output],
            ["report", "--annotations", pipe, "--predictions", run.Validation, "--out", output],
            ["audit", "--annotations", pipe, "--predictions", run.Validation, "--out", output],
            ["evaluate", "--model", run.Model, "--data", run.Data, "--annotations", pipe, "--device", "cpu"],
            ["predict", "--model", run.Model, "--data", run.Data, "--list", pipe, "--device", "cpu", "--out", output],
        ];
        foreach (string[] command in commands)
        {
            ChildProcess.Outcome asked = await ConsoleProgram.TerminateAtAsync(pipe, FileAccess.Write, command);

            asked.ExitCode.Should().Be(130, $"{command[0]}: {asked.Everything}");
            asked.Error.Trim().Should().Be("Interrupted.");
            Path.Exists(output).Should().BeFalse();
        }
    }

    [LinuxFact]
    public async Task Parts_that_are_gathered_into_a_pipe_that_nobody_empties_are_given_up_at_SIGTERM()
    {
        // More than a pipe holds.
        string table = "image,calm\n" + string.Concat(Enumerable.Repeat("a.jpg,1\n", 1 << 17));
        string pipe = await PipeAsync(), part = run.PathOf("part.csv");
        string sum = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(table)));
        File.WriteAllText(part, $$"""#ssmfar-part {"Command":"predict","Part":1,"Of":1,"Work":"w","Sha256":"{{sum}}"}""" + '\n' + table);

        ChildProcess.Outcome asked = await ConsoleProgram.TerminateAtAsync(pipe, FileAccess.Read, "gather", "--out", pipe, part);

        asked.ExitCode.Should().Be(130, asked.Everything);
        asked.Error.Trim().Should().Be("Interrupted.");
    }

    private async Task<string> PipeAsync()
    {
        string pipe = run.PathOf($"pipe-{Guid.NewGuid():N}");
        (await ChildProcess.RunAsync("mkfifo", [pipe])).ExitCode.Should().Be(0);
        return pipe;
    }
}
