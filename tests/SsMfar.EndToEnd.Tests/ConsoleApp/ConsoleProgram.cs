using System.Diagnostics;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace SsMfar.Tests.ConsoleApp;

/// <summary>The built console, as a shell sees it.</summary>
internal static partial class ConsoleProgram
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(15);

    // Of a program that is at a pipe and was asked to end.
    private static readonly TimeSpan PipeLimit = TimeSpan.FromMinutes(2);

    // Two programs run beside each other: threads of one that spin while they wait would take the other's time.
    private static readonly KeyValuePair<string, string?> OneThread = new("OMP_NUM_THREADS", "1");

    private const int Interrupt = 2;
    private const int Kill = 9;
    private const int Terminate = 15;

    /// <summary>The program, for <c>dotnet</c> to run.</summary>
    public static readonly string Path = System.IO.Path.Combine(
        Repository.Root,
        "samples",
        "SsMfar.Console",
        "bin",
        typeof(ConsoleProgram).Assembly.GetCustomAttribute<AssemblyConfigurationAttribute>()!.Configuration,
        "net10.0",
        "ssmfar.dll");

    /// <summary>How it is started by tests that watch or end it themselves.</summary>
    public static ProcessStartInfo StartInfo(params IEnumerable<string> arguments) =>
        new(ChildProcess.Dotnet, [Path, .. arguments]) { Environment = { OneThread } };

    public static Task<ChildProcess.Outcome> RunAsync(params IEnumerable<string> arguments) =>
        ChildProcess.RunAsync(ChildProcess.Dotnet, [Path, .. arguments], new Dictionary<string, string?>([OneThread]));

    /// <summary>Runs with <c>--json</c>; it must succeed, and write one document and nothing else to standard output.</summary>
    public static async Task<JsonElement> JsonAsync(params IEnumerable<string> arguments)
    {
        ChildProcess.Outcome outcome = await RunAsync([.. arguments, "--json"]);
        outcome.ExitCode.Should().Be(0, outcome.Everything);
        return JsonDocument.Parse(outcome.Output).RootElement;
    }

    /// <summary>Bad input: exit code 2, nothing on standard output, one line on standard error.</summary>
    /// <returns>The line.</returns>
    public static async Task<string> RefusalAsync(params IEnumerable<string> arguments)
    {
        ChildProcess.Outcome outcome = await RunAsync(arguments);
        outcome.ExitCode.Should().Be(2, outcome.Everything);
        outcome.Output.Should().BeEmpty();
        outcome.Error.Should().EndWith("\n");
        return outcome.Error.TrimEnd().Should().NotBeEmpty().And.NotContain("\n").And.Subject;
    }

    /// <summary>
    /// Runs until a line of standard error starts as given, then interrupts: from a thread of its own and by the system call, since a busy
    /// thread pool may take longer to answer than the program needs to its end.
    /// </summary>
    public static Task<ChildProcess.Outcome> InterruptAsync(string lineStart, params IEnumerable<string> arguments) =>
        SignalAsync(lineStart, IgnoresInterrupts() ? Terminate : Interrupt, arguments);

    /// <summary>Runs until a line of standard error starts as given, then asks for the end by SIGTERM, as service managers do.</summary>
    public static Task<ChildProcess.Outcome> TerminateAsync(string lineStart, params IEnumerable<string> arguments) =>
        SignalAsync(lineStart, Terminate, arguments);

    /// <summary>Runs until a line of standard error starts as given, then kills: nothing of the program runs after that.</summary>
    public static Task<ChildProcess.Outcome> KillAsync(string lineStart, params IEnumerable<string> arguments) =>
        SignalAsync(lineStart, Kill, arguments);

    /// <summary>
    /// Runs until the program has opened a pipe that nothing passes through, then asks for the end by SIGTERM. A program that is still
    /// there two minutes after its start is killed.
    /// </summary>
    /// <param name="pipe">The pipe.</param>
    /// <param name="access">What its other end is opened for: writing where the program reads.</param>
    /// <param name="arguments">The command line.</param>
    public static async Task<ChildProcess.Outcome> TerminateAtAsync(string pipe, FileAccess access, params IEnumerable<string> arguments)
    {
        ProcessStartInfo start = StartInfo(arguments);
        (start.RedirectStandardOutput, start.RedirectStandardError) = (true, true);
        using Process process = Process.Start(start)!;
        using CancellationTokenSource timeout = new(PipeLimit);
        using CancellationTokenRegistration ending = timeout.Token.Register(() => process.Kill(entireProcessTree: true));
        Task<string> output = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
        Task<string> error = process.StandardError.ReadToEndAsync(CancellationToken.None);

        // Either end is open when both are.
        using FileStream held = await Task.Factory.StartNew(
            () => new FileStream(pipe, FileMode.Open, access, FileShare.ReadWrite, bufferSize: 0),
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default).WaitAsync(timeout.Token);
        _ = SendSignal(process.Id, Terminate);
        await process.WaitForExitAsync(CancellationToken.None);
        return new(process.ExitCode, await output, await error);
    }

    private static async Task<ChildProcess.Outcome> SignalAsync(string lineStart, int signal, IEnumerable<string> arguments)
    {
        ProcessStartInfo start = StartInfo(arguments);
        (start.RedirectStandardOutput, start.RedirectStandardError) = (true, true);
        using Process process = Process.Start(start)!;
        using CancellationTokenSource timeout = new(Limit);
        using CancellationTokenRegistration ending = timeout.Token.Register(() => process.Kill(entireProcessTree: true));
        Task<string> output = process.StandardOutput.ReadToEndAsync(timeout.Token);
        Task<string> errors = Task.Factory.StartNew(
            () => SignalAt(lineStart, signal, process), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        string error = await errors;
        try
        {
            await process.WaitForExitAsync(timeout.Token);
            return new(process.ExitCode, await output, error);
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"The console did not end within {Limit}.");
        }
    }

    private static string SignalAt(string lineStart, int signal, Process process)
    {
        List<string> lines = [];
        while (process.StandardError.ReadLine() is { } line)
        {
            lines.Add(line);
            if (line.StartsWith(lineStart, StringComparison.Ordinal))
            {
                _ = SendSignal(process.Id, signal);
            }
        }

        return string.Join('\n', lines);
    }

    // Whoever starts the tests in the background of a shell hands on to them, and to the program, that SIGINT is to be ignored.
    private static bool IgnoresInterrupts()
    {
        string? ignored = File.ReadLines("/proc/self/status").FirstOrDefault(line => line.StartsWith("SigIgn:", StringComparison.Ordinal));
        return ignored is not null && (Convert.ToUInt64(ignored["SigIgn:".Length..].Trim(), 16) & (1UL << (Interrupt - 1))) != 0;
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int SendSignal(int process, int signal);
}
