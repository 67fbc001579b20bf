using System.Diagnostics;
using System.Net;

namespace SsMfar.Benchmarks.Serving;

/// <summary>The web sample as a process, and what it takes of the machine.</summary>
internal sealed class ServerProcess : IDisposable
{
    private const string Listening = "Now listening on: ";
    private const string BodyWithoutRest = "Microsoft.AspNetCore.Server.Kestrel[67]";
    private const int MaximumLines = 20;

    private readonly Process _process;
    private readonly CancellationTokenSource _stop = new();
    private readonly List<string> _errors = [];
    private Task _sampling = Task.CompletedTask;
    private long _peak;

    private ServerProcess(Process process) => _process = process;

    public IPEndPoint Address { get; private set; } = null!;

    public bool IsAlive => !_process.HasExited;

    public TimeSpan ProcessorTime
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    /// <summary>Gets the resident bytes now.</summary>
    public long Memory
    {
        get
        {
            _process.Refresh();
            return _process.WorkingSet64;
        }
    }

    /// <summary>Gets what it wrote as errors, at most the first lines.</summary>
    public IReadOnlyList<string> Errors
    {
        get
        {
            lock (_errors)
            {
                return [.. _errors];
            }
        }
    }

    /// <summary>The most resident bytes since the last call, seen every tenth of a second.</summary>
    public long TakePeak() => Math.Max(Memory, Interlocked.Exchange(ref _peak, 0));

    /// <summary>What <see cref="TakePeak"/> would give, which begins no new time.</summary>
    public long PeekPeak() => Math.Max(Memory, Interlocked.Read(ref _peak));

    /// <summary>Starts it.</summary>
    /// <param name="model">An ONNX file.</param>
    /// <param name="pinned">Whether it gets one processor alone.</param>
    /// <param name="options">More of its command line.</param>
    public static async Task<ServerProcess> StartAsync(string model, bool pinned, params IEnumerable<string> options)
    {
        string[] program = pinned ? ["taskset", "-c", "0", "dotnet"] : ["dotnet"];
        ServerProcess server = new(Process.Start(new ProcessStartInfo(
            program[0], [.. program[1..], Find(), "--model", model, "--urls", "http://127.0.0.1:0", .. options])
        {
            RedirectStandardOutput = true,
        })!);
        while (await server._process.StandardOutput.ReadLineAsync().ConfigureAwait(false) is { } line)
        {
            if (line.IndexOf(Listening, StringComparison.Ordinal) is >= 0 and int at)
            {
                Uri address = new(line[(at + Listening.Length)..].Trim());
                server.Address = new(IPAddress.Parse(address.Host), address.Port);
                server._sampling = Task.WhenAll(server.SampleAsync(), server.HearAsync());
                return server;
            }
        }

        server.Dispose();
        throw new InvalidOperationException("The server ended before it listened; what it said is on standard error.");
    }

    public void Dispose()
    {
        _stop.Cancel();
        if (IsAlive)
        {
            _process.Kill();
        }

        _process.WaitForExit();
        _sampling.Wait();
        _process.Dispose();
        _stop.Dispose();
    }

    private static string Find()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string path = Path.Combine(folder.FullName, "samples", "SsMfar.WebApi", "bin", "Release", "net10.0", "SsMfar.WebApi.dll");
            if (File.Exists(path))
            {
                return path;
            }
        }

        throw new InvalidOperationException("The web sample is not built: dotnet build samples/SsMfar.WebApi -c Release.");
    }

    private async Task SampleAsync()
    {
        while (!_stop.IsCancellationRequested && IsAlive)
        {
            long memory = Memory;
            if (memory > Interlocked.Read(ref _peak))
            {
                Interlocked.Exchange(ref _peak, memory);
            }

            await Task.Delay(100, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    // An entry's first line begins with its level, those that follow with spaces; what is thrown in a request and handled nowhere is
    // "fail".
    // Kestrel writes one such entry of its own where a client is gone in the middle of its body: there is no rest to read.
    private async Task HearAsync()
    {
        bool failed = false;
        while (await _process.StandardOutput.ReadLineAsync().ConfigureAwait(false) is { } line)
        {
            if (!line.StartsWith(' '))
            {
                failed = (line.StartsWith("fail", StringComparison.Ordinal) || line.StartsWith("crit", StringComparison.Ordinal)) &&
                    !line.EndsWith(BodyWithoutRest, StringComparison.Ordinal);
            }

            lock (_errors)
            {
                if (failed && _errors.Count < MaximumLines)
                {
                    _errors.Add(line);
                }
            }
        }
    }
}
