using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;

namespace SsMfar.Benchmarks.Inference;

/// <summary>PyTorch's forward of the same network, in Peers/forward.py.</summary>
internal static class ForwardPeer
{
    public static JsonNode Run(string python, int size, int threads, int calls, string backbone)
    {
        string[] arguments = [Path.Combine(AppContext
            .BaseDirectory, "Peers", "forward.py"), backbone, Text(size), Text(threads), Text(calls)];
        return JsonNode.Parse(Output(python, arguments, threads))!;
    }

    /// <summary>A process's standard output; it must succeed.</summary>
    public static string Output(string program, IEnumerable<string> arguments, int threads)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true };
        start.Environment["OMP_NUM_THREADS"] = Text(threads);
        using Process process = Process.Start(start)!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? output : throw new InvalidOperationException($"{program} ended with exit code {process.ExitCode}.");
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
