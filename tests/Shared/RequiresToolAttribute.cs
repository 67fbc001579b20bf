using System.Diagnostics;

namespace SsMfar.Tests;

/// <summary>
/// A test that runs programs which a machine may lack: reported as not run, with their names, where one is missing. <c>.ci/run</c> installs
/// what these tests name where it can, and accepts none of them as not run.
/// </summary>
/// <param name="tools">Programs on the path; "clang|gcc" is either, and "python3-pil" a Python that can import Pillow with WebP.</param>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class RequiresToolAttribute : FactAttribute
{
    public RequiresToolAttribute(params string[] tools) => Skip = Tools.Reason(tools);
}

/// <inheritdoc cref="RequiresToolAttribute"/>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class RequiresToolTheoryAttribute : TheoryAttribute
{
    public RequiresToolTheoryAttribute(params string[] tools) => Skip = Tools.Reason(tools);
}

/// <summary>Which programs this machine has.</summary>
internal static class Tools
{
    /// <summary>The first word of every reason: <c>.ci/run</c> and its test know it.</summary>
    public const string Missing = "Not installed: ";

    private const string Pillow = "python3-pil";

    // The first Python on the path may be another than the one that Debian's packages are for.
    private static readonly Lazy<string?> PillowPython = new(() => new[] { "python3", "/usr/bin/python3" }.FirstOrDefault(
        python => Runs(python, "-c", "from PIL import ImageOps, features; assert features.check('webp')")));

    /// <summary>The Python that has Pillow.</summary>
    public static string PythonWithPillow => PillowPython.Value ?? throw new InvalidOperationException("No Python here has Pillow.");

    /// <summary>Why a test that needs these tools does not run here; null where it does.</summary>
    public static string? Reason(params string[] tools)
    {
        string[] missing = [.. tools.Where(tool => !IsInstalled(tool))];
        return missing.Length == 0 ? null : $"{Missing}{string.Join(", ", missing)}.";
    }

    private static bool IsInstalled(string tool) =>
        tool == Pillow ? PillowPython.Value is not null : tool.Split('|').Any(program => Find(program) is not null);

    private static string? Find(string program)
    {
        string[] endings = OperatingSystem.IsWindows() ? [".exe", ".cmd", ".bat"] : [""];
        return (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .SelectMany(folder => endings.Select(ending => Path.Combine(folder, program + ending))).FirstOrDefault(IsProgram);
    }

    private static bool IsProgram(string path) => File.Exists(path) &&
        (OperatingSystem.IsWindows() ||
            (File.GetUnixFileMode(path) & (UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute)) != 0);

    private static bool Runs(string program, params string[] arguments)
    {
        if (!Path.IsPathRooted(program) ? Find(program) is null : !File.Exists(program))
        {
            return false;
        }

        // Attributes cannot wait without blocking; this takes a moment, once.
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0;
    }
}
