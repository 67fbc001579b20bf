using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using SsMfar.ConsoleApp.Commands;
using SsMfar.ConsoleApp.Shell;
using SsMfar.Data;
using SsMfar.Imaging;
using SsMfar.Inference;
using SsMfar.Training;

namespace SsMfar.ConsoleApp.Ablation;

/// <summary>Runs what a plan has and no earlier start finished, seed by seed, so that an ablation cut short compares all rows.</summary>
internal sealed class AblationRunner(ConsoleSession session, bool keepModels)
{
    private const string Result = "result.json";
    private const string Predictions = "predictions.txt";

    /// <summary>Refuses runs that were started with other options, before any work.</summary>
    /// <exception cref="BadInputException">A run was; its options are named.</exception>
    public static void CheckStarted(IEnumerable<AblationTable> tables)
    {
        foreach (TrainArguments run in tables.SelectMany(table => table.Rows).SelectMany(row => row.Plan).Where(run => File.Exists(Path.Combine(run.Out, "run.json"))))
        {
            RunFolder.Open(run);
        }
    }

    /// <summary>Runs everything.</summary>
    /// <returns>The tables with their runs.</returns>
    public async Task<ImmutableArray<AblationTable>> RunAsync(ImmutableArray<AblationTable> tables, CancellationToken cancellationToken)
    {
        (AblationTable Table, AblationRow Row, TrainArguments Run)[] all =
        [
            .. from table in tables
               from row in table.Rows
               from run in row.Plan
               orderby table.Set.Table, table.Recipe, row.Plan.IndexOf(run)
               select (table, row, run),
        ];
        var results = new Dictionary<string, RunResult>();
        for (int i = 0; i < all.Length; i++)
        {
            (AblationTable table, AblationRow row, TrainArguments run) = all[i];
            string file = Path.Combine(run.Out, Result);
            string name = FormattableString.Invariant($"[{i + 1}/{all.Length}] {table.Title}, {row.Paper.Method}, seed {run.Seed}");
            if (File.Exists(file))
            {
                session.Say($"{name}: done before");
                results[run.Out] = RunResult.Load(file);
                continue;
            }

            session.Say(name);
            cancellationToken.ThrowIfCancellationRequested();
            results[run.Out] = await RunAsync(table.Set, run, file, cancellationToken).ConfigureAwait(false);
        }

        return
        [
            .. tables.Select(table => table with
            {
                Rows =
                [
                    .. table.Rows.Select(row => row with
                    {
                        Runs = [.. row.Plan.Select(run => results[run.Out])],
                        Predictions = [.. row.Plan.Where(run => results[run.Out].Failure is null).Select(Decisions)],
                    }),
                ],
            }),
        ];
    }

    // Read back even where they were just written, so that an ablation in one go and one in several compare the same digits.
    private static SubmissionFile Decisions(TrainArguments run) => SubmissionFile.Load(Path.Combine(run.Out, Predictions), run.Classes);

    private async Task<RunResult> RunAsync(AblationSet set, TrainArguments run, string file, CancellationToken cancellationToken)
    {
        using IImageSource images = Inputs.OpenImages(run.Data);
        RunFolder folder = RunFolder.Open(run);
        RunResult result;
        try
        {
            using TrainingResult trained = await TrainAsync(set, run, folder, images, cancellationToken).ConfigureAwait(false);
            trained.SaveModel(folder.Model);
            IReadOnlyList<AffectPrediction> predictions = await PredictAsync(set, run, folder, images, cancellationToken).ConfigureAwait(false);
            result = RunJudgement.Of(run.Seed, trained, set.Validation, predictions);
            RunJudgement.Decisions(set.Validation, predictions).Save(Path.Combine(run.Out, Predictions));
        }
        catch (TrainingDivergedException diverged)
        {
            // The same would happen again; the other rows are worth having.
            session.Say(diverged.Message);
            result = RunResult.Failed(run.Seed, diverged.Message);
        }
        catch
        {
            folder.DiscardIfUnused();
            throw;
        }

        result.Save(file);
        Directory.Delete(folder.Checkpoints, recursive: true);
        if (!keepModels)
        {
            File.Delete(folder.Model);
        }

        return result;
    }

    private Task<TrainingResult> TrainAsync(
        AblationSet set, TrainArguments run, RunFolder folder, IImageSource images, CancellationToken cancellationToken) =>
        ProgressView.RunAsync(session, async view =>
        {
            using MultiTaskTrainer trainer = TrainerSetup.Builder(run)
                .UseTasks(set.Tasks)
                .UseCheckpoints(folder.Checkpoints, resume: true)
                .UseLogging(new SessionLogging(view.Say, run.Verbose ? LogLevel.Information : LogLevel.Warning))
                .Build();
            AnnotationSet training = set.Training.HideExpressions(run.HideExpressions, run.Seed);
            return await trainer.FitAsync(
                new(training, images), new(set.Validation, images), new TrainingProgressReporter(view), cancellationToken).ConfigureAwait(false);
        });

    // What is judged is the model file, as an application would load it.
    private async Task<IReadOnlyList<AffectPrediction>> PredictAsync(
        AblationSet set, TrainArguments run, RunFolder folder, IImageSource images, CancellationToken cancellationToken)
    {
        using AffectPredictor predictor = AffectPredictor.Load(folder.Model, device: run.Device);
        string[] names = [.. set.Validation.Select(row => row.Image)];
        return Predicting.Require(await Predicting.RunAsync(session, predictor, images, names, cancellationToken).ConfigureAwait(false));
    }
}
