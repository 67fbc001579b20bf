using System.Collections.Immutable;
using System.CommandLine;
using SsMfar.ConsoleApp.Commands;
using SsMfar.ConsoleApp.Shell;

namespace SsMfar.ConsoleApp.Ablation;

/// <summary><c>ablate</c>: the paper's tables, variants x recipes x seeds under one budget.</summary>
internal static class AblateCommand
{
    public static Command Create()
    {
        AblationOptions options = new();
        Command command = new("ablate", "Run the rows of the paper's tables on drawn or given faces, under one budget; writes tables, CSV and a page");
        foreach (Option option in options.All)
        {
            command.Add(option);
        }

        command.SetAction((parsed, cancellationToken) => RunAsync(ConsoleSession.Of(parsed), options.Read(parsed), cancellationToken));
        return command;
    }

    private static async Task RunAsync(ConsoleSession session, AblationArguments arguments, CancellationToken cancellationToken)
    {
        if (!arguments.Resume && Directory.Exists(arguments.Out) && Directory.EnumerateFileSystemEntries(arguments.Out).Any())
        {
            throw new BadInputException($"--out '{arguments.Out}' is not empty: add --resume to go on with the ablation there, or choose another folder.");
        }

        arguments.Weights.Check(arguments.Variants);
        try
        {
            ImmutableArray<AblationSet> sets = await AblationData.PrepareAsync(session, arguments, cancellationToken).ConfigureAwait(false);
            ImmutableArray<AblationTable> planned = AblationPlan.Of(arguments, sets);
            AblationRunner.CheckStarted(planned);
            if (arguments.PlanOnly)
            {
                session.WriteResult(AblationJson.Of(planned, []), () => AblationText.Configurations(planned));
                return;
            }

            foreach (AblationSet set in sets)
            {
                arguments.Grouping.RequireSeveralGroups(set.Validation);
            }

            session.Say(AblationText.Configurations(planned));
            ImmutableArray<AblationTable> tables = await new AblationRunner(session, arguments.KeepModels).RunAsync(planned, cancellationToken).ConfigureAwait(false);
            Write(session, arguments, tables);
        }
        catch (OperationCanceledException cancelled)
        {
            throw new InterruptedException($"Interrupted. Give the same command with --resume to go on with the ablation in '{arguments.Out}'.", cancelled);
        }
    }

    private static void Write(ConsoleSession session, AblationArguments arguments, ImmutableArray<AblationTable> tables)
    {
        ImmutableArray<AblationComparison> comparisons = AblationComparison.Of(tables, arguments.Grouping);
        string text = AblationText.Tables(tables, comparisons, arguments.Grouping);
        string At(string name) => Path.Combine(arguments.Out, name);
        WholeFile.Write(At("table.txt"), $"{text}\n{AblationText.Configurations(tables)}");
        WholeFile.Write(At("table.csv"), AblationCsv.Tables(tables));
        WholeFile.Write(At("runs.csv"), AblationCsv.Runs(tables));
        WholeFile.Write(At("differences.csv"), AblationCsv.Differences(comparisons));
        WholeFile.Write(At("ablation.json"), ConsoleSession.Format(AblationJson.Of(tables, comparisons)));
        WholeFile.Write(At("report.html"), AblationPage.Write(tables, comparisons, arguments));
        CurvesImage.Write(At("curves.png"), tables);
        session.WriteResult(AblationJson.Of(tables, comparisons), () => $"{text}\npage: {At("report.html")}");
    }
}
