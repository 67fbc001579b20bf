using System.Collections.Immutable;
using System.CommandLine;
using SsMfar.ConsoleApp.Commands;
using SsMfar.ConsoleApp.Sharding;
using SsMfar.ConsoleApp.Shell;
using SsMfar.Data;
using SsMfar.Imaging;
using SsMfar.Reports.Ablation;
using SsMfar.Shared;

namespace SsMfar.ConsoleApp.Ablation;

/// <summary><c>ablate</c>: the rows of the paper's tables on drawn or given faces, variants x recipes x seeds under one budget.</summary>
internal static class AblateCommand
{
    /// <summary>The command's name.</summary>
    public const string Name = "ablate";

    public static Command Create()
    {
        AblationOptions options = new();
        Command command = new(
            Name,
            "Run the rows of the paper's tables on drawn or given faces, under one budget; writes tables, CSV and a page");
        foreach (Option option in options.All)
        {
            command.Add(option);
        }

        command.SetAction((parsed, cancellationToken) => RunAsync(ConsoleSession.Of(parsed), options.Read(parsed), cancellationToken));
        return command;
    }

    private static async Task RunAsync(ConsoleSession session, AblationArguments arguments, CancellationToken cancellationToken)
    {
        arguments.Weights.Check(arguments.Variants);
        BackboneStart.CheckUse(arguments.ChannelOrder, arguments.Variants.Select(arguments.Weights.For));
        Outputs.RequireCache(arguments.Cache);
        try
        {
            ImmutableArray<AblationSet> sets = AblationData.Load(arguments);
            ImmutableArray<AblationTable> planned = AblationPlan.Of(arguments, sets);
            RequireUse(planned);
            if (arguments.PlanOnly)
            {
                if (arguments.Shard is not null)
                {
                    throw new BadInputException("--plan is of all parts: leave --shard out.");
                }

                session.WriteResult(AblationJson.Of(planned, []), () => AblationText.Configurations(planned));
                return;
            }

            foreach (AblationSet set in sets)
            {
                arguments.Grouping.RequireSeveralGroups(set.Validation);
            }

            AblationFolder folder = AblationFolder.Open(arguments, sets, cancellationToken);
            PartHead? part = arguments.Shard is null ? null : AblationParts.Head(session, arguments, folder, planned);
            var runs = AblationRunner.InOrder(planned);
            runs = arguments.Shard?.Take(runs, "runs") ?? runs;
            AblationRunner runner = new(session, arguments.KeepModels);
            if (part is not null && PartFile.AreDone(session, (arguments.Out, part)))
            {
                runner.SayLacking(runs, Path.Combine(arguments.Out, PartFile.NameInFolder));
                return;
            }

            if (part is not null)
            {
                FolderPart.Begin(arguments.Out, part);
            }

            folder.Begin();
            await AblationData.DrawAsync(session, arguments, sets, cancellationToken).ConfigureAwait(false);

            // Runs that were gathered are known again by the labels of the faces, which are drawn by then.
            Dictionary<string, FinishedRun> finished = AblationRunner.Finished(planned);
            session.Say(AblationText.Configurations(planned));
            await runner.RunAsync(runs, finished, cancellationToken).ConfigureAwait(false);
            if (part is not null)
            {
                AblationParts.Save(arguments.Out, part, runs.Select(run => run.Run));
                session.Say($"Part {part.Shard} has {runs.Length} runs: {arguments.Out}.");
                return;
            }

            ImmutableArray<AblationTable> tables = AblationRunner.WithRuns(planned, finished);
            await WriteAsync(session, arguments, tables, cancellationToken).ConfigureAwait(false);
        }
        catch (ImageCacheException unreadable)
        {
            // Rows and recipes are compared on the same images, so that none is left out.
            throw new BadInputException(
                $"{Failure.Of(unreadable)} Repair it, or remove its row from the annotations, and start anew in another folder.");
        }
        catch (OperationCanceledException cancelled)
        {
            throw new InterruptedException(
                arguments.Shard is null
                    ? $"Interrupted. Give the same command with --resume to go on with the ablation in '{arguments.Out}'."
                    : $"Interrupted. The same command goes on with part {arguments.Shard} in '{arguments.Out}'.",
                cancelled);
        }
    }

    // A setting is of every row; some rows may have no use for it, but not all.
    private static void RequireUse(ImmutableArray<AblationTable> planned)
    {
        AblationRow[] rows = [.. planned.SelectMany(table => table.Rows).Where(row => !row.LacksWeights)];
        IEnumerable<string> somewhere = rows.SelectMany(row => row.UnusedOptions).Distinct();
        string[] nowhere = [.. somewhere.Where(name => rows.All(row => row.UnusedOptions.Contains(name)))];
        if (nowhere.Length > 0)
        {
            throw new BadInputException(
                $"{string.Join(", ", nowhere)}: no row has a use for this beside its other options. " +
                "Leave it out of --set, or name other --variants.");
        }
    }

    private static async Task WriteAsync(
        ConsoleSession session, AblationArguments arguments, ImmutableArray<AblationTable> tables, CancellationToken cancellationToken)
    {
        (tables, ImmutableArray<AblationComparison> comparisons) = await ProgressView.RunAsync(session, view => Task.Run(
            () =>
            {
                ImmutableArray<AblationTable> drawn = AblationIntervals.Of(
                    tables, arguments.Grouping, total => view.Count("drawing", total, "rows"), cancellationToken);
                return (drawn, AblationComparison.Of(
                    drawn, arguments.Grouping, total => view.Count("comparing", total, "rows"), cancellationToken));
            },
            cancellationToken)).ConfigureAwait(false);
        string text = AblationText.Tables(tables, comparisons, arguments.Grouping);
        Write("table.txt", $"{text}\n{AblationText.Configurations(tables)}");
        Write("table.csv", AblationCsv.Tables(tables));
        Write("runs.csv", AblationCsv.Runs(tables));
        Write("differences.csv", AblationCsv.Differences(comparisons));
        Write("ablation.json", ConsoleSession.Format(AblationJson.Of(tables, comparisons)));
        Dictionary<AblationSet, IImageSource> images = [];
        try
        {
            foreach (AblationSet set in tables.Select(table => table.Set).Distinct())
            {
                images.Add(set, Inputs.OpenImages(set.Images));
            }

            AblationReport report = AblationPage.Of(tables, comparisons, arguments, images);
            Write("report.html", report.ToHtml());
            AblationFigures.Write(At("figures"), report.Tables);
        }
        finally
        {
            foreach (IImageSource source in images.Values)
            {
                source.Dispose();
            }
        }

        session.WriteResult(AblationJson.Of(tables, comparisons), () => $"{text}\npage: {At("report.html")}");

        string At(string name) => Path.Combine(arguments.Out, name);
        void Write(string name, string content) => AtomicFile.WriteText(At(name), writer => writer.Write(content));
    }
}
