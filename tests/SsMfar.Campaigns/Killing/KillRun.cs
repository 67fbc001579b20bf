using System.Diagnostics;
using System.Globalization;
using SsMfar.Campaigns.Shell;
using SsMfar.Runtime;
using SsMfar.Weights;
using TorchSharp;

namespace SsMfar.Campaigns.Killing;

/// <summary>The kills of one command.</summary>
/// <param name="scenario">The command.</param>
/// <param name="folder">Where there is room.</param>
/// <param name="seed">What the moments follow from.</param>
internal sealed class KillRun(KillScenario scenario, TemporaryFolder folder, int seed)
{
    // A run that is killed this often is let go to its end, so that there is something to compare.
    private const int MostInARow = 4;

    private readonly Random _random = new(seed + scenario.Name.Sum(sign => sign));
    private readonly List<string> _faults = [];
    private Dictionary<string, byte[]> _expected = [];
    private double _usual;

    /// <summary>Kills so often.</summary>
    public (long Tries, IReadOnlyList<string> Faults, string Note) Run(int kills)
    {
        string place = Place("untouched");
        long start = Stopwatch.GetTimestamp();
        Ended untouched = Programs.RequireConsole(scenario.Arguments(Path.Combine(place, "out")));
        _usual = Stopwatch.GetElapsedTime(start).TotalSeconds;
        _expected = Compared(place);
        if (_expected.Count == 0)
        {
            throw new InvalidOperationException($"{scenario.Name} wrote nothing to compare: {untouched.Line}");
        }

        int killed = 0, left = 0, after = 0;
        for (int run = 0; killed < kills && _faults.Count == 0; run++)
        {
            place = Place(string.Create(CultureInfo.InvariantCulture, $"killed-{run}"));
            int inARow = Math.Min(1 + _random.Next(MostInARow), kills - killed);
            for (int i = 0; i < inARow; i++)
            {
                if (Kill(place))
                {
                    killed++;
                    left += Directory.EnumerateFiles(place, "*", SearchOption.AllDirectories).Any() ? 1 : 0;
                }
                else
                {
                    after++;
                }

                Check(place, killed);
            }

            Complete(place, killed);
            Directory.Delete(place, recursive: true);
        }

        return (killed, _faults, string.Create(
            CultureInfo.InvariantCulture,
            $"{_usual:F1} s untouched; {left} kills left files; {after} more came after the end; {_expected.Count} files the same"));
    }

    private string Place(string name) => Directory.CreateDirectory(Path.Combine(folder[scenario.Name], name)).FullName;

    // Whether it was still at work.
    private bool Kill(string place)
    {
        long start = Stopwatch.GetTimestamp();
        using RunningProgram running = Programs.Start(Programs.Dotnet, Programs.ConsoleArguments(Arguments(place)));
        if (running.Process.WaitForExit(TimeSpan.FromSeconds(_random.NextDouble() * 1.1 * _usual)))
        {
            Ended ended = running.WaitForEnd();
            if (ended.ExitCode != 0)
            {
                _faults.Add(string.Create(CultureInfo.InvariantCulture, $"made again it ended with {ended.ExitCode}: {ended.Line}"));
            }

            // The machine is quicker than it was.
            _usual = Math.Min(_usual, Stopwatch.GetElapsedTime(start).TotalSeconds);
            return false;
        }

        running.Process.Kill();
        running.Process.WaitForExit();
        return true;
    }

    private string[] Arguments(string place)
    {
        string output = Path.Combine(place, "out");
        bool isThere = Directory.Exists(output) && Directory.EnumerateFileSystemEntries(output).Any();
        return [.. scenario.Arguments(output), .. isThere ? scenario.Again : []];
    }

    private void Complete(string place, int kill)
    {
        Ended ended = Programs.Run(Programs.Dotnet, Programs.ConsoleArguments(Arguments(place)));
        if (ended.ExitCode != 0)
        {
            _faults.Add(string.Create(
                CultureInfo.InvariantCulture, $"after kill {kill} the same command ended with {ended.ExitCode}: {ended.Line}"));
            return;
        }

        Dictionary<string, byte[]> files = Compared(place);
        foreach (string name in _expected.Keys.Union(files.Keys).Order(StringComparer.Ordinal))
        {
            if (!(_expected.TryGetValue(name, out byte[]? expected) && files.TryGetValue(name, out byte[]? now)
                && expected.AsSpan().SequenceEqual(now)))
            {
                _faults.Add(string.Create(CultureInfo.InvariantCulture, $"after kill {kill} {name} is not as it is untouched"));
            }
        }
    }

    // Nothing that a reader would take for whole is half: files under their own names are readable, and those written at once are whole.
    private void Check(string place, int kill)
    {
        TorchRuntime.Initialize();
        foreach (string file in Directory.EnumerateFiles(place, "*", SearchOption.AllDirectories).Where(IsReady))
        {
            try
            {
                if (file.EndsWith(".safetensors", StringComparison.Ordinal))
                {
                    using DisposeScope scope = torch.NewDisposeScope();
                    using WeightFile weights = WeightFile.Open(file);
                    foreach (string key in weights.Keys)
                    {
                        weights.Read(key).Dispose();
                    }
                }
                else if (_expected.TryGetValue(Path.GetRelativePath(place, file), out byte[]? whole)
                    && !File.ReadAllBytes(file).AsSpan().SequenceEqual(whole))
                {
                    _faults.Add(string.Create(CultureInfo.InvariantCulture, $"kill {kill} left a part of {Path.GetFileName(file)}"));
                }
            }
            catch (ModelFileException damaged)
            {
                _faults.Add(string.Create(CultureInfo.InvariantCulture, $"kill {kill} left a damaged file: {damaged.Message}"));
            }
        }
    }

    // Files being written lie aside, under names that begin with a dot and end with .tmp.
    private static bool IsReady(string file) =>
        !(Path.GetFileName(file).StartsWith('.') && file.EndsWith(".tmp", StringComparison.Ordinal));

    private Dictionary<string, byte[]> Compared(string place) => Directory
        .EnumerateFiles(place, "*", SearchOption.AllDirectories).Where(file => IsReady(file) && scenario.Compared(file))
        .ToDictionary(file => Path.GetRelativePath(place, file), File.ReadAllBytes, StringComparer.Ordinal);
}
