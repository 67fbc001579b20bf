using System.Diagnostics;
using System.Reflection;
using System.Text.Json;

namespace SsMfar.Tests.ConsoleApp;

/// <summary><c>mpirun -n 2 ssmfar train</c>: what one process learns, said once; a rank that ends takes the others along.</summary>
public sealed class RankTests(TrainedRun run) : IClassFixture<TrainedRun>
{
    private const string Launcher = "mpirun.mpich";
    private const string OpenLauncher = "mpirun.openmpi";

    // It refuses to run as root unless it is told twice; machines of tests may have fewer cores than ranks; and it gives its processes a
    // terminal to write to, which .NET greets.
    private static readonly Dictionary<string, string?> OpenVariables = new()
    {
        ["OMPI_ALLOW_RUN_AS_ROOT"] = "1",
        ["OMPI_ALLOW_RUN_AS_ROOT_CONFIRM"] = "1",
        ["OMPI_MCA_rmaps_base_oversubscribe"] = "1",
        ["OMP_NUM_THREADS"] = "1",
        ["TERM"] = "dumb",
    };

    [RequiresTool("mpirun.mpich")]
    public Task Two_processes_learn_what_one_learns_and_one_of_them_speaks() =>
        TwoLearnAsync(run.PathOf("two-ranks"), Launcher, []);

    [RequiresTool("mpirun.openmpi")]
    public Task The_same_holds_under_Open_MPI_of_gradients_in_bfloat16_that_are_summed_during_the_backward_pass() => TwoLearnAsync(
        run.PathOf("two-open-ranks"), OpenLauncher, ["Distributed.GradientFormat=BFloat16", "Distributed.OverlapBackward=true"]);

    [RequiresTool("mpirun.mpich")]
    public Task Sums_of_MPICH_are_right_in_any_format_and_size_through_the_group_and_its_channel_at_once() => SumAsync(Launcher);

    [RequiresTool("mpirun.openmpi")]
    public Task Sums_of_Open_MPI_are_right_in_any_format_and_size_through_the_group_and_its_channel_at_once() => SumAsync(OpenLauncher);

    // Three ranks, so that bfloat16's numbers cannot be dealt out evenly.
    private static async Task SumAsync(string launcher)
    {
        ChildProcess.Outcome outcome = await LaunchAsync(
            launcher, 3, Benchmarks, ["ranks-wire", "--numbers", "1", "2", "1001", "70000", "--turns", "2"]);

        outcome.ExitCode.Should().Be(0, outcome.Everything);
        JsonDocument.Parse(outcome.Output).RootElement.EnumerateArray().Select(time => time.GetProperty("Numbers").GetInt64()).Should()
            .Equal(1, 2, 1001, 70000);
    }

    private async Task TwoLearnAsync(string output, string launcher, string[] options)
    {
        string[] set = [.. options.Prepend("Distributed.SynchronizeBatchNorm=true").SelectMany(option => new[] { "--set", option })];
        ChildProcess.Outcome outcome = await LaunchAsync(
            launcher, 2, ConsoleProgram.Path, [.. run.Arguments(output, set), "--json", "--no-report"]);

        outcome.ExitCode.Should().Be(0, outcome.Everything);
        JsonElement printed = JsonDocument.Parse(outcome.Output).RootElement;
        printed.GetProperty("epochs").GetInt32().Should().Be(TrainedRun.Epochs);
        File.Exists(Path.Combine(output, "model.safetensors")).Should().BeTrue();

        // Adam makes of rounding errors what it likes in the end, but not in the first epoch.
        FirstLoss(output).Should().BeApproximately(FirstLoss(run.Out), 0.02 * FirstLoss(run.Out));
    }

    [RequiresTool("mpirun.mpich")]
    public async Task A_rank_that_is_killed_takes_the_others_along_and_the_run_goes_on_in_one_process()
    {
        string output = run.PathOf("killed-rank");
        int? end = null;

        // A run that is quicker than this process's look at it is not killed: another then.
        for (int tries = 0; tries < 5 && end == null; tries++)
        {
            output = run.PathOf($"killed-rank-{tries}");
            end = await KilledAsync(output);
        }

        end.Should().NotBeNull().And.NotBe(0);
        Ranks(output).Should().BeEmpty();
        JsonElement resumed = await ConsoleProgram.JsonAsync([.. run.SmallArguments(output), "--no-report", "--resume"]);
        resumed.GetProperty("epochs").GetInt32().Should().Be(TrainedRun.Epochs);
    }

    // Starts two ranks, kills one of them after the first checkpoint, and gives the launcher's exit code; none where both were done before.
    private async Task<int?> KilledAsync(string output)
    {
        using Process launched = Start(2, [.. run.SmallArguments(output, "--set", "Distributed.SynchronizeBatchNorm=true"), "--no-report"]);
        string checkpoint = Path.Combine(output, "checkpoints", "checkpoint.safetensors");
        while (!File.Exists(checkpoint) && !launched.HasExited)
        {
            await Task.Delay(20);
        }

        int[] ranks = Ranks(output);
        if (ranks.Length == 2)
        {
            Process.GetProcessById(ranks[1]).Kill();
        }

        using CancellationTokenSource limit = new(TimeSpan.FromMinutes(2));
        await launched.WaitForExitAsync(limit.Token);
        return ranks.Length == 2 ? launched.ExitCode : null;
    }

    [RequiresTool("mpirun.mpich")]
    public async Task A_rank_that_hangs_ends_all_after_the_wait_that_was_given()
    {
        string output = run.PathOf("hanging-rank");
        string[] arguments = [.. run.SmallArguments(output, "--rank-wait", "5", "--set", "Epochs=2000"), "--no-report"];
        using Process launched = Start(2, arguments);
        string checkpoint = Path.Combine(output, "checkpoints", "checkpoint.safetensors");
        while (!File.Exists(checkpoint) && !launched.HasExited)
        {
            await Task.Delay(20);
        }

        // Stopped, not ended: the launcher has nothing to notice.
        int[] ranks = Ranks(output);
        (await ChildProcess.RunAsync("kill", ["-STOP", $"{ranks[^1]}"])).ExitCode.Should().Be(0);
        string error = await launched.StandardError.ReadToEndAsync();
        await launched.WaitForExitAsync();

        launched.ExitCode.Should().Be(1, error);
        error.Split('\n').Where(line => line.StartsWith("Rank ", StringComparison.Ordinal)).Should().ContainSingle().Which.Should()
            .MatchRegex("^Rank . of 2 ended the run: it waited 5 s for .*, which did not come. ").And.Contain("raise --rank-wait.");

        // The launcher ends those that do not end by themselves after itself.
        using CancellationTokenSource limit = new(TimeSpan.FromMinutes(2));
        while (Ranks(output).Length > 0)
        {
            await Task.Delay(20, limit.Token);
        }
    }

    [Fact]
    public async Task A_wait_for_ranks_is_refused_where_there_are_none()
    {
        (await ConsoleProgram.RefusalAsync(run.Arguments(run.PathOf("no-ranks"), "--rank-wait", "60"))).Should()
            .ContainAll("--rank-wait", "start it with mpirun");
        Directory.Exists(run.PathOf("no-ranks")).Should().BeFalse();
    }

    [RequiresTool("mpirun.mpich")]
    public async Task What_is_wrong_is_said_once_with_the_rank_and_the_usual_exit_code()
    {
        ChildProcess.Outcome outcome = await LaunchAsync(
            2, [.. run.Arguments(run.PathOf("no-such")), "--tasks", "expression", "--set", "BatchSize=33"]);

        outcome.ExitCode.Should().Be(2, outcome.Everything);
        outcome.Output.Should().BeEmpty();
        outcome.Error.Split('\n').Where(line => line.StartsWith("Rank ", StringComparison.Ordinal)).Should()
            .ContainSingle(outcome.Everything).Which.Should().StartWith("Rank 0 of 2 ended the run: ").And
            .Contain("cannot be shared evenly");
    }

    [RequiresTool("mpirun.mpich")]
    public async Task What_ends_the_training_itself_has_the_usual_exit_code_and_the_console_s_words()
    {
        string annotations = run.PathOf("unreadable.txt");
        string[] lines = await File.ReadAllLinesAsync(run.Train);
        await File.WriteAllLinesAsync(annotations, [.. lines, $"gone.jpg,{lines[1].Split(',', 2)[1]}"]);

        ChildProcess.Outcome outcome = await LaunchAsync(
            2, [.. run.SmallArguments(run.PathOf("unreadable")).Select(argument => argument == run.Train ? annotations : argument)]);

        outcome.ExitCode.Should().Be(2, outcome.Everything);
        outcome.Error.Split('\n').Where(line => line.StartsWith("Rank ", StringComparison.Ordinal)).Should()
            .ContainSingle(outcome.Everything).Which.Should().StartWith("Rank 0 of 2 ended the run: ").And
            .ContainAll("gone.jpg", "--on-bad-image skip");
    }

    [RequiresTool("mpirun.mpich")]
    public async Task Other_commands_are_not_done_twice()
    {
        ChildProcess.Outcome outcome = await LaunchAsync(2, ["stats", "--annotations", run.Train]);

        outcome.ExitCode.Should().Be(2, outcome.Everything);
        outcome.Error.Should().Contain("2 processes were started, and train alone is spread over them: start stats by itself");
    }

    [Theory]
    [InlineData("libnone.so", "no library of that name can be loaded")]
    [InlineData("libc.so.6", "which is no library of MPI 3")]
    public async Task Without_an_mpi_library_one_line_says_what_to_install(string library, string message)
    {
        ChildProcess.Outcome outcome = await ChildProcess.RunAsync(
            ChildProcess.Dotnet,
            [ConsoleProgram.Path, .. run.Arguments(run.PathOf("no-mpi"))],
            new Dictionary<string, string?> { ["PMI_RANK"] = "0", ["PMI_SIZE"] = "2", ["SSMFAR_MPI_LIBRARY"] = library });

        outcome.ExitCode.Should().Be(2, outcome.Everything);
        outcome.Error.TrimEnd().Should().NotContain("\n").And.Contain("apt-get install mpich").And
            .Contain($"SSMFAR_MPI_LIBRARY is '{library}', ").And.Contain(message);
        Directory.Exists(run.PathOf("no-mpi")).Should().BeFalse();
    }

    private static string Benchmarks => Path.Combine(
        Repository.Root, "tests", "SsMfar.Core.Benchmarks", "bin",
        typeof(RankTests).Assembly.GetCustomAttribute<AssemblyConfigurationAttribute>()!.Configuration, "net10.0",
        "SsMfar.Core.Benchmarks.dll");

    private static Task<ChildProcess.Outcome> LaunchAsync(int ranks, string[] arguments) =>
        LaunchAsync(Launcher, ranks, ConsoleProgram.Path, arguments);

    private static Task<ChildProcess.Outcome> LaunchAsync(string launcher, int ranks, string program, string[] arguments) =>
        ChildProcess.RunAsync(
            launcher, ["-n", $"{ranks}", ChildProcess.Dotnet, program, .. arguments], launcher == OpenLauncher ? OpenVariables : null);

    private static Process Start(int ranks, string[] arguments) => Process.Start(
        new ProcessStartInfo(Launcher, ["-n", $"{ranks}", ChildProcess.Dotnet, ConsoleProgram.Path, .. arguments])
        {
            RedirectStandardError = true,
        })!;

    // By what is in their environment and on their command line.
    private static int[] Ranks(string output) =>
    [
        .. Directory.EnumerateDirectories("/proc").Select(Path.GetFileName).Where(name => int.TryParse(name, out _)).Select(name =>
            {
                try
                {
                    string rank = File.ReadAllText($"/proc/{name}/environ").Split('\0')
                        .FirstOrDefault(entry => entry.StartsWith("PMI_RANK=", StringComparison.Ordinal)) ?? "";
                    return File.ReadAllText($"/proc/{name}/cmdline").Contains(output, StringComparison.Ordinal) && rank.Length > 0
                        ? (Rank: rank, Id: int.Parse(name!, System.Globalization.CultureInfo.InvariantCulture))
                        : default;
                }
                catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
                {
                    return default;
                }
            })
            .Where(found => found.Id > 0).OrderBy(found => found.Rank, StringComparer.Ordinal)
            .Select(found => found.Id),
    ];

    private static double FirstLoss(string folder) => JsonDocument.Parse(File.ReadLines(Path.Combine(folder, "history.jsonl")).First())
        .RootElement.GetProperty("losses").GetProperty("total").GetDouble();
}
