using System.Globalization;
using System.Reflection;
using System.Text.Json;
using SsMfar.Kernels.Native;
using SsMfar.Runtime;
using SsMfar.Shared;
using TorchSharp;

namespace SsMfar.Training;

/// <summary>
/// Outcomes of trials in a file of a user: an object of names and numbers. It is no more than a memory: one that cannot be read or written
/// costs another trial.
/// </summary>
/// <param name="path">The file, or null to remember for this process alone.</param>
internal sealed class PrecisionOutcomes(string? path)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, double> _known = new(StringComparer.Ordinal);

    public static PrecisionOutcomes OfThisUser() => new(UserCache.Folder() is { } folder ? Path.Combine(folder, "precision.json") : null);

    /// <summary>What decides the outcome: processor, threads, this library, the network and its work.</summary>
    public static string Key(string backbone, int images, int size) => string.Create(
        CultureInfo.InvariantCulture,
        $"{ProcessorName.Value}; {torch.get_num_threads()} threads; SsMfar {Version()}; {backbone}; {images} x {size} px");

    public double? Find(string key)
    {
        lock (_lock)
        {
            return _known.TryGetValue(key, out double known) || Read().TryGetValue(key, out known) ? known : null;
        }
    }

    public void Keep(string key, double speedup)
    {
        lock (_lock)
        {
            _known[key] = speedup;
            if (path is null)
            {
                return;
            }

            // What other processes found meanwhile stays.
            Dictionary<string, double> all = Read();
            all[key] = speedup;
            try
            {
                Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
                AtomicFile.Write(path, stream => JsonSerializer.Serialize(stream, all));
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // It is tried again in the next process.
            }
        }
    }

    private Dictionary<string, double> Read()
    {
        try
        {
            return path is null ? [] : JsonSerializer.Deserialize<Dictionary<string, double>>(File.ReadAllBytes(path)) ?? [];
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or JsonException)
        {
            return [];
        }
    }

    private static string Version() =>
        typeof(PrecisionOutcomes).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "";
}
