using System.CommandLine;
using System.Globalization;
using System.IO.MemoryMappedFiles;
using SsMfar.Campaigns.Fuzzing.Mutation;
using SsMfar.Campaigns.Fuzzing.Readers;
using SsMfar.Campaigns.Shell;

namespace SsMfar.Campaigns.Fuzzing;

/// <summary>
/// <c>fuzz-worker</c>: a process that goes through the cases of one reader. What it is at stands in a file, so that whoever started it
/// knows which case ended it.
/// </summary>
internal static class FuzzWorker
{
    /// <summary>The command's name.</summary>
    public const string Name = "fuzz-worker";

    /// <summary>What a line of its output that tells of a fault begins with.</summary>
    public const string FaultMark = "fault ";

    /// <summary>What the line that tells how many cases it did begins with.</summary>
    public const string DoneMark = "done ";

    private const int MostFaults = 200;

    public static Command Create()
    {
        Argument<string> reader = new("READER");
        Option<long> from = new("--from"), count = new("--count");
        Option<int> seed = CampaignOptions.Seed();
        Option<string> state = new("--state"), found = new("--found");
        Option<bool> guided = new("--guided");
        Command command = new(Name, "Cases of one reader, for fuzz") { reader, from, count, seed, state, found, guided };
        command.Hidden = true;
        command.SetAction(parsed => Run(
            parsed.GetRequiredValue(reader), parsed.GetValue(from), parsed.GetValue(count), parsed.GetValue(seed),
            parsed.GetRequiredValue(state), parsed.GetRequiredValue(found), parsed.GetValue(guided)));
        return command;
    }

    /// <summary>The command line of a worker, after the program.</summary>
    public static string[] Arguments(string reader, long from, long count, FuzzPlan plan, string state) =>
    [
        Name, reader, "--from", Text(from), "--count", Text(count), "--seed", Text(plan.Seed), "--state", state, "--found", plan.Found,
        .. plan.Guided ? ["--guided"] : Array.Empty<string>(),
    ];

    private static int Run(string name, long from, long count, int seed, string state, string found, bool guided)
    {
        // Before the instrumented library runs for the first time.
        using Coverage? coverage = guided ? new() : null;
        using TemporaryFolder folder = new(inMemory: true);
        FuzzReader reader = ReaderList.Of(name, folder);
        Mutator mutator = new(FuzzCorpus.Seeds(reader), reader.IsText, reader.Layers);
        using MemoryMappedFile file = MemoryMappedFile.CreateFromFile(state, FileMode.OpenOrCreate, null, sizeof(long));
        using MemoryMappedViewAccessor at = file.CreateViewAccessor();
        using FuzzWatch watch = new();
        HashSet<string> seen = new(StringComparer.Ordinal);
        long read = 0;
        int kept = 0;
        for (long number = from; number < from + count; number++)
        {
            byte[] bytes = mutator.Case(seed, number);
            at.Write(0, number);
            watch.Begin(number);
            coverage?.Begin();
            FuzzFault? fault = FuzzTry.Run(reader, bytes, out bool wasRead);
            read += wasRead ? 1 : 0;
            if (coverage?.IsNew() == true)
            {
                mutator.Keep(bytes);
                kept++;
            }

            if (fault is not null && seen.Count < MostFaults && seen.Add(fault.Key))
            {
                Tell(found, reader, fault, bytes, number, watch);
            }
        }

        watch.Begin(-1);
        Console.WriteLine($"{DoneMark}{Text(read)} {Text(kept)} {Text(coverage?.Branches ?? 0)}");
        return 0;
    }

    private static void Tell(string found, FuzzReader reader, FuzzFault fault, byte[] bytes, long number, FuzzWatch watch)
    {
        byte[] shortest = Minimizer.Minimize(bytes, shorter =>
        {
            watch.Begin(-1);
            return FuzzTry.Run(reader, shorter, out _)?.Key == fault.Key;
        });
        string path = FuzzCorpus.Keep(found, reader, fault, shortest);
        Console.WriteLine($"{FaultMark}{fault.Key} (case {Text(number)}, {shortest.Length} bytes: {path})");
        Console.Error.WriteLine($"{reader.Name}, case {number}: {fault.Details}");
    }

    private static string Text(IFormattable value) => value.ToString(null, CultureInfo.InvariantCulture);
}

/// <summary>What a fuzzing campaign was asked for.</summary>
/// <param name="Cases">Cases of a quick reader.</param>
/// <param name="Seed">What they follow from.</param>
/// <param name="Found">Where files that found a fault are kept.</param>
/// <param name="Guided">Whether files that led somewhere new are damaged further.</param>
/// <param name="AtOnce">Processes at the same time.</param>
internal sealed record FuzzPlan(long Cases, int Seed, string Found, bool Guided, int AtOnce);
