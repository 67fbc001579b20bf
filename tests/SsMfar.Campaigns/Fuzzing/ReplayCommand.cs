using System.CommandLine;
using SsMfar.Campaigns.Fuzzing.Readers;
using SsMfar.Campaigns.Shell;

namespace SsMfar.Campaigns.Fuzzing;

/// <summary><c>replay</c>: the files that once found a fault, and those that were to be damaged, which must be read.</summary>
internal static class ReplayCommand
{
    public static Command Create()
    {
        Option<string?> file = new("--file") { HelpName = "FILE", Description = "One file instead, for --reader; says how it ends" };
        Option<string?> reader = new("--reader") { HelpName = "READER", Description = "One reader instead of all" };
        Command command = new("replay", "The files that once found a fault, and whole ones") { reader, file };
        command.SetAction(parsed => Run(parsed.GetValue(reader), parsed.GetValue(file)));
        return command;
    }

    private static int Run(string? only, string? file)
    {
        CampaignTable table = new();
        using FuzzWatch watch = new();
        foreach (string name in only is null ? ReaderList.Names : [only])
        {
            table.Measure(name, () =>
            {
                using TemporaryFolder folder = new(inMemory: true);
                FuzzReader reader = ReaderList.Of(name, folder);
                List<string> faults = [];
                byte[][] seeds = file is null ? FuzzCorpus.Seeds(reader) : [];
                string[] found = file is null ? FuzzCorpus.Faults(reader) : [file];
                for (int i = 0; i < seeds.Length; i++)
                {
                    watch.Begin(i);
                    if (FuzzTry.Run(reader, seeds[i], out bool wasRead) is { } fault)
                    {
                        faults.Add($"seed {i}: {fault.Key}");
                    }
                    else if (!wasRead)
                    {
                        faults.Add($"seed {i} is refused, and is to be read");
                    }
                }

                foreach (string path in found)
                {
                    watch.Begin(path.GetHashCode(StringComparison.Ordinal) & int.MaxValue);
                    if (FuzzTry.Run(reader, File.ReadAllBytes(path), out _) is { } fault)
                    {
                        faults.Add($"{path}: {fault.Key}");
                        CampaignTable.Say(file is null ? "" : fault.Details);
                    }
                }

                watch.Begin(-1);
                return (seeds.Length + found.Length, faults, "");
            });
        }

        return table.Write();
    }
}
