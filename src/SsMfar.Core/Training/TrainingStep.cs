using SsMfar.Losses;
using SsMfar.Models;
using SsMfar.Runtime;
using TorchSharp;

namespace SsMfar.Training;

/// <summary>
/// One optimizer step: views, one forward pass over [weak; strong], losses, backward, optimizer, average. Nothing in it waits for the
/// device, and everything random in it follows from the seed, the epoch and the step.
/// </summary>
internal sealed class TrainingStep(
    TrainingData data,
    MultiTaskModel model,
    MultiTaskObjective objective,
    BatchImages batchImages,
    Func<bool, bool> needsStrongView,
    IReadOnlyList<string> tasks,
    RandomKey root,
    torch.Device device)
{
    /// <summary>Adds the gradients of an effective batch and the loss terms.</summary>
    /// <param name="microBatches">Rows of the training set, a micro-batch each.</param>
    /// <param name="epoch">From 1.</param>
    /// <param name="stepInEpoch">From 0.</param>
    /// <param name="step">From 0, over the whole run.</param>
    /// <param name="losses">Receives the loss terms.</param>
    public void Run(IReadOnlyList<int[]> microBatches, int epoch, int stepInEpoch, long step, LossAccumulator losses)
    {
        Dictionary<string, LossCounts> counts = Counts(microBatches);
        for (int i = 0; i < microBatches.Count; i++)
        {
            using DisposeScope scope = torch.NewDisposeScope();
            RandomKey key = root.Fold(epoch).Fold(stepInEpoch).Fold(i);
            int[] rows = microBatches[i];
            long[] strong = [.. Enumerable.Range(0, rows.Length).Where(r => NeedsStrongView(rows[r])).Select(r => (long)r)];
            torch.Tensor? strongRows = strong.Length == 0 ? null : torch.tensor(strong, device: device);
            torch.Tensor images = batchImages.Build(rows, strong, key);

            // Parts of the user's own may draw from the global generator; the model's dropout has its own, which nothing else disturbs.
            model.DropoutKey = key.Fold(RandomStreams.Dropout);
            torch.manual_seed((long)(key.Fold(RandomStreams.CustomParts).Value >> 1));
            TaskOutputs outputs = model.call(images);
            ObjectiveResult result = objective.Compute(outputs, new(data.Labels.Batch(rows, device), strongRows, counts, epoch, step));
            result.Total.backward();
            losses.Add(result.Terms);
        }

        losses.CompleteStep();
    }

    private Dictionary<string, LossCounts> Counts(IReadOnlyList<int[]> microBatches)
    {
        int strong = microBatches.Sum(rows => rows.Count(NeedsStrongView));
        return tasks.ToDictionary(
            task => task,
            task => new LossCounts(microBatches.Sum(rows => data.Labels.ValidEntries(task, rows)), strong, microBatches.Count),
            StringComparer.Ordinal);
    }

    private bool NeedsStrongView(int row) => needsStrongView(data.Labels.ExpressionKnown[row]);
}
