using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using System.Text.Json;
using SsMfar.Tests.Runtime;

namespace SsMfar.Tests.ConsoleApp;

/// <summary>The built console, as a shell sees it.</summary>
internal static class ConsoleProgram
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    /// <summary>The program, for <c>dotnet</c> to run.</summary>
    public static readonly string Path = System.IO.Path.Combine(
        Repository.Root,
        "samples",
        "SsMfar.Console",
        "bin",
        typeof(ConsoleProgram).Assembly.GetCustomAttribute<AssemblyConfigurationAttribute>()!.Configuration,
        "net10.0",
        "ssmfar.dll");

    public static Task<ChildProcess.Outcome> RunAsync(params IEnumerable<string> arguments) =>
        ChildProcess.RunAsync(ChildProcess.Dotnet, [Path, .. arguments]);

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

    /// <summary>Runs until a line of standard error starts as given, then sends SIGINT.</summary>
    public static async Task<ChildProcess.Outcome> InterruptAsync(string lineStart, params IEnumerable<string> arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(ChildProcess.Dotnet, [Path, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        using CancellationTokenSource timeout = new(Limit);
        Task<string> output = process.StandardOutput.ReadToEndAsync(timeout.Token);
        List<string> errors = [];
        try
        {
            while (await process.StandardError.ReadLineAsync(timeout.Token) is { } line)
            {
                errors.Add(line);
                if (line.StartsWith(lineStart, StringComparison.Ordinal))
                {
                    using Process kill = Process.Start("kill", ["-INT", process.Id.ToString(CultureInfo.InvariantCulture)]);
                    await kill.WaitForExitAsync(timeout.Token);
                }
            }

            await process.WaitForExitAsync(timeout.Token);
            return new(process.ExitCode, await output, string.Join('\n', errors));
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"The console did not end within {Limit}.");
        }
    }
}
