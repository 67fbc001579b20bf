using System.Collections.Immutable;
using SsMfar.Data;
using SsMfar.Metadata;
using SsMfar.Metrics;
using SsMfar.Models;
using SsMfar.Runtime;
using SsMfar.Tasks;
using TorchSharp;

namespace SsMfar.Training;

/// <summary>Scores a model on a whole set, the last partial batch included.</summary>
internal static class ModelEvaluation
{
    public static EvaluationResult Run(
        MultiTaskModel model,
        TrainingData data,
        IReadOnlyList<AffectTask> tasks,
        TaskContext context,
        Func<int[], torch.Tensor> input,
        torch.Device device,
        Func<ImmutableSortedDictionary<string, TaskScore>, double?> score,
        int? unlearnedHalf,
        CancellationToken cancellationToken,
        RunRanks? ranks = null)
    {
        (AffectTask Task, ITaskMetric Metric)[] metrics = [.. tasks.Select(task => (task, task.Metric(context)))];
        int[][] batches = [.. Enumerable.Range(0, data.Count).Chunk(EvaluationBatch.Of(data))];
        bool wasTraining = model.training;
        model.eval();
        using (torch.inference_mode())
        {
            if (ranks is null)
            {
                foreach (int[] batch in batches)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    using DisposeScope scope = torch.NewDisposeScope();
                    Update(batch, model.call(input(batch)));
                }
            }
            else
            {
                SharedEvaluation.Run(model, batches, input, ranks, Update, cancellationToken);
            }
        }

        model.train(wasTraining);
        var scores = metrics.ToImmutableSortedDictionary(m => m.Task.Name, m => m.Metric.Compute(), StringComparer.Ordinal);

        // No number is better or worse than one that is none, and a model's file has no place for an infinite one.
        double? sum = score(scores);
        sum = ranks is null ? sum : SharedEvaluation.Decide(ranks, sum);
        return EvaluationResult.Of(
            sum is { } value && !double.IsFinite(value) ? null : sum,
            scores,
            data.Annotations.ExpressionClasses,
            tasks.Select(task => task.Labels).OfType<ActionUnitTaskLabels>().FirstOrDefault()?.Units ?? data.Annotations.Units,
            tasks.Select(task => task.Labels).OfType<ActionUnitIntensityLabels>().FirstOrDefault()?.Units);

        void Update(int[] batch, TaskOutputs outputs)
        {
            using LabelBatch labels = data.Labels.Batch(batch, device);
            foreach ((AffectTask task, ITaskMetric metric) in metrics)
            {
                TaskLabels taskLabels = labels.Tasks[task.Name];
                CheckFinite(task.Name, outputs[task.Name]);
                torch.Tensor mask = taskLabels.Mask;
                if (unlearnedHalf is { } half && task.Name == AffectTaskNames.ValenceArousal)
                {
                    mask = mask.clone();
                    mask.narrow(1, half, 1).zero_();
                }

                metric.Update(outputs[task.Name], taskLabels.Values, mask);
            }
        }
    }

    // Weights that are finite numbers, if large ones, can have outputs that are none.
    private static void CheckFinite(string task, torch.Tensor outputs)
    {
        using torch.Tensor finite = Transfers.ToHost(outputs.isfinite().all());
        if (!finite.data<bool>()[0])
        {
            throw new TrainingDivergedException(
                $"The outputs of task '{task}' are not finite on the validation set.",
                $"Lower the learning rate, or set {nameof(TrainingOptions.GradientClipNorm)}.");
        }
    }

    /// <summary>
    /// The sum of the tasks' primary values, which for the three tasks of SS-MFAR is P_MTL (Eq. 10); null when one is undefined.
    /// </summary>
    public static double? SumOfPrimaries(ImmutableSortedDictionary<string, TaskScore> scores) =>
        scores.Values.Aggregate((double?)0, (sum, score) => sum + score.Primary);
}
