using System.Diagnostics;

namespace SsMfar.Benchmarks.Workers;

/// <summary>The built console, started as a shell starts it.</summary>
internal static class ConsoleRun
{
    private static readonly Lazy<string> Program = new(Find);

    /// <summary>The arguments that start the console with some of its own, after <c>dotnet</c>.</summary>
    public static string[] Arguments(IEnumerable<string> arguments) => [Program.Value, .. arguments];

    /// <summary>Starts it, heard by nobody.</summary>
    public static Process Start(params IEnumerable<string> arguments) => Start("dotnet", Arguments(arguments));

    /// <summary>Starts a program, heard by nobody.</summary>
    public static Process Start(string program, IEnumerable<string> arguments)
    {
        Process process = new()
        {
            StartInfo = new(program, [.. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true },
        };
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, _) => { };
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }

    /// <summary>Runs it; it must succeed.</summary>
    /// <exception cref="InvalidOperationException">It did not.</exception>
    public static async Task RequireAsync(params IReadOnlyList<string> arguments)
    {
        using Process process = Start(arguments);
        await process.WaitForExitAsync().ConfigureAwait(false);
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"ssmfar {string.Join(' ', arguments)} ended with {process.ExitCode}.");
        }
    }

    private static string Find()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string path = Path.Combine(folder.FullName, "samples", "SsMfar.Console", "bin", "Release", "net10.0", "ssmfar.dll");
            if (File.Exists(path))
            {
                return path;
            }
        }

        throw new InvalidOperationException("The console is not built: dotnet build samples/SsMfar.Console -c Release.");
    }
}
