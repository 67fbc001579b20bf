using System.Diagnostics;
using System.Globalization;
using SsMfar.Benchmarks.Measurement;
using SsMfar.Runtime;
using TorchSharp;

namespace SsMfar.Benchmarks.Runtime;

/// <summary>A new process up to its first tensor; the peer is Python up to PyTorch's.</summary>
internal static class StartBenchmark
{
    /// <summary>The argument by which the new process knows what it is for.</summary>
    public const string Probe = "first-tensor";

    private const int Least = 5;

    public static void Run(MeasurementOptions options)
    {
        int rounds = Math.Max(Least, options.Rounds);
        var (ours, initialize, peer) = (new double[rounds], new double[rounds], new double[rounds]);
        for (int round = 0; round < rounds; round++)
        {
            ours[round] = FirstLine(() => OwnProcess.Start([Probe], redirect: true), out string line);
            initialize[round] = double.Parse(line, CultureInfo.InvariantCulture);
            ProcessStartInfo python = new(options.Python, ["-c", "import torch; print(torch.zeros(1).sum().item(), flush=True)"]) {
                RedirectStandardOutput = true };
            peer[round] = FirstLine(() => Process.Start(python)!, out _);
        }

        Table.Write($"start of a process to its first tensor", PairedResult.Of(ours, peer));
        Table.Write($"of which from TorchRuntime.Initialize()", $"{Paired.Median(initialize):F1} ms");
    }

    /// <summary>What the new process does: prints the milliseconds from initialising to a tensor whose sum it has read.</summary>
    public static void RunProbe()
    {
        long start = Stopwatch.GetTimestamp();
        TorchRuntime.Initialize();
        using torch.Tensor tensor = torch.zeros(1);
        using torch.Tensor sum = tensor.sum();
        sum.item<float>();
        Console.WriteLine(Stopwatch.GetElapsedTime(start).TotalMilliseconds.ToString(CultureInfo.InvariantCulture));
    }

    private static double FirstLine(Func<Process> start, out string line)
    {
        string? read = null;
        double milliseconds = 0;
        Process? process = null;
        try
        {
            milliseconds = Paired.Time(() =>
            {
                process = start();
                read = process.StandardOutput.ReadLine();
            });
            process!.WaitForExit();
        }
        finally
        {
            process?.Dispose();
        }

        line = read ?? throw new InvalidOperationException("The process ended without a tensor; what it said is on standard error.");
        return milliseconds;
    }
}
