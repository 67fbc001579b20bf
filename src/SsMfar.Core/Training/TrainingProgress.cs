using System.Collections.Immutable;
using SsMfar.Metrics;

namespace SsMfar.Training;

/// <summary>What a run reports, in order, as immutable values from the training thread: return quickly.</summary>
public abstract class TrainingProgress
{
    private protected TrainingProgress()
    {
    }
}

/// <summary>Images are being decoded before the first step.</summary>
public sealed class DecodingProgress : TrainingProgress
{
    /// <summary>Makes the value.</summary>
    /// <param name="set"><c>training</c> or <c>validation</c>.</param>
    /// <param name="done">Images decoded.</param>
    /// <param name="total">Images to decode.</param>
    public DecodingProgress(string set, int done, int total) =>
        (Set, Done, Total) = (set, done, total);

    /// <summary>Gets <c>training</c> or <c>validation</c>.</summary>
    public string Set { get; }

    /// <summary>Gets the number of images decoded.</summary>
    public int Done { get; }

    /// <summary>Gets the number of images to decode.</summary>
    public int Total { get; }
}

/// <summary>It is known which tasks the run learns: once, before the first step.</summary>
public sealed class TasksProgress : TrainingProgress
{
    /// <summary>Makes the value.</summary>
    /// <param name="tasks">The tasks that are learned, in order.</param>
    /// <param name="leftOut">The tasks that were asked for, and that no row of the training set has a label of.</param>
    public TasksProgress(ImmutableArray<string> tasks, ImmutableArray<string> leftOut) =>
        (Tasks, LeftOut) = (tasks, leftOut);

    /// <summary>Gets the tasks that are learned, in order.</summary>
    public ImmutableArray<string> Tasks { get; }

    /// <summary>Gets the tasks that were asked for, and that no row of the training set has a label of.</summary>
    public ImmutableArray<string> LeftOut { get; }
}

/// <summary>Some steps were taken.</summary>
public sealed class StepProgress : TrainingProgress
{
    /// <summary>Makes the value.</summary>
    /// <param name="epoch">From 1.</param>
    /// <param name="epochs">How many epochs the run has.</param>
    /// <param name="step">Steps taken in this epoch.</param>
    /// <param name="steps">Steps of this epoch.</param>
    /// <param name="losses">The mean of each loss term over this epoch's steps so far; <c>total</c> is the sum that is minimised.</param>
    /// <param name="learningRate">The backbone's learning rate; 0 while it is frozen.</param>
    /// <param name="imagesPerSecond">Training rows a second since this process began or resumed training.</param>
    /// <param name="remaining">Time left, judged by the pace so far.</param>
    public StepProgress(
        int epoch,
        int epochs,
        int step,
        int steps,
        ImmutableSortedDictionary<string, double> losses,
        double learningRate,
        double imagesPerSecond,
        TimeSpan remaining)
    {
        Epoch = epoch;
        Epochs = epochs;
        Step = step;
        Steps = steps;
        Losses = losses;
        LearningRate = learningRate;
        ImagesPerSecond = imagesPerSecond;
        Remaining = remaining;
    }

    /// <summary>Gets its number, from 1.</summary>
    public int Epoch { get; }

    /// <summary>Gets how many epochs the run has.</summary>
    public int Epochs { get; }

    /// <summary>Gets the steps taken in this epoch.</summary>
    public int Step { get; }

    /// <summary>Gets the steps of this epoch.</summary>
    public int Steps { get; }

    /// <summary>Gets the mean of each loss term over this epoch's steps so far; <c>total</c> is the sum that is minimised.</summary>
    public ImmutableSortedDictionary<string, double> Losses { get; }

    /// <summary>Gets the backbone's learning rate; 0 while it is frozen.</summary>
    public double LearningRate { get; }

    /// <summary>Gets the training rows a second since this process began or resumed training.</summary>
    public double ImagesPerSecond { get; }

    /// <summary>Gets the time left, judged by the pace so far.</summary>
    public TimeSpan Remaining { get; }
}

/// <summary>An epoch ended and, where there is a validation set, was evaluated.</summary>
public sealed class EpochProgress : TrainingProgress
{
    /// <summary>Makes the value.</summary>
    /// <param name="result">The epoch.</param>
    /// <param name="isBest">Whether its score is the best so far.</param>
    public EpochProgress(EpochResult result, bool isBest) =>
        (Result, IsBest) = (result, isBest);

    /// <summary>Gets the epoch.</summary>
    public EpochResult Result { get; }

    /// <summary>Gets whether its score is the best so far.</summary>
    public bool IsBest { get; }

    /// <summary>Why the run ends with this epoch; null while it goes on.</summary>
    public TrainingStopReason? StopReason { get; init; }
}

/// <summary>One epoch of a run.</summary>
public sealed class EpochResult
{
    /// <summary>Makes the value.</summary>
    /// <param name="epoch">From 1.</param>
    /// <param name="losses">The mean of each loss term over the epoch's steps.</param>
    /// <param name="evaluation">The scores on the validation set, or null where it was not evaluated.</param>
    /// <param name="policy">What the pseudo-label policy says of itself, such as the threshold of each class.</param>
    /// <param name="seconds">How long the epoch took, evaluation included.</param>
    /// <param name="imagesPerSecond">Training rows a second, evaluation excluded.</param>
    public EpochResult(
        int epoch,
        ImmutableSortedDictionary<string, double> losses,
        EvaluationResult? evaluation,
        ImmutableSortedDictionary<string, ImmutableArray<double>> policy,
        double seconds,
        double imagesPerSecond) =>
        (Epoch, Losses, Evaluation, Policy, Seconds, ImagesPerSecond) = (epoch, losses, evaluation, policy, seconds, imagesPerSecond);

    /// <summary>Gets its number, from 1.</summary>
    public int Epoch { get; }

    /// <summary>Gets the mean of each loss term over the epoch's steps.</summary>
    public ImmutableSortedDictionary<string, double> Losses { get; }

    /// <summary>Gets the scores on the validation set, or null where it was not evaluated.</summary>
    public EvaluationResult? Evaluation { get; }

    /// <summary>Gets what the pseudo-label policy says of itself, such as the threshold of each class.</summary>
    public ImmutableSortedDictionary<string, ImmutableArray<double>> Policy { get; }

    /// <summary>Gets how long the epoch took, evaluation included.</summary>
    public double Seconds { get; }

    /// <summary>Gets the training rows a second, evaluation excluded.</summary>
    public double ImagesPerSecond { get; }
}

/// <summary>The scores of a model on a labelled set.</summary>
/// <param name="Score">
/// The monitored score: P_MTL with the three tasks of SS-MFAR, else the sum of the tasks' primary values, without tasks that no row is
/// labelled for; null where undefined.
/// </param>
/// <param name="Tasks">Each task's score, by name.</param>
public sealed record EvaluationResult(double? Score, ImmutableSortedDictionary<string, TaskScore> Tasks);
