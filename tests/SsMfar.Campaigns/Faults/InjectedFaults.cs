using System.Globalization;
using SsMfar.Campaigns.Killing;
using SsMfar.Campaigns.Shell;

namespace SsMfar.Campaigns.Faults;

/// <summary>Writes, flushes and renames that fail, by a library that is loaded ahead of the system's (Linux, with a C compiler).</summary>
internal sealed class InjectedFaults(TemporaryFolder folder, int seed)
{
    private static readonly (string Kind, int Number)[] Kinds = [("write", 28), ("write", 5), ("fsync", 5), ("rename", 13)];
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    // A few of the many calls that a run makes; which, the seed says.
    private const int LastCall = 12;

    public (long Tries, IReadOnlyList<string> Faults, string Note) Run(IReadOnlyList<KillScenario> scenarios, int each)
    {
        if (!OperatingSystem.IsLinux() || !Programs.Has("cc"))
        {
            return (0, [], "not tried: it needs Linux and a C compiler");
        }

        string library = folder["inject.so"];
        Ended compiled = Programs.Run("cc", ["-shared", "-fPIC", "-O1", "-o", library,
            Path.Combine(AppContext.BaseDirectory, "Faults", "inject.c"), "-ldl"]);
        if (compiled.ExitCode != 0)
        {
            return (0, [], $"not tried: cc says {compiled.Line}");
        }

        Random random = new(seed);
        List<string> faults = [];
        int tries = 0, met = 0, slow = 0;
        foreach (KillScenario scenario in scenarios)
        {
            Dictionary<string, byte[]> untouched = FaultCheck.Untouched(scenario, folder);
            foreach ((string kind, int number) in Kinds)
            {
                // The first of its kind always, then some later one.
                for (int i = 0; i < each; i++)
                {
                    int call = i == 0 ? 1 : 1 + random.Next(LastCall);
                    string what = string.Create(CultureInfo.InvariantCulture, $"{scenario.Name}, {kind} {call} with errno {number}");
                    (bool isMet, IReadOnlyList<string> found) = Try(scenario, untouched, library, $"{kind}:{call}:{number}", what);
                    (tries, met) = (tries + 1, met + (isMet ? 1 : 0));
                    faults.AddRange(found);
                }
            }

            (_, IReadOnlyList<string> late) = Try(scenario, untouched, library, "write:0:0", $"{scenario.Name}, slow writes");
            (tries, slow) = (tries + 1, slow + 1);
            faults.AddRange(late);
        }

        return (tries, faults, string.Create(
            CultureInfo.InvariantCulture, $"{met} calls failed, {slow} runs with 20 ms a write, the others made fewer calls"));
    }

    private (bool IsMet, IReadOnlyList<string> Faults) Try(
        KillScenario scenario, Dictionary<string, byte[]> untouched, string library, string fault, string what)
    {
        string place = folder["faulty"], done = folder["fault-done"];
        FaultCheck check = new(place);
        check.Prepare(FaultCheck.Replaced(untouched));
        using RunningProgram running = Programs.Start(
            Programs.Dotnet, Programs.ConsoleArguments(scenario.Arguments(check.Output)), new Dictionary<string, string>
            {
                ["LD_PRELOAD"] = library, ["SSMFAR_FAULT"] = fault, ["SSMFAR_FAULT_UNDER"] = place + "/", ["SSMFAR_FAULT_DONE"] = done,
            });
        Ended? ended = running.WaitForEnd(Limit);
        bool isMet = File.Exists(done);

        // A file that is told of progress, as a history, may be left out; a command that went on all the same has written the others.
        check.Ended(what, ended, isMet ? [2] : [0]);
        check.Kept(what, tidy: true);
        check.Whole(what, untouched);
        File.Delete(done);
        Directory.Delete(place, recursive: true);
        return (isMet, check.Faults);
    }
}
