using System.Diagnostics;
using SsMfar.Benchmarks.Measurement;
using SsMfar.Data;
using SsMfar.Imaging;
using SsMfar.Metrics;
using SsMfar.Models;
using SsMfar.Predictions;
using SsMfar.Runtime;
using SsMfar.Training;

namespace SsMfar.Benchmarks.Auditing;

/// <summary>
/// Computes features once, then for each seed flips labels, cross-fits heads and audits by each rule. A table: the share of the flipped
/// labels among as many of the most doubtful, its mean and range over the seeds.
/// </summary>
internal sealed class AuditMeasure
{
    private static readonly ScoredTask[] Tasks = [ScoredTask.Expression, ScoredTask.ActionUnits, ScoredTask.ValenceArousal];

    private readonly SortedDictionary<string, List<double>[]> _found = new(StringComparer.Ordinal);

    public required AnnotationSet Truth { get; init; }

    public required string Folder { get; init; }

    public required string? Weights { get; init; }

    public required ComputeDevice Device { get; init; }

    public required int Seeds { get; init; }

    public required int Folds { get; init; }

    public required int Repeats { get; init; }

    public required double Share { get; init; }

    public required Action<TrainingOptions> Configure { get; init; }

    /// <summary>Does all of it.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        long start = Stopwatch.GetTimestamp();
        using FrozenFeatureSet features =
            await Trainer(0).ComputeFeaturesAsync(new(Truth, Folder), null, cancellationToken).ConfigureAwait(false);
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        Table.Note($"features of {features.Views} views of {features.Count} images: {seconds:F0} s");
        for (int seed = 1; seed <= Seeds; seed++)
        {
            await RunAsync(features, new(features.Annotations, Share, seed), seed, cancellationToken).ConfigureAwait(false);
        }

        Write();
    }

    private async Task RunAsync(FrozenFeatureSet features, FlippedLabels flipped, int seed, CancellationToken cancellationToken)
    {
        FrozenFeatureSet labelled = features.With(flipped.Annotations);
        List<AffectPrediction[]> repeats = [];
        for (int repeat = 0; repeat < Repeats; repeat++)
        {
            long start = Stopwatch.GetTimestamp();
            repeats.Add(await CrossFitAsync(labelled, (1000 * seed) + repeat, cancellationToken).ConfigureAwait(false));
            double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            Table.Note($"seed {seed}, repeat {repeat + 1}: {Folds} folds in {seconds:F0} s");
            if (repeat is 0 || repeat == Repeats - 1)
            {
                Judge(flipped, repeats);
            }
        }
    }

    private async Task<AffectPrediction[]> CrossFitAsync(FrozenFeatureSet features, long seed, CancellationToken cancellationToken)
    {
        int[] foldOf = features.Annotations.Folds(Folds, seed);
        AffectPrediction[] read = new AffectPrediction[features.Count];
        for (int fold = 0; fold <= foldOf.Max(); fold++)
        {
            int[] judged = [.. Enumerable.Range(0, features.Count).Where(row => foldOf[row] == fold)];
            using TrainingResult result = await Trainer(seed).FitHeadsAsync(
                features.Select(Enumerable.Range(0, features.Count).Where(row => foldOf[row] != fold)),
                cancellationToken: cancellationToken).ConfigureAwait(false);
            foreach ((int row, AffectPrediction prediction) in judged.Zip(features.Select(judged).Predict(result)))
            {
                read[row] = prediction;
            }
        }

        return read;
    }

    private MultiTaskTrainer Trainer(long seed) => MultiTaskTrainer.CreateBuilder()
        .UseBackbone(
            BackboneFactory.ResNet18,
            Weights is null ? ImageNetWeights.For(BackboneFactory.ResNet18) : PretrainedWeights.FromFile(Weights, ChannelOrder.Rgb))
        .UseDevice(Device)
        .Configure(Configure)
        .Configure(options => options.Seed = seed)
        .AllowUnusedOptions()
        .Build();

    private void Judge(FlippedLabels flipped, List<AffectPrediction[]> repeats)
    {
        AffectPrediction[] mean =
            [.. Enumerable.Range(0, Truth.Count).Select(row => PredictionMean.Of([.. repeats.Select(one => one[row])]))];
        foreach (AuditRule rule in Enum.GetValues<AuditRule>())
        {
            LabelAudit audit = LabelAudit.Of(flipped.Annotations, mean, Share, rule);
            Add($"{repeats.Count} x {Folds} models, {Words(rule)}", task => flipped.Found(audit, task, Share));
            if (rule == AuditRule.Evidence)
            {
                Add($"{repeats.Count} x {Folds} models, suspects hold", task => flipped.Suspected(audit, task));
                Add(
                    $"{repeats.Count} x {Folds} models, suspects are of all labels",
                    task => audit.Doubtful(task).Count(label => label.IsSuspect) / (double)Math.Max(1, audit.Labels(task)));
            }
        }
    }

    private void Add(string row, Func<ScoredTask, double> value)
    {
        if (!_found.TryGetValue(row, out List<double>[]? values))
        {
            _found.Add(row, values = [[], [], []]);
        }

        for (int i = 0; i < Tasks.Length; i++)
        {
            values[i].Add(value(Tasks[i]));
        }
    }

    private static string Words(AuditRule rule) => rule switch
    {
        AuditRule.ConfidentMargin => "by the confident margin of predictions",
        AuditRule.Probability => "by the label's probability in predictions",
        _ => "by predictions and other labels",
    };

    private void Write()
    {
        Console.WriteLine("| ranked by | expressions | units | valence and arousal |");
        Console.WriteLine("|---|---|---|---|");
        foreach ((string row, List<double>[] values) in _found)
        {
            Console.WriteLine($"| {row} | {string.Join(" | ", values.Select(Text))} |");
        }
    }

    private static string Text(List<double> values) =>
        FormattableString.Invariant($"{100 * values.Average():F0}% ({100 * values.Min():F0} to {100 * values.Max():F0})");
}
