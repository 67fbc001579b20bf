using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using SsMfar.Models;
using SsMfar.Tests.Models;
using SsMfar.Tests.Runtime;
using Xunit.Abstractions;

namespace SsMfar.Tests.Training;

/// <summary>
/// A training process is killed at random moments, some of them while it writes a checkpoint, and started again until it is done. What
/// is asserted holds whenever the kills come. <c>SSMFAR_KILLS</c> asks for more of them than the suite has time for.
/// </summary>
public sealed class KilledProcessTests(ITestOutputHelper output)
{
    private const int DefaultKills = 6;
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);

    [Fact]
    public void A_process_killed_again_and_again_ends_with_the_weights_of_one_never_killed()
    {
        int kills = int.Parse(Environment.GetEnvironmentVariable("SSMFAR_KILLS") ?? $"{DefaultKills}", CultureInfo.InvariantCulture);
        using var folder = new TemporaryFolder();
        string wholeFolder = Directory.CreateDirectory(folder.File("whole")).FullName;
        Stopwatch clock = Stopwatch.StartNew();
        Finish(wholeFolder, folder.File("whole.safetensors"));
        TimeSpan length = clock.Elapsed;
        byte[] expected = File.ReadAllBytes(folder.File("whole.safetensors"));

        string run = Directory.CreateDirectory(folder.File("killed")).FullName;
        string model = folder.File("killed.safetensors");
        var random = new Random(1);
        int killed = 0, whileWriting = 0, finished = 0;
        while (killed < kills)
        {
            using Process process = Start(run, model);
            bool inWriting = killed % 2 == 1;
            if (inWriting ? WaitForWriting(process, run) : !process.WaitForExit(random.NextDouble() * length))
            {
                process.Kill();
            }

            // Also the processes that were done before their moment came.
            process.WaitForExit();
            if (process.ExitCode == 0)
            {
                finished++;
                File.ReadAllBytes(model).Should().Equal(expected);
                Directory.Delete(run, recursive: true);
                Directory.CreateDirectory(run);
                continue;
            }

            killed++;
            string[] unfinished = Unfinished(run);
            whileWriting += unfinished.Length > 0 ? 1 : 0;
            unfinished.Length.Should().BeLessThanOrEqualTo(2, "what an earlier process left is removed by the next");
            string checkpoint = Path.Combine(run, "checkpoint.safetensors");
            if (File.Exists(checkpoint))
            {
                SafetensorsReader.Open(checkpoint).Dispose();
            }
        }

        Finish(run, model);

        File.ReadAllBytes(model).Should().Equal(expected, "weights and description are the same bit for bit");
        Unfinished(run).Should().BeEmpty();
        Directory.EnumerateFiles(run, "best-*").Should().ContainSingle();
        output.WriteLine($"{killed} kills, {whileWriting} of them while a file was written; {finished} runs finished in between; {length.TotalSeconds:F1} s undisturbed");
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

        return Path.Combine(folder.FullName, "tests", "SsMfar.Core.Tests.TrainingWorker", "bin", configuration, "net10.0", "training-worker.dll");
    }
}
