using System.CommandLine;
using System.Text.Json.Nodes;
using SsMfar.ConsoleApp.Ablation;
using SsMfar.ConsoleApp.Commands;
using SsMfar.ConsoleApp.Photographs;
using SsMfar.ConsoleApp.Shell;
using SsMfar.ConsoleApp.Videos;

namespace SsMfar.ConsoleApp.Sharding;

/// <summary><c>gather</c>: puts the parts that <c>--shard</c> made together, exactly.</summary>
internal static class GatherCommand
{
    public static Command Create()
    {
        Argument<string[]> parts = OptionKinds.Arguments("PART", "The files or folders of all parts, in any order");
        Option<string> output = CommonOptions.Out("FILE|DIR", "what one process would have written");
        Command command = new("gather", "Put together what the parts of --shard wrote") { parts, output };
        command.SetAction((parsed, cancellationToken) => RunAsync(
            ConsoleSession.Of(parsed), parsed.GetRequiredValue(parts), parsed.GetRequiredValue(output), cancellationToken));
        return command;
    }

    private static async Task RunAsync(ConsoleSession session, string[] paths, string output, CancellationToken cancellationToken)
    {
        Inputs.RequireDistinct([("--out", output), .. paths.Select(path => ("PART", (string?)path)).DistinctBy(part => part.Item2)]);
        IReadOnlyList<PartFile> parts = PartFile.LoadAll(paths, cancellationToken);
        switch (parts[0].Head.Command)
        {
            case PredictCommand.Name:
                Outputs.RequireWritable(("--out", output));
                TableParts.Gather(parts, output);
                break;
            case VideoCommand.Name:
                Outputs.RequireWritable(("--out", output));
                await VideoPartFiles.GatherAsync(session, parts, output, cancellationToken).ConfigureAwait(false);
                return;
            case AlignCommand.Name:
                Outputs.RequireFolder("--out", output);
                AlignParts.Gather(session, parts, output, cancellationToken);
                return;
            case AblateCommand.Name:
                Outputs.RequireFolder("--out", output);
                AblationParts.Gather(parts, output, cancellationToken);
                session.Say(
                    $"The runs are in {output}: the command of the parts with --out {output} and --resume, without --shard, writes the " +
                        "tables.");
                break;
            case var other:
                throw new BadInputException(
                    $"{paths[0]} is a part of '{other}', which this version cannot put together. Take a newer one.");
        }

        session.WriteResult(
            new JsonObject { ["parts"] = parts.Count, ["out"] = output }, () => $"Wrote {parts.Count} parts to {output}.");
    }
}
