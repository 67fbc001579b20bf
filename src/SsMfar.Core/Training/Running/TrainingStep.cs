using SsMfar.Data;
using SsMfar.Losses;
using SsMfar.Models;
using SsMfar.Randomness;
using SsMfar.Runtime;
using TorchSharp;

namespace SsMfar.Training;

/// <summary>
/// One optimizer step: views, one forward pass over [weak; strong] or one over each, losses, backward, optimizer, average. Nothing in it
/// waits for the device, and everything random in it follows from the seed, the epoch and the step.
/// </summary>
internal sealed class TrainingStep(
    TrainingData data,
    MultiTaskModel model,
    MultiTaskObjective objective,
    BatchImages batchImages,
    Func<bool, bool> needsStrongView,
    MultiTaskModel? teacher,
    BatchStatistics statistics,
    bool allowTensorFloat32,
    MixupOptions mixup,
    IReadOnlyList<string> tasks,
    RandomKey root,
    torch.Device device)
{
    /// <summary>Makes the input.</summary>
    public BatchImages Images => batchImages;

    /// <summary>What predicts for the policy in the model's place, or null.</summary>
    public MultiTaskModel? Teacher => teacher;

    /// <summary>Which rows share batch statistics.</summary>
    public BatchStatistics Statistics => statistics;

    /// <summary>Whether steps may compute in TF32.</summary>
    public bool AllowsTensorFloat32 => allowTensorFloat32;

    /// <summary>How rows are mixed.</summary>
    public MixupOptions Mixup => mixup;

    /// <summary>Adds the gradients of an effective batch and the loss terms.</summary>
    /// <param name="microBatches">Rows of the training set, a micro-batch each.</param>
    /// <param name="epoch">From 1.</param>
    /// <param name="stepInEpoch">From 0.</param>
    /// <param name="step">From 0, over the whole run.</param>
    /// <param name="losses">Receives the loss terms.</param>
    public void Run(IReadOnlyList<int[]> microBatches, int epoch, int stepInEpoch, long step, LossAccumulator losses)
    {
        using TensorFloat32.Change format = TensorFloat32.Set(allowTensorFloat32);
        Dictionary<string, LossCounts> counts = Counts(microBatches);
        for (int i = 0; i < microBatches.Count; i++)
        {
            using DisposeScope scope = torch.NewDisposeScope();
            RandomKey key = root.Fold(epoch).Fold(stepInEpoch).Fold(i);
            int[] rows = microBatches[i];
            long[] strong = [.. Enumerable.Range(0, rows.Length).Where(r => NeedsStrongView(rows[r])).Select(r => (long)r)];
            // Before the pass is queued, so that the device has it all when it comes to the losses.
            LabelBatch labels = data.Labels.Batch(rows, device);
            torch.Tensor? strongRows = strong.Length == 0 ? null : Transfers.ToDevice(strong, [strong.Length], device);
            torch.Tensor images = batchImages.Build(rows, strong, key);
            torch.Tensor? taught = Teach(images, rows.Length);
            MixedRows? mixed = Mix(images, rows, key.Fold(RandomStreams.Mixup));

            // Parts of the user's own may draw from the global generator; the model's dropout has its own, which nothing else disturbs.
            model.DropoutKey = key.Fold(RandomStreams.Dropout);
            torch.manual_seed((long)(key.Fold(RandomStreams.CustomParts).Value >> 1));
            TaskOutputs outputs = statistics == BatchStatistics.Joint ? model.call(images) : model.CallApart(images, rows.Length);
            ObjectiveResult result = objective.Compute(outputs, new(labels, strongRows, counts, epoch, step, mixed, taught));
            result.Total.backward();
            losses.Add(result.Terms);
        }

        losses.CompleteStep();
    }

    // In evaluation mode, which nothing here leaves: the teacher neither drops features nor moves its batch statistics.
    private torch.Tensor? Teach(torch.Tensor images, int rows)
    {
        if (teacher is null)
        {
            return null;
        }

        using var noGradient = torch.no_grad();
        return teacher.call(images.narrow(0, 0, rows))[AffectTaskNames.Expression];
    }

    // Rows with a strong view stay as they are: a pseudo-label of a mixture would say nothing of the strong view. Normalisation is affine,
    // so that mixing after it is mixing before it.
    private MixedRows? Mix(torch.Tensor images, int[] rows, RandomKey key)
    {
        if (mixup.Alpha is null)
        {
            return null;
        }

        ulong?[] knownTasks = [.. rows.Select(row => NeedsStrongView(row) ? (ulong?)null : data.Labels.KnownTasks[row])];
        if (MixPlan.Draw(mixup, knownTasks, key) is not { } plan)
        {
            return null;
        }

        MixedRows mixed = new(Indices(plan.Partners), plan.Lambda, Indices(plan.Unmixed));
        using var noGradient = torch.no_grad();
        using torch.Tensor weak = images.narrow(0, 0, rows.Length);
        using torch.Tensor partners = weak.index_select(0, mixed.Partners);
        weak.lerp_(partners, 1 - plan.Lambda);
        return mixed;

        torch.Tensor Indices(IEnumerable<int> places)
        {
            long[] indices = [.. places.Select(place => (long)place)];
            return Transfers.ToDevice(indices, [indices.Length], device);
        }
    }

    /// <summary>Each task's divisors in the effective batch of these rows.</summary>
    public Dictionary<string, LossCounts> Counts(IReadOnlyList<int[]> microBatches)
    {
        int strong = microBatches.Sum(rows => rows.Count(NeedsStrongView));
        return tasks.ToDictionary(
            task => task,
            task => new LossCounts(microBatches.Sum(rows => data.Labels.ValidEntries(task, rows)), strong, microBatches.Count),
            StringComparer.Ordinal);
    }

    private bool NeedsStrongView(int row) => needsStrongView(data.Labels.ExpressionKnown[row]);
}
