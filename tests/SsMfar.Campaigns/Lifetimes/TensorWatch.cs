using System.Collections.Concurrent;
using System.Diagnostics;
using System.Reflection;

namespace SsMfar.Campaigns.Lifetimes;

/// <summary>
/// What a TorchSharp changed by <see cref="WatchedTorchSharp"/> calls: it tells of tensors that the garbage collector freed, by where the
/// library made them. TorchSharp reads a tensor's handle and then calls libtorch; one that no scope and nothing else holds may be freed
/// in between, and the call then reads what took its place.
/// </summary>
public static class TensorWatch
{
    /// <summary>The file that a process adds places to, a line each; where it is not set, nothing is watched.</summary>
    public const string Variable = "SSMFAR_LIFETIMES";

    // Garbage is collected this often, and at the end: short programs would collect none.
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private const string Library = "SsMfar.";
    private const int FramesTold = 4;

    private static readonly string[] Others = ["SsMfar.Campaigns.", "SsMfar.Tests."];
    private static readonly string? Destination = Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } file ? file : null;
    private static readonly ConcurrentDictionary<string, bool> Told = new(StringComparer.Ordinal);

    static TensorWatch()
    {
        if (Destination is not null)
        {
            AppDomain.CurrentDomain.ProcessExit += (_, _) => Collect();
            new Thread(CollectOverAndOver) { IsBackground = true }.Start();
        }
    }

    /// <summary>A tensor was made, or came into another scope, or left one.</summary>
    /// <param name="scope">The scope that holds it now.</param>
    /// <returns>Where that was, kept with the tensor; null where a scope holds it.</returns>
    public static object? Placed(object? scope) => scope is null && Destination is not null ? new StackTrace(fNeedFileInfo: false) : null;

    /// <summary>The garbage collector found a tensor.</summary>
    /// <param name="place">What was kept with it.</param>
    /// <param name="handle">Its handle; 0 where it was disposed.</param>
    public static void Left(object? place, nint handle)
    {
        if (handle == 0 || place is not StackTrace trace)
        {
            return;
        }

        string[] frames =
        [
            .. trace.GetFrames().Select(frame => frame.GetMethod()).OfType<MethodBase>().Select(Name).SkipWhile(name => !IsOurs(name))
                .Take(FramesTold),
        ];
        string told = string.Join(" < ", frames);
        if (frames.Length > 0 && Told.TryAdd(told, true))
        {
            File.AppendAllText(Destination!, told + "\n");
        }
    }

    private static bool IsOurs(string method) =>
        method.StartsWith(Library, StringComparison.Ordinal) && !Others.Any(other => method.StartsWith(other, StringComparison.Ordinal));

    private static string Name(MethodBase method) => $"{method.DeclaringType?.FullName}.{method.Name}";

    private static void CollectOverAndOver()
    {
        while (true)
        {
            Thread.Sleep(Pause);
            Collect();
        }
    }

    private static void Collect()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
    }
}
