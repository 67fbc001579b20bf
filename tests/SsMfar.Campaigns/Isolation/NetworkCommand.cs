using System.CommandLine;
using System.Globalization;
using SsMfar.Campaigns.Faults;
using SsMfar.Campaigns.Killing;
using SsMfar.Campaigns.Shell;

namespace SsMfar.Campaigns.Isolation;

/// <summary><c>network</c>: the console's commands in a network namespace without an interface write what they write elsewhere.</summary>
internal static class NetworkCommand
{
    private const string Unshare = "unshare";

    public static Command Create()
    {
        Argument<string> scenario = KillCommand.Scenario();
        Command command = new("network", "Commands where there is no network (Linux, with the right to make a namespace)") { scenario };
        command.SetAction(parsed => Run(parsed.GetRequiredValue(scenario)));
        return command;
    }

    private static int Run(string name)
    {
        CampaignTable table = new();
        using TemporaryFolder folder = new();
        bool can = Programs.Has(Unshare) && Programs.Run(Unshare, ["-n", "true"]).ExitCode == 0;
        foreach (KillScenario scenario in new KillScenarios(folder).All().Where(scenario => KillCommand.IsMeant(name, scenario)))
        {
            table.Measure(scenario.Name, () => can ? Compare(scenario, folder)
                : (0, [], "not tried: it needs unshare and the right to make a network namespace"));
        }

        return table.Write();
    }

    private static (long Tries, IReadOnlyList<string> Faults, string Note) Compare(KillScenario scenario, TemporaryFolder folder)
    {
        Dictionary<string, byte[]> expected = FaultCheck.Untouched(scenario, folder);
        string place = Directory.CreateDirectory(folder[$"alone-{scenario.Name}"]).FullName;
        Ended ended = Programs.Run(
            Unshare, ["-n", Programs.Dotnet, .. Programs.ConsoleArguments(scenario.Arguments(Path.Combine(place, "out")))]);
        if (ended.ExitCode != 0)
        {
            return (1, [$"it ended with {ended.ExitCode}: {ended.Line}"], "");
        }

        string[] others =
        [
            .. expected.Where(file => !File.Exists(Path.Combine(place, file.Key))
                || !File.ReadAllBytes(Path.Combine(place, file.Key)).AsSpan().SequenceEqual(file.Value)).Select(file => file.Key),
        ];
        return (1, [.. others.Select(name => $"{name} is another than with a network")],
            string.Create(CultureInfo.InvariantCulture, $"{expected.Count} files the same"));
    }
}
