using System.Diagnostics;

namespace SsMfar.Benchmarks.Measurement;

/// <summary>This program once more, in another process.</summary>
internal static class OwnProcess
{
    /// <summary>Starts it.</summary>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="redirect">Whether its standard output is read here rather than shown.</param>
    public static Process Start(IEnumerable<string> arguments, bool redirect)
    {
        string path = Environment.ProcessPath!;
        bool host = Path.GetFileNameWithoutExtension(path) == "dotnet";
        string[] program = host ? [typeof(OwnProcess).Assembly.Location] : [];
        return Process.Start(new ProcessStartInfo(path, [.. program, .. arguments]) { RedirectStandardOutput = redirect })!;
    }
}
