using System.Collections.Immutable;
using SsMfar.ConsoleApp.Commands;
using SsMfar.ConsoleApp.Photographs;
using SsMfar.ConsoleApp.Shell;
using SsMfar.Imaging;
using SsMfar.Inference;
using SsMfar.Metadata;
using SsMfar.Submissions;
using SsMfar.Training;

namespace SsMfar.ConsoleApp.Ablation;

/// <summary>Runs what a plan has and no earlier start finished, seed by seed, so that an ablation cut short compares all rows.</summary>
internal sealed class AblationRunner(ConsoleSession session, bool keepModels)
{
    /// <summary>
    /// The runs that earlier starts finished, by their folders. What cannot be gone on with is refused here, before any work.
    /// </summary>
    /// <exception cref="BadInputException">
    /// A run was started with other options, which are named, or left a file that cannot be used.
    /// </exception>
    public static Dictionary<string, FinishedRun> Finished(IEnumerable<AblationTable> tables)
    {
        Dictionary<string, FinishedRun> finished = [];
        foreach ((AblationSet set, TrainArguments run) in
            from table in tables
            from row in table.Rows
            from run in row.Plan
            where RunFolder.IsStarted(run)
            select (table.Set, run))
        {
            RunFolder.Open(run);
            if (FinishedRun.Exists(run))
            {
                finished.Add(run.Out, FinishedRun.Load(run, set.Validation));
            }
        }

        return finished;
    }

    /// <summary>All runs of a plan in the order in which they are made.</summary>
    public static ImmutableArray<(AblationTable Table, AblationRow Row, TrainArguments Run)> InOrder(IEnumerable<AblationTable> tables) =>
    [
        .. from table in tables
           from row in table.Rows
           from run in row.Plan
           orderby table.Set.Table, table.Recipe, row.Plan.IndexOf(run)
           select (table, row, run),
    ];

    /// <summary>Makes runs that are not finished.</summary>
    /// <param name="all">The runs.</param>
    /// <param name="finished">Those that are finished, by their folders; takes the others.</param>
    /// <param name="cancellationToken">Stops at the next step, after a checkpoint.</param>
    public async Task RunAsync(
        ImmutableArray<(AblationTable Table, AblationRow Row, TrainArguments Run)> all,
        Dictionary<string, FinishedRun> finished,
        CancellationToken cancellationToken)
    {
        for (int i = 0; i < all.Length; i++)
        {
            (AblationTable table, _, TrainArguments run) = all[i];
            string name = Name(all, i);
            if (finished.ContainsKey(run.Out))
            {
                session.Say(LacksModel(run) ? $"{name}: {WithoutModel($"'{run.Out}'")}" : $"{name}: done before");
            }
            else
            {
                session.Say(name);
                cancellationToken.ThrowIfCancellationRequested();
                (await RunAsync(table.Set, run, cancellationToken).ConfigureAwait(false)).Save(run);

                // Read back even where just written, so that an ablation in one go and one in several compare the same digits.
                finished[run.Out] = FinishedRun.Load(run, table.Set.Validation);
            }

            Clean(run);
        }
    }

    /// <summary>Says of which runs of a part that is there already no model was kept, where models are to be kept.</summary>
    /// <param name="runs">The part's.</param>
    /// <param name="part">The file that says that it is there.</param>
    public void SayLacking(ImmutableArray<(AblationTable Table, AblationRow Row, TrainArguments Run)> runs, string part)
    {
        for (int i = 0; i < runs.Length; i++)
        {
            if (LacksModel(runs[i].Run))
            {
                session.Say($"{Name(runs, i)}: {WithoutModel($"'{runs[i].Run.Out}' and '{part}'")}");
            }
        }
    }

    /// <summary>The tables with their runs.</summary>
    public static ImmutableArray<AblationTable> WithRuns(
        ImmutableArray<AblationTable> tables, Dictionary<string, FinishedRun> finished) =>
    [
        .. tables.Select(table => table with
        {
            Rows =
            [
                .. table.Rows.Select(row => row with
                {
                    Runs = [.. row.Plan.Select(run => finished[run.Out].Result)],
                    Predictions = [.. row.Plan.Select(run => finished[run.Out].Predictions).OfType<Submission>()],
                }),
            ],
        }),
    ];

    private static string Name(ImmutableArray<(AblationTable Table, AblationRow Row, TrainArguments Run)> all, int i) =>
        FormattableString.Invariant($"[{i + 1}/{all.Length}] {all[i].Table.Title}, {all[i].Row.Paper.Method}, seed {all[i].Run.Seed}");

    private static string WithoutModel(string files) =>
        $"done before, and its model was not kept; remove {files} for it to be trained again";

    private bool LacksModel(TrainArguments run) =>
        keepModels && FinishedRun.HadModel(run) && !File.Exists(RunFolder.ModelIn(run.Out));

    private async Task<FinishedRun> RunAsync(AblationSet set, TrainArguments run, CancellationToken cancellationToken)
    {
        using IImageSource images = Inputs.OpenImages(run.Data);
        FaceTemplate? alignment = AlignmentFile.Read(images);
        RunFolder folder = RunFolder.Open(run);
        try
        {
            using TrainingResult trained = await Fitting.RunAsync(
                session, run, folder, images, set.Training, set.Validation, set.Tasks, beginning: null, cancellationToken)
                .ConfigureAwait(false);
            trained.SaveModel(folder.Model, alignment);
            AffectEvaluation judged = await JudgeAsync(set, run, folder, images, cancellationToken).ConfigureAwait(false);
            if (!keepModels)
            {
                // Before the run counts as finished: a later start leaves models of finished runs alone, which may have been kept.
                File.Delete(folder.Model);
            }

            return new(RunJudgement.Of(run.Seed, trained, judged), RunJudgement.Decisions(judged));
        }
        catch (Exception failed) when (Failure.IsOfRun(failed))
        {
            string failure = Failure.Of(failed).Line;
            session.Say(failure);
            return new(RunResult.Failed(run.Seed, failure), null);
        }
        catch
        {
            folder.DiscardIfUnused();
            throw;
        }
    }

    // A finished run needs no checkpoint; it may have been cut off before it removed them.
    private static void Clean(TrainArguments run)
    {
        RunFolder folder = RunFolder.Open(run);
        if (Directory.Exists(folder.Checkpoints))
        {
            Directory.Delete(folder.Checkpoints, recursive: true);
        }
    }

    // What is judged is the model file, as an application would load it.
    private async Task<AffectEvaluation> JudgeAsync(
        AblationSet set, TrainArguments run, RunFolder folder, IImageSource images, CancellationToken cancellationToken)
    {
        using AffectPredictor predictor = AffectPredictor.Load(folder.Model, new() { Device = run.Device });
        return await Predicting.EvaluateAsync(session, predictor, new(set.Validation, images), cancellationToken).ConfigureAwait(false);
    }
}
