using System.Globalization;
using SsMfar.Campaigns.Commands;
using SsMfar.Campaigns.Shell;

namespace SsMfar.Campaigns.Faults;

/// <summary>Writes, flushes and renames that fail or are slow.</summary>
/// <param name="folder">Where there is room.</param>
/// <param name="calls">What lets them fail.</param>
/// <param name="seed">What the moments follow from.</param>
internal sealed class InjectedFaults(TemporaryFolder folder, CallFaults calls, int seed)
{
    // ENOSPC, EIO, EACCES.
    private static readonly (string Kind, int Number)[] Kinds = [("write", 28), ("write", 5), ("fsync", 5), ("rename", 13)];

    /// <summary>Calls that fail: the first of its kind, and any later ones.</summary>
    public FaultTries Failing(TriedCommand command, UntouchedRun untouched, int each)
    {
        Random random = new(seed + command.Name.Sum(sign => sign));
        List<string> faults = [];
        int tries = 0, met = 0;
        foreach ((string kind, int number) in Kinds)
        {
            int last = untouched.Calls!.Of(kind);
            for (int i = 0; i < Math.Min(each, last); i++, tries++)
            {
                int call = i == 0 ? 1 : 1 + random.Next(last);
                string what = string.Create(CultureInfo.InvariantCulture, $"{kind} {call} with errno {number}");
                met += Fails(command, untouched, $"{kind}:{call}:{number}", what, faults) ? 1 : 0;
            }
        }

        return new(tries, faults, string.Create(CultureInfo.InvariantCulture, $"{met} of {tries} calls failed"));
    }

    /// <summary>Calls that take 20 ms each.</summary>
    public FaultTries Slow(TriedCommand command, UntouchedRun untouched, int each)
    {
        string place = folder["slow"];
        FaultCheck check = new(command, untouched, place);
        check.Prepare();
        check.Ended("slow calls", Run(check, calls.Environment("slow:20", place)), 0);
        check.Kept("slow calls", isTidy: true);
        check.Same("slow calls");
        Directory.Delete(place, recursive: true);
        return new(1, check.Faults, string.Create(CultureInfo.InvariantCulture, $"{untouched.Calls!.All} slow calls"));
    }

    private bool Fails(TriedCommand command, UntouchedRun untouched, string fault, string what, List<string> faults)
    {
        string place = folder["failing"];
        FaultCheck check = new(command, untouched, place);
        check.Prepare();
        Ended ended = Run(check, calls.Environment(fault, place));

        // A file that only tells of the run is given up, with a line that says so.
        string? met = calls.Take();
        check.Ended(what, ended, met is not null && !CommandFiles.IsTold(met) ? [2] : [0]);
        if (met is not null && CommandFiles.IsTold(met) && !ended.Error.Contains(CommandFiles.NameOf(met), StringComparison.Ordinal))
        {
            check.Ended($"{what}, nothing said of {met}", ended, -1);
        }

        check.Kept(what, isTidy: true);
        check.Again(what);
        faults.AddRange(check.Faults);
        Directory.Delete(place, recursive: true);
        return met is not null;
    }

    private static Ended Run(FaultCheck check, IReadOnlyDictionary<string, string> environment) =>
        Programs.Run(Programs.Dotnet, Programs.ConsoleArguments(check.Arguments), environment);
}
