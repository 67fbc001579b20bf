using System.Collections.Concurrent;
using System.CommandLine;
using SsMfar.Campaigns.Fuzzing.Readers;
using SsMfar.Campaigns.Shell;

namespace SsMfar.Campaigns.Fuzzing;

/// <summary>
/// <c>fuzz</c>: damaged files for every reader. A fault is an exception other than those that the reader's documentation names, more memory
/// than it may take, five seconds without an end, or the end of the process.
/// </summary>
internal static class FuzzCommand
{
    private const string All = "all";

    public static Command Create()
    {
        Argument<string> reader = new("READER") { Description = $"{All}, or one of {string.Join(", ", ReaderList.Names)}" };
        reader.AcceptOnlyFromAmong([All, .. ReaderList.Names]);
        Option<long> cases = CampaignOptions.Number("--cases", "Cases of a quick reader; slower ones get a part of them", 20_000L);
        Option<int> seed = CampaignOptions.Seed();
        Option<int> atOnce = CampaignOptions.Number("--at-once", "Processes at the same time", 2);
        Option<string> found = new("--found")
        {
            HelpName = "DIR", Description = "Where files that found a fault are kept", DefaultValueFactory = _ => "fuzz-faults",
        };
        Option<bool> guided = new("--guided")
        {
            Description = "Instrument the library with SharpFuzz, and damage further what led to new branches",
        };
        Command command = new("fuzz", "Damaged files for every reader") { reader, cases, seed, atOnce, found, guided };
        command.SetAction(parsed => Run(parsed.GetRequiredValue(reader), new(
            parsed.GetValue(cases), parsed.GetValue(seed), Path.GetFullPath(parsed.GetRequiredValue(found)), parsed.GetValue(guided),
            parsed.GetValue(atOnce))));
        return command;
    }

    private static int Run(string reader, FuzzPlan plan)
    {
        using TemporaryFolder? instrumented = plan.Guided ? new() : null;
        string program = instrumented is null ? typeof(FuzzCommand).Assembly.Location : Coverage.Instrument(instrumented);
        FuzzRun run = new(program, plan);
        CampaignTable table = new();
        ConcurrentDictionary<string, CampaignRow> rows = new(StringComparer.Ordinal);
        string[] names = reader == All ? [.. ReaderList.Names] : [reader];
        Parallel.ForEach(
            Partitioner.Create(names, EnumerablePartitionerOptions.NoBuffering),
            new ParallelOptions { MaxDegreeOfParallelism = plan.AtOnce },
            name => rows[name] = run.Run(name));
        foreach (string name in names)
        {
            table.Add(rows[name]);
        }

        return table.Write();
    }
}
