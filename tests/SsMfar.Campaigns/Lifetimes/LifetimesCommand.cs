using System.CommandLine;
using System.Globalization;
using SsMfar.Campaigns.Commands;
using SsMfar.Campaigns.Shell;
using SsMfar.Runtime;

namespace SsMfar.Campaigns.Lifetimes;

/// <summary>
/// <c>lifetimes</c>: commands, and what an application does with the library, with a TorchSharp that tells of tensors which are left to
/// the garbage collector: each may be freed while libtorch reads it.
/// </summary>
internal static class LifetimesCommand
{
    private const string WorkName = "lifetimes-work";
    private const string LibraryAlone = "none";

    public static Command Create()
    {
        Argument<string[]> names = TriedCommands.Argument(writing: false, LibraryAlone);
        Command command = new("lifetimes", "Tensors that commands and the library leave to the garbage collector") { names };
        command.SetAction(parsed => Run(parsed.GetRequiredValue(names)));
        return command;
    }

    /// <summary>What <c>lifetimes</c> starts: each piece of the library's work, after which it says how many there were.</summary>
    public static Command CreateWork()
    {
        Command command = new(WorkName, "The library's work of lifetimes") { Hidden = true };
        command.SetAction(_ =>
        {
            TorchRuntime.Initialize();
            LibraryWork.Leave();
            using TemporaryFolder folder = new();
            (string Name, Action Run)[] all = [.. new LibraryWork(folder).All];
            foreach ((string name, Action run) in all)
            {
                CampaignTable.Say(name);
                run();
            }

            Console.WriteLine(all.Length.ToString(CultureInfo.InvariantCulture));
        });
        return command;
    }

    private static int Run(string[] names)
    {
        CampaignTable table = new();
        using TemporaryFolder folder = new();
        ProgramCopy copy = new(folder);
        copy.Change("TorchSharp", WatchedTorchSharp.Make);
        table.Measure("the library", () =>
        {
            (Ended ended, string[] places) = Watched([copy.Own, WorkName], folder["library.told"]);

            // A watch that is blind would find nothing either.
            string[] others = [.. places.Where(place => !place.Contains(nameof(LibraryWork.Leave), StringComparison.Ordinal))];
            string[] blind = others.Length < places.Length ? [] : ["it tells nothing of a tensor that was left on purpose"];
            return ended.ExitCode == 0
                ? (int.Parse(ended.Output, CultureInfo.InvariantCulture), [.. blind, .. others], "")
                : (1, [Failure("the library", ended), .. others], "");
        });
        foreach (TriedCommand command in new TriedCommands(folder).Chosen(names, writing: false))
        {
            table.Measure(command.Name, () =>
            {
                string place = Directory.CreateDirectory(folder[$"watched-{command.Name}"]).FullName;
                (Ended ended, string[] places) = Watched(
                    copy.ConsoleArguments(command.Arguments(Path.Combine(place, "out"))), folder[$"{command.Name}.told"]);
                return (1, ended.ExitCode == 0 ? places : [Failure(command.Name, ended), .. places], "");
            });
        }

        return table.Write();
    }

    private static string Failure(string name, Ended ended) =>
        string.Create(CultureInfo.InvariantCulture, $"{name}: it ended with {ended.ExitCode}: {ended.Line}");

    private static (Ended Ended, string[] Places) Watched(string[] arguments, string told)
    {
        Ended ended = Programs.Run(Programs.Dotnet, arguments, new Dictionary<string, string> { [TensorWatch.Variable] = told });
        return (ended, File.Exists(told) ? File.ReadAllLines(told) : []);
    }
}
