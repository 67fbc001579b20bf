using System.Diagnostics;
using System.Text.Json.Nodes;
using SsMfar.Benchmarks.Inference;
using SsMfar.Benchmarks.Measurement;
using SsMfar.Data;
using SsMfar.Inference;
using SsMfar.Metadata;
using SsMfar.Metrics;
using SsMfar.Postprocessing;
using SsMfar.RenderedFaces;
using SsMfar.Runtime;
using SsMfar.Submissions;
using SsMfar.Training;

namespace SsMfar.Benchmarks.Merging;

/// <summary>
/// Cuts three sets from drawn faces, each with one kind of label alone, trains a model on each and one on all of them merged, and compares
/// the scores of each task by a paired bootstrap over people. Every model is that of its last epoch, so that nothing is chosen by the faces
/// that judge.
/// </summary>
internal static class MergedMeasure
{
    private static readonly string[] Tasks = [AffectTaskNames.Expression, AffectTaskNames.ValenceArousal, AffectTaskNames.ActionUnits];

    /// <summary>Does all of it, and writes a table and JSON.</summary>
    public static async Task RunAsync(MergedOptions options, CancellationToken cancellationToken)
    {
        using TemporaryFolder folder = new();
        RenderedFaceOptions drawn = new()
        {
            TrainingCount = options.Faces,
            ValidationCount = options.Judged,
            Size = options.Size + (options.Size / 4),
            MissingExpression = 0,
            MissingValenceArousal = 0,
            MissingActionUnits = 0,
        };
        (AnnotationSet all, AnnotationSet judged) = RenderedFaceSet.Write(folder.Path, drawn, cancellationToken: cancellationToken);

        // Whole people in each set, as in sets of different origin.
        AnnotationSet[] sets = [.. Tasks.Select((task, i) => Alone(all, task, i).WithSource(task))];
        AnnotationSet merged = AnnotationSet.Merge(sets);
        List<Submission>[] alone = [[], [], []];
        List<Submission> together = [];
        for (int seed = 1; seed <= options.Runs; seed++)
        {
            together.Add(await FitAsync(merged, Tasks, options.Epochs, seed).ConfigureAwait(false));
            for (int i = 0; i < sets.Length; i++)
            {
                int epochs = options.EqualSteps ? (int)Math.Round((double)options.Epochs * merged.Count / sets[i].Count) : options.Epochs;
                alone[i].Add(await FitAsync(sets[i], [Tasks[i]], epochs, seed).ConfigureAwait(false));
            }
        }

        Write(options, sets, judged, alone, together);

        async Task<Submission> FitAsync(AnnotationSet training, string[] tasks, int epochs, int seed)
        {
            long start = Stopwatch.GetTimestamp();
            MultiTaskTrainer trainer = MultiTaskTrainer.CreateBuilder()
                .UseVariant(options.Variant).UseTasks(tasks).UseDevice(ComputeDevice.Parse(options.Device))
                .Configure(training =>
                {
                    (training.Epochs, training.BatchSize, training.ImageSize) = (epochs, options.Batch, options.Size);
                    training.Seed = seed;
                    training.Imbalance.WeightCap = 10;
                })
                .AllowUnusedOptions().Build();
            string model = folder["model.safetensors"];
            using (TrainingResult result = await trainer
                .FitAsync(new(training, folder.Path), null, cancellationToken: cancellationToken).ConfigureAwait(false))
            {
                result.SaveModel(model);
            }

            using AffectPredictor predictor = AffectPredictor.Load(model, new() { Device = ComputeDevice.Parse(options.Device) });
            AffectEvaluation evaluation = await predictor.EvaluateAsync(new(judged, folder.Path), cancellationToken: cancellationToken)
                .ConfigureAwait(false);
            string what = string.Join(" + ", tasks);
            double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            Table.Note($"seed {seed}, {what}: {training.Count} rows, {epochs} epochs, {seconds:F0} s: {evaluation.Scores}");
            return new PredictionTable(judged.Select(row => row.Image).Zip(evaluation.Predictions), judged.ExpressionClasses)
                .ToSubmission();
        }
    }

    // Each third person, with the labels of one task.
    private static AnnotationSet Alone(AnnotationSet all, string task, int remainder)
    {
        string[] people = [.. all.Select(row => ImageGroups.Video(row.Image)).Distinct(StringComparer.Ordinal)];
        HashSet<string> own = new(people.Where((_, i) => i % Tasks.Length == remainder), StringComparer.Ordinal);
        return new(all
            .Where(row => own.Contains(ImageGroups.Video(row.Image)))
            .Select(row => task switch
            {
                AffectTaskNames.Expression => row with { ValenceArousal = null, ActionUnits = ActionUnitLabels.Unknown },
                AffectTaskNames.ValenceArousal => row with { Expression = null, ActionUnits = ActionUnitLabels.Unknown },
                _ => row with { Expression = null, ValenceArousal = null },
            }));
    }

    private static void Write(
        MergedOptions options, AnnotationSet[] sets, AnnotationSet judged, List<Submission>[] alone, List<Submission> together)
    {
        BootstrapOptions bootstrap = new() { GroupBy = ImageGroups.Video };
        JsonArray tasks = [];
        Console.WriteLine("| task | alone | merged | merged less alone | 95% interval |");
        Console.WriteLine("|---|---|---|---|---|");
        for (int i = 0; i < sets.Length; i++)
        {
            ScoreInterval difference = Of(Bootstrap.Compare(judged, together, alone[i], bootstrap), i)!.Value;
            double one = Mean(judged, alone[i], i), all = Mean(judged, together, i);
            Console.WriteLine(FormattableString.Invariant(
                $"| {Tasks[i]} | {one:F3} | {all:F3} | {difference.Value:+0.000;-0.000} |") + FormattableString.Invariant(
                $" {difference.Low:+0.000;-0.000} to {difference.High:+0.000;-0.000} |"));
            tasks.Add(new JsonObject
            {
                ["task"] = Tasks[i],
                ["rows"] = sets[i].Count,
                ["alone"] = one,
                ["merged"] = all,
                ["difference"] = difference.Value,
                ["low"] = difference.Low,
                ["high"] = difference.High,
            });
        }

        Report.Write(new JsonObject
        {
            ["faces"] = options.Faces,
            ["judged"] = options.Judged,
            ["epochs"] = options.Epochs,
            ["size"] = options.Size,
            ["batch"] = options.Batch,
            ["runs"] = options.Runs,
            ["variant"] = options.Variant.Name,
            ["equal"] = options.EqualSteps ? "steps" : "passes",
            ["tasks"] = tasks,
        });
    }

    private static double Mean(AnnotationSet judged, List<Submission> runs, int task) =>
        runs.Average(run => AffectScorer.Score(judged, run) is var scores && task == 0 ? scores.Expression!.MacroF1
            : task == 1 ? scores.ValenceArousal!.Mean : scores.ActionUnits!.MeanF1);

    private static ScoreInterval? Of(AffectScoreIntervals intervals, int task) => task switch
    {
        0 => intervals.ExpressionMacroF1,
        1 => intervals.ValenceArousalMean,
        _ => intervals.ActionUnitMeanF1,
    };
}
