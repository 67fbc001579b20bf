using System.CommandLine;
using SsMfar.Campaigns.Shell;

namespace SsMfar.Campaigns.Killing;

/// <summary>
/// <c>kill</c>: commands of the console that are killed by SIGKILL at random moments, again and again, until one gets to its end. After
/// each kill nothing that is there is half a file, and in the end all is as a run made it that nobody touched.
/// </summary>
internal static class KillCommand
{
    private const string All = "all";

    public static Command Create()
    {
        Argument<string> scenario = Scenario();
        Option<int> kills = CampaignOptions.Number("--kills", "Kills in all", 40);
        Option<int> seed = CampaignOptions.Seed();
        Command command = new("kill", "Commands that are killed at random moments and made again") { scenario, kills, seed };
        command.SetAction(parsed => Run(parsed.GetRequiredValue(scenario), parsed.GetValue(kills), parsed.GetValue(seed)));
        return command;
    }

    /// <summary>Which command is meant.</summary>
    public static Argument<string> Scenario()
    {
        Argument<string> scenario = new("COMMAND")
        {
            Description = $"{All}, or one of {string.Join(", ", KillScenarios.Names)}", DefaultValueFactory = _ => All,
        };
        scenario.AcceptOnlyFromAmong([All, .. KillScenarios.Names]);
        return scenario;
    }

    /// <summary>Whether one is.</summary>
    public static bool IsMeant(string name, KillScenario scenario) => name == All || scenario.Name == name;

    private static int Run(string name, int kills, int seed)
    {
        using TemporaryFolder folder = new();
        KillScenarios scenarios = new(folder);
        KillScenario[] chosen = [.. scenarios.All().Where(scenario => IsMeant(name, scenario))];
        CampaignTable table = new();
        for (int i = 0; i < chosen.Length; i++)
        {
            int share = (kills / chosen.Length) + (i < kills % chosen.Length ? 1 : 0);
            if (share > 0)
            {
                KillRun run = new(chosen[i], folder, seed);
                table.Measure(chosen[i].Name, () => run.Run(share));
            }
        }

        return table.Write();
    }
}
