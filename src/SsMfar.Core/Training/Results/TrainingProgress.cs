using System.Collections.Immutable;

namespace SsMfar.Training;

/// <summary>What a run reports, in order, as immutable values from the training thread: return quickly.</summary>
public abstract class TrainingProgress
{
    private protected TrainingProgress()
    {
    }
}

/// <summary>Images are being decoded before the first step.</summary>
/// <param name="set"><c>training</c> or <c>validation</c>.</param>
/// <param name="done">The number of images decoded.</param>
/// <param name="total">The number of images to decode.</param>
public sealed class DecodingProgress(string set, int done, int total) : TrainingProgress
{
    /// <summary>Gets the set: <c>training</c> or <c>validation</c>.</summary>
    public string Set { get; } = set;

    /// <summary>Gets the number of images decoded.</summary>
    public int Done { get; } = done;

    /// <summary>Gets the number of images to decode.</summary>
    public int Total { get; } = total;
}

/// <summary>The features of a frozen backbone are being computed, after decoding and before the first step.</summary>
/// <param name="set"><c>training</c> or <c>validation</c>.</param>
/// <param name="done">The number of images whose features are computed.</param>
/// <param name="total">The number of images.</param>
public sealed class FeatureProgress(string set, int done, int total) : TrainingProgress
{
    /// <summary>Gets the set: <c>training</c> or <c>validation</c>.</summary>
    public string Set { get; } = set;

    /// <summary>Gets the number of images whose features are computed.</summary>
    public int Done { get; } = done;

    /// <summary>Gets the number of images.</summary>
    public int Total { get; } = total;
}

/// <summary>It is known which tasks the run learns: once, before the first step.</summary>
/// <param name="tasks">The tasks that are learned, in order.</param>
/// <param name="leftOut">The tasks that were asked for, and that no row of the training set has a label of.</param>
public sealed class TasksProgress(ImmutableArray<string> tasks, ImmutableArray<string> leftOut) : TrainingProgress
{
    /// <summary>Gets the tasks that are learned, in order.</summary>
    public ImmutableArray<string> Tasks { get; } = tasks;

    /// <summary>Gets the tasks that were asked for, and that no row of the training set has a label of.</summary>
    public ImmutableArray<string> LeftOut { get; } = leftOut;
}

/// <summary>Some steps were taken.</summary>
/// <param name="epoch">The epoch, from 1.</param>
/// <param name="epochs">How many epochs the run has.</param>
/// <param name="step">The number of steps taken in this epoch.</param>
/// <param name="steps">The number of steps of this epoch.</param>
/// <param name="losses">The mean of each loss term over this epoch's steps so far.</param>
/// <param name="learningRate">The backbone's learning rate.</param>
/// <param name="imagesPerSecond">The training rows a second.</param>
/// <param name="remaining">The time left.</param>
public sealed class StepProgress(
    int epoch,
    int epochs,
    int step,
    int steps,
    ImmutableSortedDictionary<string, double> losses,
    double learningRate,
    double imagesPerSecond,
    TimeSpan remaining) : TrainingProgress
{
    /// <summary>Gets the epoch, from 1.</summary>
    public int Epoch { get; } = epoch;

    /// <summary>Gets how many epochs the run has.</summary>
    public int Epochs { get; } = epochs;

    /// <summary>Gets the number of steps taken in this epoch.</summary>
    public int Step { get; } = step;

    /// <summary>Gets the number of steps of this epoch.</summary>
    public int Steps { get; } = steps;

    /// <summary>
    /// Gets the mean of each loss term over this epoch's steps so far; <c>total</c> is the sum that is minimised.
    /// </summary>
    public ImmutableSortedDictionary<string, double> Losses { get; } = losses;

    /// <summary>Gets the backbone's learning rate; 0 while it is frozen.</summary>
    public double LearningRate { get; } = learningRate;

    /// <summary>Gets the training rows a second since this process began or resumed training.</summary>
    public double ImagesPerSecond { get; } = imagesPerSecond;

    /// <summary>Gets the time left, judged by the pace so far.</summary>
    public TimeSpan Remaining { get; } = remaining;
}

/// <summary>An epoch ended and, where there is a validation set, was evaluated.</summary>
/// <param name="result">The epoch.</param>
/// <param name="epochs">How many epochs the run has.</param>
/// <param name="isBest">Whether its score is the best so far.</param>
/// <param name="stopReason">Why the run ends with this epoch; null while it goes on.</param>
public sealed class EpochProgress(
    EpochResult result, int epochs, bool isBest, TrainingStopReason? stopReason = null) : TrainingProgress
{
    /// <summary>Gets the epoch.</summary>
    public EpochResult Result { get; } = result;

    /// <summary>Gets how many epochs the run has.</summary>
    public int Epochs { get; } = epochs;

    /// <summary>Gets whether its score is the best so far.</summary>
    public bool IsBest { get; } = isBest;

    /// <summary>Gets why the run ends with this epoch; null while it goes on.</summary>
    public TrainingStopReason? StopReason { get; } = stopReason;
}
