using Microsoft.Extensions.Logging;
using SsMfar.Models;

namespace SsMfar.Training;

/// <summary>What a run logs; event ids are stable.</summary>
internal static partial class TrainingLog
{
    [LoggerMessage(1, LogLevel.Information, "Training {Variant} ({Recipe}) with {Backbone} on {Device} in {Precision} precision: {Rows} " +
        "rows, {Epochs} epochs of batches of {BatchSize}")]
    public static partial void Started(
        ILogger logger,
        string variant,
        string recipe,
        string backbone,
        string device,
        ComputePrecision precision,
        int rows,
        int epochs,
        int batchSize);

    [LoggerMessage(2, LogLevel.Information, "Epoch {Epoch} of {Epochs}: loss {Loss:F4}, score {Score:F4}, {ImagesPerSecond:F0} images/s")]
    public static partial void EpochEnded(ILogger logger, int epoch, int epochs, double loss, double? score, double imagesPerSecond);

    [LoggerMessage(3, LogLevel.Debug, "Checkpoint written to {Path} at epoch {Epoch}, step {Step}")]
    public static partial void CheckpointWritten(ILogger logger, string path, int epoch, int step);

    [LoggerMessage(4, LogLevel.Information, "Resumed from {Path} at epoch {Epoch}, step {Step}")]
    public static partial void Resumed(ILogger logger, string path, int epoch, int step);

    [LoggerMessage(5, LogLevel.Warning, "{Count} images of the {Set} set could not be decoded and were left out")]
    public static partial void ImagesSkipped(ILogger logger, int count, string set);

    [LoggerMessage(6, LogLevel.Information, "Pretrained weights {Path}: {Matched} tensors taken, {Lacking} of the network not in the " +
        "file or mismatched, {Unexpected} of the file not used")]
    public static partial void PretrainedLoaded(ILogger logger, string path, int matched, int lacking, int unexpected);

    [LoggerMessage(7, LogLevel.Information, "Plain optimizer kernels: {Origin} is not the libtorch that the fused ones were tested with")]
    public static partial void PlainKernels(ILogger logger, string origin);

    [LoggerMessage(11, LogLevel.Information, "Own kernels for the CPU: {Kernels}")]
    public static partial void Kernels(ILogger logger, string kernels);

    [LoggerMessage(
        8,
        LogLevel.Information,
        "Stopped after epoch {Epoch} of {Epochs}: {Evaluations} evaluations without an improvement; the best epoch is {BestEpoch}")]
    public static partial void StoppedEarly(ILogger logger, int epoch, int epochs, int evaluations, int bestEpoch);

    [LoggerMessage(
        9, LogLevel.Information, "Freed native memory stays with the process now; TorchRuntimeOptions.RetainFreedMemory forbids it")]
    public static partial void FreedMemoryRetained(ILogger logger);

    [LoggerMessage(14, LogLevel.Information, "Precision Auto is {Precision} on this processor: bfloat16 is {Speedup:F2} times as fast " +
        "as float32 ({Trial})")]
    public static partial void PrecisionDecided(ILogger logger, ComputePrecision precision, double speedup, string trial);

    [LoggerMessage(15, LogLevel.Information, "Epoch {Epoch}, own work of each rank: {Ranks}")]
    public static partial void RankSpeeds(ILogger logger, int epoch, string ranks);

    [LoggerMessage(
        13, LogLevel.Warning, "Epoch {Epoch}: rank {Rank} worked {Seconds:F1} s, the others {Others:F1} s, and waited for it")]
    public static partial void Straggler(ILogger logger, int epoch, int rank, double seconds, double others);

    [LoggerMessage(10, LogLevel.Warning, "Options without effect in this run: {Names}")]
    public static partial void UnusedOptions(ILogger logger, string names);

    [LoggerMessage(20, LogLevel.Warning, "No row of the training set has a label of {Tasks}: not learned, and not predicted by the model")]
    public static partial void TasksLeftOut(ILogger logger, string tasks);

    [LoggerMessage(21, LogLevel.Warning, "Without {Tasks} there is nothing to give pseudo-labels for: the run has none")]
    public static partial void PseudoLabelsOff(ILogger logger, string tasks);

    [LoggerMessage(22, LogLevel.Warning, "No row of the validation set has a label of {Tasks}: the best epoch is chosen without")]
    public static partial void TasksNotJudged(ILogger logger, string tasks);

    [LoggerMessage(23, LogLevel.Warning, "No row of the validation set has a label: no epoch can be called the best, and the last is kept")]
    public static partial void NothingJudged(ILogger logger);

    [LoggerMessage(24, LogLevel.Warning, "The loss of {Tasks} learns from labels alone, and has no use for the pseudo-labels of the " +
        "policy that was given: the strong views that it asks for cost time and teach nothing")]
    public static partial void PseudoLabelsIgnored(ILogger logger, string tasks);

    [LoggerMessage(25, LogLevel.Warning, "No row of the training set has {Half}: the output for it means nothing, and has no score")]
    public static partial void HalfNotLearned(ILogger logger, string half);

    [LoggerMessage(30, LogLevel.Information, "Features of {Rows} images computed by the frozen backbone: {Views} views of each training " +
        "image, {Width} features of each, {Megabytes} MB, in {Seconds:F1} s")]
    public static partial void FeaturesComputed(ILogger logger, int rows, int views, long width, long megabytes, double seconds);

    [LoggerMessage(31, LogLevel.Warning, "The frozen backbone {Backbone} starts from random weights, so that its features say little: " +
        "give it pretrained weights")]
    public static partial void RandomFeatures(ILogger logger, string backbone);

    [LoggerMessage(32, LogLevel.Information, "Started from {Path}: {Parts} taken")]
    public static partial void StartedFrom(ILogger logger, string path, string parts);

    [LoggerMessage(33, LogLevel.Warning, "The {Part} of {Path} is not taken, and starts fresh: {Reason}")]
    public static partial void PartNotTaken(ILogger logger, string part, string path, string reason);

    [LoggerMessage(34, LogLevel.Information, "Of the model to start from: {Note}")]
    public static partial void StartNote(ILogger logger, string note);

    /// <summary>Tells what was taken of a model that a run started from, and warns of heads that start fresh.</summary>
    public static void Tell(ILogger logger, StartReport report, ICollection<string> tasks)
    {
        StartedFrom(logger, report.Path, string.Join(", ", report.Parts.Where(part => part.IsTaken).Select(part => part.Name)));
        foreach (StartedPart part in report.Parts.Where(part => !part.IsTaken))
        {
            if (tasks.Any(task => part.Name == ModelStart.NameOf(task)))
            {
                PartNotTaken(logger, part.Name, report.Path, part.Reason!);
            }
            else
            {
                StartNote(logger, part.ToString());
            }
        }

        foreach (string note in report.Notes)
        {
            StartNote(logger, note);
        }
    }

    [LoggerMessage(12, LogLevel.Warning, "{Count} of {Total} validation images are training images too: a score on images that were " +
        "learned says nothing about new ones. Give a validation set of other images")]
    public static partial void SetsOverlap(ILogger logger, int count, int total);
}
