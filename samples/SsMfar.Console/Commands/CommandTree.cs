using System.CommandLine;
using System.CommandLine.Parsing;
using SsMfar.ConsoleApp.Ablation;
using SsMfar.ConsoleApp.Auditing;
using SsMfar.ConsoleApp.Demo;
using SsMfar.ConsoleApp.Photographs;
using SsMfar.ConsoleApp.Reporting;
using SsMfar.ConsoleApp.Searching;
using SsMfar.ConsoleApp.Sharding;
using SsMfar.ConsoleApp.Shell;
using SsMfar.ConsoleApp.Videos;

namespace SsMfar.ConsoleApp.Commands;

/// <summary>The program's commands.</summary>
internal static class CommandTree
{
    public static RootCommand Create()
    {
        Option<string> output = CommonOptions.Out("DIR", "the demonstration's folder", required: false);
        output.DefaultValueFactory = _ => "demo-output";
        Option<bool> quick = new("--quick") { Description = "A demonstration of a few faces and one epoch", Hidden = true };
        RootCommand root = new(
            "Learns expressions, valence and arousal, and action units of faces from incomplete labels (SS-MFAR). Without a command it " +
                "demonstrates the whole on faces that it draws.")
        {
            output,
            quick,
            GlobalOptions.Json,
            GlobalOptions.Verbose,
            ImportCommand.Create(),
            MergeCommand.Create(),
            SplitCommand.Create(),
            StatsCommand.Create(),
            ScoreCommand.Create(),
            RenderCommand.Create(),
            TrainCommand.Create(),
            AblateCommand.Create(),
            SearchCommand.Create(),
            EvaluateCommand.Create(),
            ReportCommand.Create(),
            CardCommand.Create(),
            AuditCommand.Create(),
            PredictCommand.Create(),
            GatherCommand.Create(),
            FacesCommand.Create(),
            AlignCommand.Create(),
            VideoCommand.Create(),
            TuneCommand.Create(),
            SmoothCommand.Create(),
            ExportCommand.Create(),
            InspectCommand.Create(),
            ConvertCommand.Create(),
        };
        root.SetAction((parsed, cancellationToken) => new Demonstration(
            ConsoleSession.Of(parsed),
            parsed.GetValue(quick) ? DemoSettings.Quick : DemoSettings.Standard,
            parsed.GetRequiredValue(output)).RunAsync(cancellationToken));
        return root;
    }

    /// <summary>
    /// The fault of an option that stands before a command: the parser takes the demonstration's there, and no command would hear of it.
    /// Null where none does.
    /// </summary>
    public static string? Misplaced(ParseResult parsed) =>
        parsed.CommandResult != parsed.RootCommandResult && parsed.RootCommandResult.Children.OfType<OptionResult>()
            .FirstOrDefault(result => result is { Implicit: false, Option.Recursive: false }) is { } early
            ? $"{early.Option.Name} stands before '{parsed.CommandResult.Command.Name}'. Give it after the command."
            : null;

    /// <summary>
    /// Whether the command that was given has more to keep than whole files when it is interrupted, as what trains has, so that it is
    /// waited for. All others are left where they are.
    /// </summary>
    public static bool KeepsWork(ParseResult parsed) => parsed.CommandResult.Command.Name switch
    {
        TrainCommand.Name or SearchCommand.Name or AlignCommand.Name or VideoCommand.Name => true,
        AblateCommand.Name => !parsed.GetValue<bool>(AblationOptions.PlanName),
        AuditCommand.Name => parsed.GetResult(CommonOptions.PredictionsName) is null,
        _ => parsed.CommandResult == parsed.RootCommandResult,
    };

    /// <summary>The names of the options that the command takes, without one that what was given leaves no use for.</summary>
    public static IReadOnlySet<string> Usable(ParseResult parsed)
    {
        Command command = parsed.CommandResult.Command;
        bool areClassesModels = command.Name == ReportCommand.Name && parsed.GetResult(CommonOptions.ModelName) is not null;
        return command.Options.Concat(parsed.RootCommandResult.Command.Options.Where(option => option.Recursive))
            .Select(option => option.Name)
            .Where(name => name != CommonOptions.ClassesName || !areClassesModels)
            .ToHashSet();
    }

    /// <summary>What to type for help on the command that was meant.</summary>
    public static string HelpCommand(ParseResult parsed)
    {
        IEnumerable<string> names = Enumerable.Empty<string>();
        for (CommandResult? result = parsed.CommandResult; result?.Parent is not null; result = result.Parent as CommandResult)
        {
            names = names.Prepend(result.Command.Name);
        }

        return string.Join(' ', ["ssmfar", .. names, "--help"]) + ".";
    }
}
