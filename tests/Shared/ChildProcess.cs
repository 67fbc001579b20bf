using System.Diagnostics;
using System.Runtime.InteropServices;

namespace SsMfar.Tests;

/// <summary>Runs programs with an environment of their own: nothing of the build that started the tests reaches them.</summary>
internal static class ChildProcess
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(15);

    // The shared framework lies in shared/Microsoft.NETCore.App/<version> of it.
    private static readonly string DotnetRoot = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "../../.."));

    /// <summary>The dotnet these tests run on.</summary>
    public static string Dotnet { get; } = Path.Combine(DotnetRoot, OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet");

    public sealed record Outcome(int ExitCode, string Output, string Error)
    {
        public string Everything => $"exit code {ExitCode}\n{Output}\n{Error}";
    }

    public static async Task<Outcome> RunAsync(
        string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string?>? environment = null, TimeSpan? limit = null)
    {
        limit ??= Limit;
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        foreach (var name in start.Environment.Keys.Where(ComesFromABuild).ToList())
        {
            start.Environment.Remove(name);
        }

        start.Environment["DOTNET_ROOT"] = DotnetRoot;
        foreach (var (name, value) in environment ?? new Dictionary<string, string?>())
        {
            if (value is null)
            {
                start.Environment.Remove(name);
            }
            else
            {
                start.Environment[name] = value;
            }
        }

        using var process = Process.Start(start)!;
        using var timeout = new CancellationTokenSource(limit.Value);
        var output = process.StandardOutput.ReadToEndAsync(timeout.Token);
        var error = process.StandardError.ReadToEndAsync(timeout.Token);
        try
        {
            await process.WaitForExitAsync(timeout.Token);
            return new Outcome(process.ExitCode, await output, await error);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{program} did not end within {limit}.");
        }
    }

    private static bool ComesFromABuild(string name) =>
        name.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase) ||
        name.StartsWith("SSMFAR_", StringComparison.Ordinal) ||
        name is "DOTNET_HOST_PATH" or "DOTNET_CLI_CONTEXT_VERBOSE" or "VSTEST_CONNECTION_TIMEOUT" or "TESTINGPLATFORM_UI_LANGUAGE";
}
