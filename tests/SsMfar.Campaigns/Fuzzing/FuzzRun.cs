using System.Diagnostics;
using System.Globalization;
using SsMfar.Campaigns.Fuzzing.Mutation;
using SsMfar.Campaigns.Fuzzing.Readers;
using SsMfar.Campaigns.Shell;

namespace SsMfar.Campaigns.Fuzzing;

/// <summary>The cases of one reader, in a process of its own, which is started again behind a case that ended it.</summary>
/// <param name="program">The program: this one, or its instrumented copy.</param>
/// <param name="plan">What was asked for.</param>
internal sealed class FuzzRun(string program, FuzzPlan plan)
{
    private const int MostEnded = 20;

    /// <summary>Goes through them.</summary>
    public CampaignRow Run(string name)
    {
        using TemporaryFolder folder = new(inMemory: true);
        FuzzReader reader = ReaderList.Of(name, folder);
        string state = folder["state"];
        long cases = Math.Max(plan.Cases / reader.Cost, 1), next = 0, read = 0, branches = 0;
        List<string> faults = [];
        HashSet<string> seen = new(StringComparer.Ordinal);
        long start = Stopwatch.GetTimestamp();
        for (int ended = 0; next < cases && ended < MostEnded; ended++)
        {
            File.WriteAllBytes(state, new byte[sizeof(long)]);
            using RunningProgram worker = Programs.Start(
                Programs.Dotnet, [program, .. FuzzWorker.Arguments(name, next, cases - next, plan, state)]);
            Ended end = worker.WaitForEnd();
            foreach (string line in end.Output.Split('\n'))
            {
                if (line.StartsWith(FuzzWorker.FaultMark, StringComparison.Ordinal))
                {
                    string fault = line[FuzzWorker.FaultMark.Length..];
                    faults.AddRange(seen.Add(fault[..fault.IndexOf(" (case", StringComparison.Ordinal)]) ? [fault] : []);
                }
                else if (line.StartsWith(FuzzWorker.DoneMark, StringComparison.Ordinal))
                {
                    string[] numbers = line[FuzzWorker.DoneMark.Length..].Split(' ');
                    read += long.Parse(numbers[0], CultureInfo.InvariantCulture);
                    branches = long.Parse(numbers[2], CultureInfo.InvariantCulture);
                }
            }

            if (end.ExitCode == 0)
            {
                next = cases;
                break;
            }

            long number = BitConverter.ToInt64(File.ReadAllBytes(state));
            string ending = Ending(reader, end, number);
            faults.AddRange(seen.Add(ending[..ending.IndexOf(';', StringComparison.Ordinal)]) ? [ending] : []);
            next = number + 1;
        }

        string note = string.Create(
            CultureInfo.InvariantCulture, $"{100.0 * read / Math.Max(next, 1):F1} % read, the others refused")
            + (branches > 0 ? string.Create(CultureInfo.InvariantCulture, $"; {branches} branches") : "");
        return new(name, next, faults, Stopwatch.GetElapsedTime(start).TotalSeconds, note);
    }

    // A case that ended the process is kept as it is, since each try at making it shorter costs a process.
    private string Ending(FuzzReader reader, Ended end, long number)
    {
        FuzzFault fault = end.ExitCode == FuzzWatch.Hangs
            ? new("hang", "", "it did not end") : new("crash", "", $"exit code {end.ExitCode}: {end.Line}");
        Mutator mutator = new(FuzzCorpus.Seeds(reader), reader.IsText, reader.Layers);
        string path = plan.Guided ? "run it again to see it" : FuzzCorpus.Keep(plan.Found, reader, fault, mutator.Case(plan.Seed, number));
        return string.Create(CultureInfo.InvariantCulture, $"{fault.Kind} ({fault.Details}; case {number}: {path})");
    }
}
