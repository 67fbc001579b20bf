using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace SsMfar.Benchmarks.Measurement;

/// <summary>A PyTorch process that is ready and runs as much as it is told, so that both sides are measured in turns.</summary>
internal sealed class PythonPeer : IDisposable
{
    private readonly Process _process;

    private PythonPeer(Process process, JsonElement ready) => (_process, Ready) = (process, ready);

    /// <summary>What the peer said of itself: PyTorch's version, its losses.</summary>
    public JsonElement Ready { get; }

    /// <summary>Starts a command of <c>peer.py</c> and waits until it is ready.</summary>
    /// <exception cref="InvalidOperationException">
    /// Python, or a package it needs, is not there; what it said is on standard error.
    /// </exception>
    public static PythonPeer Start(MeasurementOptions options, params string[] arguments)
    {
        var start = new ProcessStartInfo(options.Python, [Path.Combine(AppContext.BaseDirectory, "Peers", "peer.py"), .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        start.Environment["OMP_NUM_THREADS"] = options.Threads.ToString(CultureInfo.InvariantCulture);
        Process process = Process.Start(start)!;
        if (process.StandardOutput.ReadLine() is not { } line)
        {
            process.WaitForExit();
            throw new InvalidOperationException($"'{options.Python}' could not be prepared; it needs torch, torchvision, numpy and PIL.");
        }

        return new(process, JsonDocument.Parse(line).RootElement);
    }

    /// <summary>The milliseconds that a number of repetitions took.</summary>
    public double Run(int repetitions)
    {
        _process.StandardInput.WriteLine(repetitions.ToString(CultureInfo.InvariantCulture));
        _process.StandardInput.Flush();
        string line = _process.StandardOutput.ReadLine() ??
            throw new InvalidOperationException("The peer ended early; what it said is on standard error.");
        return double.Parse(line, CultureInfo.InvariantCulture) * 1000;
    }

    public void Dispose()
    {
        _process.StandardInput.Close();
        _process.WaitForExit();
        _process.Dispose();
    }
}
