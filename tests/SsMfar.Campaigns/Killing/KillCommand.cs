using System.CommandLine;
using SsMfar.Campaigns.Commands;
using SsMfar.Campaigns.Shell;

namespace SsMfar.Campaigns.Killing;

/// <summary>
/// <c>kill</c>: commands of the console that are killed by SIGKILL at random moments and at random calls, again and again, until one gets
/// to its end. After each kill nothing that is there is half a file, and in the end all is as a run made it that nobody touched.
/// </summary>
internal static class KillCommand
{
    public static Command Create()
    {
        Argument<string[]> names = TriedCommands.Argument();
        Option<int> kills = CampaignOptions.Number("--kills", "Kills in all, spread evenly over the commands", 60);
        Option<int> seed = CampaignOptions.Seed();
        Command command = new("kill", "Commands that are killed at random moments and made again") { names, kills, seed };
        command.SetAction(parsed => Run(parsed.GetRequiredValue(names), parsed.GetValue(kills), parsed.GetValue(seed)));
        return command;
    }

    private static int Run(string[] names, int kills, int seed)
    {
        using TemporaryFolder folder = new();
        TriedCommand[] chosen = new TriedCommands(folder).Chosen(names);
        CallFaults? calls = CallFaults.Make(folder, out string reason);
        if (calls is null)
        {
            CampaignTable.Say($"Kills come by the clock alone: to come at calls, {reason}.");
        }

        CampaignTable table = new();
        for (int i = 0; i < chosen.Length; i++)
        {
            int share = (kills / chosen.Length) + (i < kills % chosen.Length ? 1 : 0);
            if (share > 0)
            {
                KillRun run = new(chosen[i], folder, calls, seed);
                table.Measure(chosen[i].Name, () => run.Run(share));
            }
        }

        return table.Write();
    }
}
