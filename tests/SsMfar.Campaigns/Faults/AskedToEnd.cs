using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using SsMfar.Campaigns.Killing;
using SsMfar.Campaigns.Shell;

namespace SsMfar.Campaigns.Faults;

/// <summary>SIGTERM at random moments: exit code 130, and the same command again ends as if nothing had been.</summary>
internal sealed partial class AskedToEnd(TemporaryFolder folder, int seed)
{
    private const int Terminate = 15;
    private const int Interrupted = 130;

    // Of a program that is too young to have asked for the signal, or past its end.
    private const int EndedBySignal = 128 + Terminate;
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    public (long Tries, IReadOnlyList<string> Faults, string Note) Run(IReadOnlyList<KillScenario> scenarios, int each)
    {
        Random random = new(seed);
        List<string> faults = [];
        int tries = 0, heard = 0;
        foreach (KillScenario scenario in scenarios)
        {
            Dictionary<string, byte[]> untouched = FaultCheck.Untouched(scenario, folder);
            string measured = folder["measured"];
            Directory.CreateDirectory(measured);
            long start = Stopwatch.GetTimestamp();
            Programs.RequireConsole(scenario.Arguments(Path.Combine(measured, "out")));
            double usual = Stopwatch.GetElapsedTime(start).TotalSeconds;
            Directory.Delete(measured, recursive: true);
            for (int i = 0; i < each; i++, tries++)
            {
                string place = folder["asked"], what = string.Create(CultureInfo.InvariantCulture, $"{scenario.Name}, SIGTERM {i}");
                FaultCheck check = new(place);
                check.Prepare([]);
                using (RunningProgram running = Programs.Start(
                    Programs.Dotnet, Programs.ConsoleArguments(scenario.Arguments(check.Output))))
                {
                    Thread.Sleep(TimeSpan.FromSeconds(random.NextDouble() * usual));
                    _ = SendSignal(running.Process.Id, Terminate);
                    Ended? ended = running.WaitForEnd(Limit);
                    heard += ended?.ExitCode == Interrupted ? 1 : 0;
                    check.Ended(what, ended, Interrupted, 0, EndedBySignal);
                }

                check.Kept(what, tidy: false);
                Again(scenario, check, untouched, place, what);
                faults.AddRange(check.Faults);
                Directory.Delete(place, recursive: true);
            }
        }

        return (tries, faults, string.Create(
            CultureInfo.InvariantCulture, $"{heard} ended with 130, the others before the program had begun or after its work"));
    }

    private static void Again(
        KillScenario scenario, FaultCheck check, Dictionary<string, byte[]> untouched, string place, string what)
    {
        bool isThere = Directory.Exists(check.Output) && Directory.EnumerateFileSystemEntries(check.Output).Any();
        check.Ended($"{what}, again", Programs.Run(
            Programs.Dotnet, Programs.ConsoleArguments([.. scenario.Arguments(check.Output), .. isThere ? scenario.Again : []])), 0);
        check.Whole(what, untouched.Where(file => File.Exists(Path.Combine(place, file.Key))).ToDictionary());
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int SendSignal(int process, int signal);
}
