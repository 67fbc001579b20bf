using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using SsMfar.Models;
using SsMfar.Tests.Models;
using SsMfar.Tests.Runtime;
using SsMfar.Weights;
using Xunit.Abstractions;

namespace SsMfar.Tests.Training;

/// <summary>
/// Training processes are killed at random moments, some of them while they write a checkpoint, and started again until they are done.
/// What is asserted holds whenever the kills come. <c>SSMFAR_KILLED_RUNS</c> asks for more runs than the suite has time for.
/// </summary>
public sealed class KilledProcessTests(ITestOutputHelper output)
{
    private const int DefaultRuns = 4;
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(15);

    [Fact]
    public void A_killed_and_resumed_run_ends_with_the_weights_of_one_never_killed()
    {
        int runs = int.Parse(Environment.GetEnvironmentVariable("SSMFAR_KILLED_RUNS") ?? $"{DefaultRuns}", CultureInfo.InvariantCulture);
        using var folder = new TemporaryFolder();
        string wholeFolder = Directory.CreateDirectory(folder.File("whole")).FullName;
        Stopwatch clock = Stopwatch.StartNew();
        Finish(wholeFolder, folder.File("whole.safetensors"));
        TimeSpan length = clock.Elapsed;
        byte[] expected = File.ReadAllBytes(folder.File("whole.safetensors"));

        var random = new Random(1);
        int kills = 0, whileWriting = 0;
        for (int i = 0; i < runs; i++)
        {
            string run = Directory.CreateDirectory(folder.File($"killed-{i}")).FullName;
            string model = folder.File($"killed-{i}.safetensors");
            for (int planned = 1 + (i % 2); planned > 0; planned--)
            {
                if (Kill(run, model, duringWrite: i % 2 == 1, random.NextDouble() * length))
                {
                    kills++;
                    whileWriting += Unfinished(run).Length > 0 ? 1 : 0;
                    CheckWhatIsLeft(run);
                }
            }

            Finish(run, model);
            File.ReadAllBytes(model).AsSpan().SequenceEqual(expected).Should().BeTrue("weights and description are the same bit for bit");
            Unfinished(run).Should().BeEmpty();
            Directory.EnumerateFiles(run, "best-*").Should().ContainSingle();
            Directory.Delete(run, recursive: true);
        }

        kills.Should().BePositive();
        output.WriteLine(
            $"{runs} runs, {kills} kills, {whileWriting} of them while a file was written; {length.TotalSeconds:F1} s undisturbed");
    }

    /// <summary>Starts or resumes the run and kills it; false where it was done before its moment came.</summary>
    private static bool Kill(string run, string model, bool duringWrite, TimeSpan moment)
    {
        using Process process = Start(run, model);
        if (duringWrite ? WaitForWriting(process, run) : !process.WaitForExit(moment))
        {
            process.Kill();
        }

        process.WaitForExit();
        return process.ExitCode != 0;
    }

    private static void CheckWhatIsLeft(string run)
    {
        Unfinished(run).Length.Should().BeLessThanOrEqualTo(2, "what an earlier process left is removed by the next");
        string checkpoint = Path.Combine(run, "checkpoint.safetensors");
        if (File.Exists(checkpoint))
        {
            SafetensorsReader.Open(checkpoint).Dispose();
        }
    }

    private static void Finish(string run, string model)
    {
        using Process process = Start(run, model);
        process.WaitForExit(Limit).Should().BeTrue();
        process.ExitCode.Should().Be(0);
    }

    private static bool WaitForWriting(Process process, string run)
    {
        while (!process.HasExited)
        {
            if (Unfinished(run).Length > 0)
            {
                return true;
            }

            Thread.Sleep(1);
        }

        return false;
    }

    private static string[] Unfinished(string run) => Directory.GetFiles(run, ".*.tmp");

    private static Process Start(string run, string model)
    {
        var start = new ProcessStartInfo(ChildProcess.Dotnet, [TrainingWorker.Program, "run", run, model]) { UseShellExecute = false };
        return Process.Start(start)!;
    }
}

/// <summary>Where the worker program was built.</summary>
internal static class TrainingWorker
{
    public static string Program { get; } = Find();

    private static string Find()
    {
        string configuration = typeof(TrainingWorker).Assembly.GetCustomAttribute<AssemblyConfigurationAttribute>()!.Configuration;
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "SsMfar.Core.sln")))
        {
            folder = folder.Parent ?? throw new InvalidOperationException("The tests run outside the repository.");
        }

        return Path.Combine(
            folder.FullName,
            "tests",
            "SsMfar.Core.Tests.TrainingWorker",
            "bin",
            configuration,
            "net10.0",
            "training-worker.dll");
    }
}
