using System.Globalization;
using SsMfar.Campaigns.Killing;
using SsMfar.Campaigns.Shell;

namespace SsMfar.Campaigns.Faults;

/// <summary>A command that a fault meets, beside a file that was there before.</summary>
/// <param name="place">Where it writes.</param>
internal sealed class FaultCheck(string place)
{
    private const string Earlier = "earlier.txt";
    private const int BadInput = 2;

    private readonly List<string> _faults = [];

    /// <summary>Gets what went wrong.</summary>
    public IReadOnlyList<string> Faults => _faults;

    /// <summary>Gets where the command writes.</summary>
    public string Output => Path.Combine(place, "out");

    /// <summary>Puts files there that are to stay as they are: one beside, and one of each that the command would replace.</summary>
    /// <param name="replaced">Names of files that the command writes besides a folder of its own.</param>
    public void Prepare(IEnumerable<string> replaced)
    {
        Directory.CreateDirectory(place);
        foreach (string name in replaced.Append(Earlier))
        {
            File.WriteAllText(Path.Combine(place, name), Earlier);
        }
    }

    /// <summary>Whether the command ended as promised where it could not write.</summary>
    /// <param name="what">The fault, for messages.</param>
    /// <param name="ended">How it ended; null where it did not.</param>
    /// <param name="exitCodes">The exit codes that are promised; bad input's unless given.</param>
    public void Ended(string what, Ended? ended, params int[] exitCodes)
    {
        int[] promised = exitCodes.Length == 0 ? [BadInput] : exitCodes;
        if (ended is null)
        {
            _faults.Add($"{what}: it did not end");
        }
        else if (!promised.Contains(ended.ExitCode))
        {
            _faults.Add(string.Create(CultureInfo.InvariantCulture, $"{what}: exit code {ended.ExitCode}: {ended.Line}"));
        }
        else if (ended.Error.Contains("\n   at ", StringComparison.Ordinal)
            || (ended.ExitCode == BadInput && ended.Error.Trim().Length == 0))
        {
            _faults.Add($"{what}: no line that says why: {ended.Line}");
        }
    }

    /// <summary>Whether what was there is there, and nothing lies aside.</summary>
    /// <param name="what">The fault, for messages.</param>
    /// <param name="tidy">Whether what was written aside has to be gone.</param>
    public void Kept(string what, bool tidy)
    {
        foreach (string file in Directory.GetFiles(place))
        {
            if (Path.GetFileName(file) is var name && name.StartsWith('.') && name.EndsWith(".tmp", StringComparison.Ordinal))
            {
                _faults.AddRange(tidy ? [$"{what}: {name} was left"] : []);
            }
        }

        if (File.ReadAllText(Path.Combine(place, Earlier)) != Earlier)
        {
            _faults.Add($"{what}: a file beside changed");
        }
    }

    /// <summary>Whether files that a command replaces are as they were, or as an untouched run makes them.</summary>
    public void Whole(string what, IReadOnlyDictionary<string, byte[]> untouched)
    {
        foreach ((string name, byte[] expected) in untouched)
        {
            string file = Path.Combine(place, name);
            if (File.Exists(file) && !name.Contains('/', StringComparison.Ordinal))
            {
                byte[] now = File.ReadAllBytes(file);
                if (!now.AsSpan().SequenceEqual(expected) && !now.AsSpan().SequenceEqual("earlier.txt"u8))
                {
                    _faults.Add($"{what}: {name} is neither as it was nor whole");
                }
            }
        }
    }

    /// <summary>The files of an untouched run, made once for each command.</summary>
    public static Dictionary<string, byte[]> Untouched(KillScenario scenario, TemporaryFolder folder)
    {
        string place = folder[$"untouched-{scenario.Name}"];
        if (!Directory.Exists(place))
        {
            Directory.CreateDirectory(place);
            Programs.RequireConsole(scenario.Arguments(Path.Combine(place, "out")));
        }

        return Directory.EnumerateFiles(place, "*", SearchOption.AllDirectories).Where(scenario.Compared)
            .ToDictionary(file => Path.GetRelativePath(place, file), File.ReadAllBytes, StringComparer.Ordinal);
    }

    /// <summary>The names of an untouched run's files that lie in no folder of their own.</summary>
    public static IEnumerable<string> Replaced(IReadOnlyDictionary<string, byte[]> untouched) =>
        untouched.Keys.Where(name => !name.Contains('/', StringComparison.Ordinal));
}
