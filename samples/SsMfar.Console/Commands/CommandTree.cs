using System.CommandLine;
using System.CommandLine.Parsing;

namespace SsMfar.ConsoleApp.Commands;

/// <summary>The program's commands.</summary>
internal static class CommandTree
{
    public static RootCommand Create()
    {
        RootCommand root = new("Learns expressions, valence and arousal, and action units of faces from incomplete labels (SS-MFAR).")
        {
            GlobalOptions.Json,
            GlobalOptions.Verbose,
            StatsCommand.Create(),
            ScoreCommand.Create(),
            RenderCommand.Create(),
        };
        return root;
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
