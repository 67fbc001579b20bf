using System.CommandLine;
using SsMfar.ConsoleApp.Commands;
using SsMfar.ConsoleApp.Shell;
using SsMfar.Shared;

namespace SsMfar.ConsoleApp.Sharding;

/// <summary><c>gather</c>: puts the parts that <c>--shard</c> made together, exactly.</summary>
internal static class GatherCommand
{
    public static Command Create()
    {
        Argument<string[]> parts = new("PART")
        {
            Description = "The files of all parts, in any order",
            Arity = ArgumentArity.OneOrMore,
        };
        Option<string> output = CommonOptions.Out("FILE", "what one process would have written");
        Command command = new("gather", "Put together what predict --shard wrote") { parts, output };
        command.SetAction(parsed =>
        {
            string path = parsed.GetRequiredValue(output);
            string[] files = parsed.GetRequiredValue(parts);
            Outputs.RequireWritable(("--out", path));
            string table = PartFile.Join(files);
            Outputs.Write("--out", path, "The table", kept => AtomicFile.WriteText(kept, writer => writer.Write(table)));
            ConsoleSession.Of(parsed).Say($"Wrote {files.Length} parts to {path}.");
        });
        return command;
    }
}
