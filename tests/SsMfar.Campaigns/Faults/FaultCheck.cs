using System.Globalization;
using System.Text;
using SsMfar.Campaigns.Commands;
using SsMfar.Campaigns.Shell;

namespace SsMfar.Campaigns.Faults;

/// <summary>A command that a fault meets, beside a file that was there before.</summary>
/// <param name="command">The command.</param>
/// <param name="untouched">What it leaves where nothing stands in its way.</param>
/// <param name="place">Where it writes.</param>
internal sealed class FaultCheck(TriedCommand command, UntouchedRun untouched, string place)
{
    private const string Earlier = "earlier.txt";
    private const int BadInput = 2;

    private readonly List<string> _faults = [];

    /// <summary>Gets what went wrong.</summary>
    public IReadOnlyList<string> Faults => _faults;

    private string Output => Path.Combine(place, "out");

    /// <summary>Gets the command line.</summary>
    public string[] Arguments => command.ArgumentsNow(Output);

    /// <summary>
    /// Empties the place, and puts files there that are to stay as they are: one beside, and one of each that the command would replace.
    /// </summary>
    public void Prepare()
    {
        // A try that could not be made may have left something.
        foreach (FileSystemInfo left in Directory.CreateDirectory(place).EnumerateFileSystemInfos())
        {
            if (left is DirectoryInfo folder)
            {
                folder.Delete(recursive: true);
            }
            else
            {
                left.Delete();
            }
        }

        foreach (string name in untouched.Replaced.Append(Earlier))
        {
            File.WriteAllText(Path.Combine(place, name), Earlier);
        }
    }

    /// <summary>Whether the command ended as promised.</summary>
    /// <param name="what">The fault, for messages.</param>
    /// <param name="ended">How it ended.</param>
    /// <param name="exitCodes">The exit codes that are promised; bad input's unless given.</param>
    public void Ended(string what, Ended ended, params int[] exitCodes)
    {
        int[] promised = exitCodes.Length == 0 ? [BadInput] : exitCodes;
        if (!promised.Contains(ended.ExitCode))
        {
            Add(string.Create(CultureInfo.InvariantCulture, $"{what}: exit code {ended.ExitCode}: {ended.Line}"));
        }
        else if (ended.Error.Contains("\n   at ", StringComparison.Ordinal)
            || (ended.ExitCode == BadInput && ended.Error.Trim().Length == 0))
        {
            Add($"{what}: no line that says why: {ended.Line}");
        }
    }

    /// <summary>Whether what was there is there, nothing is half, and nothing lies aside.</summary>
    /// <param name="what">The fault, for messages.</param>
    /// <param name="isTidy">Whether what was written aside has to be gone.</param>
    public void Kept(string what, bool isTidy)
    {
        if (isTidy)
        {
            _faults.AddRange(Directory.EnumerateFiles(place, "*", SearchOption.AllDirectories).Where(CommandFiles.IsAside)
                .Select(file => $"{command.Name}, {what}: {Path.GetRelativePath(place, file)} was left"));
        }

        string beside = Path.Combine(place, Earlier);
        if (!File.Exists(beside) || File.ReadAllText(beside) != Earlier)
        {
            Add($"{what}: a file beside changed");
        }

        foreach (string name in untouched.Replaced)
        {
            string file = Path.Combine(place, name);
            byte[] now = File.Exists(file) ? File.ReadAllBytes(file) : [];
            if (!now.AsSpan().SequenceEqual(untouched.Files[name]) && !now.AsSpan().SequenceEqual(Encoding.UTF8.GetBytes(Earlier)))
            {
                Add($"{what}: {name} is neither as it was nor whole");
            }
        }

        HashSet<string> asTheyWere = [.. untouched.Replaced];
        foreach ((string name, string reason) in CommandFiles.Halves(untouched.Files, place).Where(half => !asTheyWere.Contains(half.Name)))
        {
            Add($"{what}: {name}: {reason}");
        }
    }

    /// <summary>Makes the command again where nothing stands in its way: it ends as if nothing had been.</summary>
    public void Again(string what)
    {
        Ended ended = Programs.Run(Programs.Dotnet, Programs.ConsoleArguments(Arguments));
        Ended($"{what}, again", ended, 0);
        if (ended.ExitCode == 0)
        {
            Same($"{what}, again");
        }
    }

    /// <summary>Whether all files are as an untouched run leaves them.</summary>
    public void Same(string what)
    {
        foreach (string name in CommandFiles.Others(command, untouched.Files, place).Where(name => name != Earlier))
        {
            Add($"{what}: {name} is not as it is untouched");
        }
    }

    private void Add(string fault) => _faults.Add($"{command.Name}, {fault}");
}
