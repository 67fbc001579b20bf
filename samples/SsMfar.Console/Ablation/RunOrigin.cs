using System.Reflection;
using System.Runtime.InteropServices;

namespace SsMfar.ConsoleApp.Ablation;

/// <summary>What a run was made by and on: its numbers follow from both.</summary>
internal static class RunOrigin
{
    /// <summary>This program and this machine, a line.</summary>
    public static string Here { get; } = FormattableString.Invariant(
        $"ssmfar {Version()}, {RuntimeInformation.FrameworkDescription}, ") + FormattableString.Invariant(
        $"{RuntimeInformation.OSDescription}, {Processor()}, {Environment.ProcessorCount} logical processors");

    // The version names the commit.
    private static string Version() =>
        typeof(RunOrigin).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ??
        "of an unknown version";

    private static string Processor()
    {
        const string File = "/proc/cpuinfo", Model = "model name";
        string? line = System.IO.File.Exists(File)
            ? System.IO.File.ReadLines(File).FirstOrDefault(line => line.StartsWith(Model, StringComparison.Ordinal))
            : Environment.GetEnvironmentVariable("PROCESSOR_IDENTIFIER") is { } identifier ? $"{Model}:{identifier}" : null;
        return line?[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim() ?? RuntimeInformation.ProcessArchitecture.ToString();
    }
}
