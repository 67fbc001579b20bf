using System.CommandLine;
using System.Globalization;
using SsMfar.Campaigns.Commands;
using SsMfar.Campaigns.Shell;

namespace SsMfar.Campaigns.Isolation;

/// <summary><c>network</c>: the console's commands in a network namespace without an interface do what they do elsewhere.</summary>
internal static class NetworkCommand
{
    private const string Unshare = "unshare";

    public static Command Create()
    {
        Argument<string[]> names = TriedCommands.Argument(writing: false);
        Command command = new("network", "Commands where there is no network (Linux, with the right to make a namespace)") { names };
        command.SetAction(parsed => Run(parsed.GetRequiredValue(names)));
        return command;
    }

    private static int Run(string[] names)
    {
        CampaignTable table = new();
        using TemporaryFolder folder = new();
        bool can = Programs.Has(Unshare) && Programs.Run(Unshare, ["-n", "true"]).ExitCode == 0;
        foreach (TriedCommand command in new TriedCommands(folder).Chosen(names, writing: false))
        {
            table.Measure(command.Name, () => !can ? (0, [], "not tried: it needs unshare and the right to make a network namespace")
                : command.Writes ? CompareFiles(command, folder) : CompareWords(command));
        }

        return table.Write();
    }

    private static (long Tries, IReadOnlyList<string> Faults, string Note) CompareFiles(TriedCommand command, TemporaryFolder folder)
    {
        UntouchedRun untouched = UntouchedRun.Of(command, folder, null);
        string place = Directory.CreateDirectory(folder[$"alone-{command.Name}"]).FullName;
        Ended ended = Alone(command.Arguments(Path.Combine(place, "out")));
        string[] others = ended.ExitCode == 0 ? [.. CommandFiles.Others(command, untouched.Files, place)] : [];
        Directory.Delete(place, recursive: true);
        return (1, [.. Failure(command, ended), .. others.Select(name => $"{command.Name}: {name} is another than with a network")],
            string.Create(CultureInfo.InvariantCulture, $"{untouched.Files.Count} files the same"));
    }

    private static (long Tries, IReadOnlyList<string> Faults, string Note) CompareWords(TriedCommand command)
    {
        string[] arguments = command.Arguments("");
        Ended expected = Programs.RequireConsole(arguments), ended = Alone(arguments);
        return (1,
            [.. Failure(command, ended), .. ended.Output == expected.Output ? [] : (string[])[$"{command.Name}: it prints something else"]],
            "the same words");
    }

    private static string[] Failure(TriedCommand command, Ended ended) => ended.ExitCode == 0 ? []
        : [string.Create(CultureInfo.InvariantCulture, $"{command.Name}: it ended with {ended.ExitCode}: {ended.Line}")];

    private static Ended Alone(string[] arguments) =>
        Programs.Run(Unshare, ["-n", Programs.Dotnet, .. Programs.ConsoleArguments(arguments)]);
}
