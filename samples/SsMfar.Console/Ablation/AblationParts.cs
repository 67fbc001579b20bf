using System.Collections.Immutable;
using SsMfar.ConsoleApp.Commands;
using SsMfar.ConsoleApp.Sharding;
using SsMfar.ConsoleApp.Shell;

namespace SsMfar.ConsoleApp.Ablation;

/// <summary>Parts of an ablation, each a folder with some of its runs. <c>ablate --resume</c> makes the tables where all are.</summary>
internal static class AblationParts
{
    /// <summary>Which part of what work this is: of data, budget and every run of the plan.</summary>
    /// <param name="session">Where the command's words go.</param>
    /// <param name="arguments">What was asked for, a part.</param>
    /// <param name="folder">The part's folder.</param>
    /// <param name="planned">The runs of all parts.</param>
    /// <exception cref="BadInputException">There are fewer runs than parts, or only the plan is wanted.</exception>
    public static PartHead Head(
        ConsoleSession session, AblationArguments arguments, AblationFolder folder, ImmutableArray<AblationTable> planned)
    {
        Shard shard = arguments.Shard!;
        var runs = AblationRunner.InOrder(planned);
        shard.Take(runs, "runs");
        return PartHead.Of(
            session, AblateCommand.Name, shard, [],
            [
                .. folder.Shared.Select(Word),
                .. runs.SelectMany(run => run.Row.Configuration!.Select(Word)
                    .Prepend(run.Run.Start.Fingerprint()).Prepend(Relative(arguments.Out, run.Run.Out))),
            ]);
    }

    /// <summary>Says that a part is whole.</summary>
    /// <param name="folder">The part's folder, with its runs.</param>
    /// <param name="head">Which part it is.</param>
    /// <param name="runs">Its runs.</param>
    public static void Save(string folder, PartHead head, IEnumerable<TrainArguments> runs) => FolderPart.Save(
        folder,
        head,
        [
            AblationFolder.BudgetFile,
            .. runs.SelectMany(run => Directory.EnumerateFiles(run.Out, "*", SearchOption.AllDirectories))
                .Where(file => !Path.GetFileName(file).StartsWith('.')).Select(file => Relative(folder, file)),
        ]);

    /// <summary>Puts the runs of all parts in one folder, from which <c>ablate --resume</c> goes on.</summary>
    /// <param name="parts">All, in order.</param>
    /// <param name="output">The folder.</param>
    /// <param name="cancellationToken">Stops between two files.</param>
    /// <exception cref="BadInputException">
    /// The folder has an ablation of other data or another budget, a run that is not of the parts under the name of one of theirs, or
    /// something else.
    /// </exception>
    public static void Gather(IReadOnlyList<PartFile> parts, string output, CancellationToken cancellationToken)
    {
        string budget = Path.Combine(output, AblationFolder.BudgetFile);
        if (!Outputs.IsEmpty(output)
            && (!File.Exists(budget) || File.ReadAllText(budget) != FolderPart.Text(parts[0], AblationFolder.BudgetFile)))
        {
            throw new BadInputException(
                $"--out '{output}' is not empty, and no folder of an ablation on the data and budget of the parts. Choose another.");
        }

        // The budget says nothing of variants, recipes, weights and settings, in which runs of the same names may differ.
        string[][] files = [.. parts.Select(part => FolderPart.Files(part).Keys.Except([AblationFolder.BudgetFile]).ToArray())];
        foreach ((PartFile part, string[] names) in parts.Zip(files))
        {
            FolderPart.RequireKept(part, names, "file", output);
        }

        // First of all, so that a folder in which this was cut off is known again.
        FolderPart.Copy(parts[0], [AblationFolder.BudgetFile], output, cancellationToken);
        foreach ((PartFile part, string[] names) in parts.Zip(files))
        {
            FolderPart.Copy(part, names, output, cancellationToken);
        }
    }

    private static string Word(KeyValuePair<string, string> word) => $"{word.Key}={word.Value}";

    private static string Relative(string folder, string path) => Path.GetRelativePath(folder, path).Replace('\\', '/');
}
