using System.Collections.Immutable;
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
internal sealed partial class TrainingStep
{
    private ImmutableArray<ulong>? _alike;

    public required TrainingData Data { get; init; }

    public required MultiTaskModel Model { get; init; }

    public required MultiTaskObjective Objective { get; init; }

    /// <summary>Makes the input.</summary>
    public required BatchImages Images { get; init; }

    /// <summary>Gets what makes the input of features instead, where the backbone is frozen for the whole run; or null.</summary>
    public FrozenFeatures? Features { get; init; }

    /// <summary>Gets which rows get a strong view, and for which tasks.</summary>
    public required StrongViewRule StrongViews { get; init; }

    /// <summary>Gets how many epochs at the start make no strong view.</summary>
    public required int WarmUpEpochs { get; init; }

    /// <summary>Gets what predicts for the policies in the model's place, or null.</summary>
    public required MultiTaskModel? Teacher { get; init; }

    /// <summary>Gets which rows share batch statistics.</summary>
    public required BatchStatistics Statistics { get; init; }

    /// <summary>Gets whether steps may compute in TF32.</summary>
    public required bool AllowsTensorFloat32 { get; init; }

    /// <summary>Gets how rows are mixed.</summary>
    public required MixupOptions Mixup { get; init; }

    public required IReadOnlyList<string> Tasks { get; init; }

    public required RandomKey Root { get; init; }

    public required torch.Device Device { get; init; }

    /// <summary>Gets the ranks that go through a batch together, or null.</summary>
    public RunRanks? Ranks { get; init; }

    /// <summary>Adds the gradients of an effective batch and the loss terms.</summary>
    /// <param name="microBatches">Rows of the training set, a micro-batch each.</param>
    /// <param name="epoch">From 1.</param>
    /// <param name="stepInEpoch">From 0.</param>
    /// <param name="step">From 0, over the whole run.</param>
    /// <param name="losses">Receives the loss terms.</param>
    public void Run(IReadOnlyList<int[]> microBatches, int epoch, int stepInEpoch, long step, LossAccumulator losses)
    {
        using TensorFloat32.Change format = TensorFloat32.Set(AllowsTensorFloat32);
        Dictionary<string, LossCounts> counts = Counts(microBatches, epoch);
        for (int i = 0; i < microBatches.Count; i++)
        {
            using DisposeScope scope = torch.NewDisposeScope();
            RandomKey key = Root.Fold(epoch).Fold(stepInEpoch).Fold(i);
            int[] rows = microBatches[i];
            long[] strong = [.. Enumerable.Range(0, rows.Length).Where(r => IsStrong(rows[r], epoch)).Select(r => (long)r)];
            // Before the pass is queued, so that the device has it all when it comes to the losses.
            LabelBatch labels = Data.Labels.Batch(rows, Device);
            torch.Tensor? strongRows = Indices(strong);
            Dictionary<string, StrongPart> parts = Parts(rows, strong);
            (TaskOutputs outputs, TaskOutputs? taught, MixedRows? mixed) =
                Ranks is null ? Forward(rows, strong, epoch, key)
                    : Forward(Ranks, rows, strong, epoch, key, isLast: i == microBatches.Count - 1);
            ObjectiveResult result = Objective.Compute(
                outputs, new(labels, strongRows, counts, epoch, step, mixed, taught) { Parts = parts });
            result.Total.backward();
            losses.Add(result.Terms);
        }

        losses.CompleteStep();
    }

    private (TaskOutputs Outputs, TaskOutputs? Taught, MixedRows? Mixed) Forward(int[] rows, long[] strong, int epoch, RandomKey key)
    {
        torch.Tensor images = Features?.Build(rows, strong, key) ?? Images.Build(rows, strong, key);
        TaskOutputs? taught = Teach(images, rows.Length);
        MixedRows? mixed = Mix(images, rows, epoch, key.Fold(RandomStreams.Mixup));
        return (Call(images, rows.Length, key), taught, mixed);
    }

    private TaskOutputs Call(torch.Tensor images, int rows, RandomKey key)
    {
        // custom Parts may draw from the global generator; the model's dropout has its own, which nothing else disturbs.
        Model.DropoutKey = key.Fold(RandomStreams.Dropout);
        torch.manual_seed((long)(key.Fold(RandomStreams.CustomParts).Value >> 1));
        return Statistics == BatchStatistics.Joint
            ? Model.call(images)
            : Model.CallApart(images, rows, byRunning: Statistics == BatchStatistics.Running);
    }

    // In evaluation mode, which nothing here leaves: the teacher neither drops features nor moves its batch statistics.
    private TaskOutputs? Teach(torch.Tensor images, int rows)
    {
        if (Teacher is null)
        {
            return null;
        }

        using var noGradient = torch.no_grad();
        return Teacher.call(images.narrow(0, 0, rows));
    }

    // Of the tasks that do not see every strong view of a micro-batch.
    private Dictionary<string, StrongPart> Parts(int[] rows, long[] strong)
    {
        var parts = new Dictionary<string, StrongPart>(StringComparer.Ordinal);
        foreach (string task in StrongViews.Choosing)
        {
            long[] places =
                [.. Enumerable.Range(0, strong.Length).Where(s => StrongViews.IsStrong(task, rows[strong[s]])).Select(s => (long)s)];
            if (places.Length < strong.Length)
            {
                parts.Add(task, new(Indices([.. places.Select(place => strong[place])]), Indices(places)));
            }
        }

        return parts;
    }

    private torch.Tensor? Indices(long[] places) => places.Length == 0 ? null : Transfers.ToDevice(places, [places.Length], Device);

    // Rows with a strong view stay as they are: a pseudo-label of a mixture would say nothing of the strong view. Normalisation is affine,
    // so that mixing after it is mixing before it.
    private MixedRows? Mix(torch.Tensor images, int[] rows, int epoch, RandomKey key)
    {
        if (DrawMix(rows, epoch, key) is not { } plan)
        {
            return null;
        }

        MixedRows mixed = OnDevice(plan);
        using var noGradient = torch.no_grad();
        using torch.Tensor weak = images.narrow(0, 0, rows.Length);
        using torch.Tensor partners = weak.index_select(0, mixed.Partners);
        weak.lerp_(partners, 1 - plan.Lambda);
        return mixed;
    }

    // Values are mixed where both rows have them: with rows that lack some of them there would be fewer.
    private ImmutableArray<ulong> Alike => _alike ??= Data.Labels.Alike(
        Objective.Losses.Where(loss => loss.Loss.Mixing == LabelMixing.Values).Select(loss => loss.Task));

    private MixPlan? DrawMix(int[] rows, int epoch, RandomKey key) => Mixup.Alpha is null
        ? null
        : MixPlan.Draw(Mixup, [.. rows.Select(row => IsStrong(row, epoch) ? (ulong?)null : Alike[row])], key);

    private MixedRows OnDevice(MixPlan plan) => new(AllIndices(plan.Partners), plan.Lambda, AllIndices(plan.Unmixed));

    private torch.Tensor AllIndices(IEnumerable<int> places)
    {
        long[] indices = [.. places.Select(place => (long)place)];
        return Transfers.ToDevice(indices, [indices.Length], Device);
    }

    /// <summary>Each task's divisors in the effective batch of these rows.</summary>
    public Dictionary<string, LossCounts> Counts(IReadOnlyList<int[]> microBatches, int epoch)
    {
        return Tasks.ToDictionary(task => task, Count, StringComparer.Ordinal);

        LossCounts Count(string task)
        {
            int[][] strong = [.. microBatches.Select(rows => rows.Where(IsStrongOf).ToArray())];
            return new(
                microBatches.Sum(rows => Data.Labels.ValidEntries(task, rows)), strong.Sum(rows => rows.Length), microBatches.Count)
            {
                UnlabelledEntries = strong.Sum(rows => Data.Labels.UnknownEntries(task, rows)),
            };

            bool IsStrongOf(int row) => epoch > WarmUpEpochs && StrongViews.IsStrong(task, row);
        }
    }

    private bool IsStrong(int row, int epoch) => epoch > WarmUpEpochs && StrongViews.IsStrong(row);
}
