using System.Diagnostics;
using System.Text;

namespace SsMfar.Campaigns.Shell;

/// <summary>How a program ended.</summary>
/// <param name="ExitCode">Its exit code; 128 and the signal's number where one ended it.</param>
/// <param name="Output">Its standard output.</param>
/// <param name="Error">Its standard error.</param>
internal sealed record Ended(int ExitCode, string Output, string Error)
{
    private const int Longest = 300;

    /// <summary>The error on one line, cut where it is long.</summary>
    public string Line => Error.Trim().ReplaceLineEndings(" / ") is var text && text.Length > Longest ? text[^Longest..] : text;
}

/// <summary>Programs that campaigns start: the console as a shell starts it, this program once more, tools.</summary>
internal static class Programs
{
    /// <summary>How long a program may take on tiny inputs; one that takes longer hangs.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromMinutes(10);

    // Asked for when needed: a copy of this program may lie elsewhere.
    private static readonly Lazy<string> FoundRoot = new(FindRoot);
    private static readonly Lazy<string> MadeTemporaryFiles = new(MakeTemporaryFiles);

    /// <summary>Gets the folder of the repository.</summary>
    public static string Root => FoundRoot.Value;

    /// <summary>Gets where programs put temporary files: those that are killed leave some. It is gone with this process.</summary>
    public static string TemporaryFiles => MadeTemporaryFiles.Value;

    /// <summary>Gets the program that runs assemblies.</summary>
    public static string Dotnet { get; } = Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet"
        ? Environment.ProcessPath! : "dotnet";

    /// <summary>The command line of the built console, after <see cref="Dotnet"/>.</summary>
    public static string[] ConsoleArguments(params IEnumerable<string> arguments) =>
        [Path.Combine(Root, "samples", "SsMfar.Console", "bin", "Release", "net10.0", "ssmfar.dll"), .. arguments];

    /// <summary>The command line of this program, after <see cref="Dotnet"/>.</summary>
    public static string[] OwnArguments(params IEnumerable<string> arguments) => [typeof(Programs).Assembly.Location, .. arguments];

    /// <summary>Starts a program whose output is read.</summary>
    /// <param name="program">The program.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="environment">What its environment has besides.</param>
    public static RunningProgram Start(
        string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null) =>
        new(program, arguments, environment);

    /// <summary>Runs a program on tiny inputs to its end; one that takes ten minutes hangs, and is killed.</summary>
    public static Ended Run(string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null)
    {
        using RunningProgram running = Start(program, arguments, environment);
        return running.WaitForEnd(Limit);
    }

    /// <summary>Runs the console; it must succeed.</summary>
    /// <exception cref="InvalidOperationException">It did not.</exception>
    public static Ended RequireConsole(params string[] arguments) => RequireConsole(arguments, null);

    /// <summary>Runs the console with more in its environment; it must succeed.</summary>
    /// <exception cref="InvalidOperationException">It did not.</exception>
    public static Ended RequireConsole(string[] arguments, IReadOnlyDictionary<string, string>? environment)
    {
        Ended ended = Run(Dotnet, ConsoleArguments(arguments), environment);
        return ended.ExitCode == 0
            ? ended
            : throw new InvalidOperationException($"ssmfar {string.Join(' ', arguments)} ended with {ended.ExitCode}: {ended.Line}");
    }

    /// <summary>Whether a program is on the path.</summary>
    public static bool Has(string program) => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .Any(folder => File.Exists(Path.Combine(folder, program)));

    private static string MakeTemporaryFiles()
    {
        TemporaryFolder folder = new();
        AppDomain.CurrentDomain.ProcessExit += (_, _) => folder.Dispose();
        return folder.Path;
    }

    private static string FindRoot()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "SsMfar.Core.sln")))
            {
                return folder.FullName;
            }
        }

        throw new InvalidOperationException("The campaigns run outside of the repository.");
    }
}

/// <summary>A program under way. Its output is kept, and it is killed where it is still there at disposal.</summary>
internal sealed class RunningProgram : IDisposable
{
    // As timeout(1) has it.
    private const int TimedOut = 124;

    private readonly StringBuilder _output = new();
    private readonly StringBuilder _error = new();

    public RunningProgram(string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment)
    {
        ProcessStartInfo start = new(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };

        // Small models gain nothing from more threads, which on a busy machine wait for one another.
        start.Environment["OMP_NUM_THREADS"] = "1";
        start.Environment["TMPDIR"] = Programs.TemporaryFiles;
        foreach ((string name, string value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        Process = new() { StartInfo = start };
        Process.OutputDataReceived += (_, line) => Keep(_output, line.Data);
        Process.ErrorDataReceived += (_, line) => Keep(_error, line.Data);
        Process.Start();
        Process.BeginOutputReadLine();
        Process.BeginErrorReadLine();
    }

    public Process Process { get; }

    /// <summary>Waits for its end, or kills it where that takes too long.</summary>
    /// <returns>How it ended; with an exit code of 124 where it had to be killed.</returns>
    public Ended WaitForEnd(TimeSpan limit)
    {
        if (Process.WaitForExit(limit))
        {
            return WaitForEnd();
        }

        Process.Kill(entireProcessTree: true);
        return WaitForEnd() with { ExitCode = TimedOut, Error = $"it did not end in {limit.TotalMinutes:0} minutes" };
    }

    /// <summary>Waits for its end.</summary>
    public Ended WaitForEnd()
    {
        Process.WaitForExit();
        lock (_output)
        {
            lock (_error)
            {
                return new(Process.ExitCode, _output.ToString(), _error.ToString());
            }
        }
    }

    public void Dispose()
    {
        if (!Process.HasExited)
        {
            Process.Kill(entireProcessTree: true);
            Process.WaitForExit();
        }

        Process.Dispose();
    }

    private static void Keep(StringBuilder text, string? line)
    {
        lock (text)
        {
            if (line is not null)
            {
                text.Append(line).Append('\n');
            }
        }
    }
}
