using System.Collections.Immutable;
using SsMfar.Metrics;

namespace SsMfar.Training;

/// <summary>What a run reports, in order, as immutable values from the training thread: return quickly.</summary>
public abstract record TrainingProgress
{
    private protected TrainingProgress()
    {
    }
}

/// <summary>Images are being decoded before the first step.</summary>
/// <param name="Set"><c>training</c> or <c>validation</c>.</param>
/// <param name="Done">Images decoded.</param>
/// <param name="Total">Images to decode.</param>
public sealed record DecodingProgress(string Set, int Done, int Total) : TrainingProgress;

/// <summary>It is known which tasks the run learns: once, before the first step.</summary>
/// <param name="Tasks">The tasks that are learned, in order.</param>
/// <param name="LeftOut">The tasks that were asked for, and that no row of the training set has a label of.</param>
public sealed record TasksProgress(ImmutableArray<string> Tasks, ImmutableArray<string> LeftOut) : TrainingProgress;

/// <summary>Some steps were taken.</summary>
/// <param name="Epoch">From 1.</param>
/// <param name="Epochs">How many epochs the run has.</param>
/// <param name="Step">Steps taken in this epoch.</param>
/// <param name="Steps">Steps of this epoch.</param>
/// <param name="Losses">The mean of each loss term over this epoch's steps so far; <c>total</c> is the sum that is minimised.</param>
/// <param name="LearningRate">The backbone's learning rate; 0 while it is frozen.</param>
/// <param name="ImagesPerSecond">Training rows a second since this process began or resumed training.</param>
/// <param name="Remaining">Time left, judged by the pace so far.</param>
public sealed record StepProgress(
    int Epoch,
    int Epochs,
    int Step,
    int Steps,
    ImmutableSortedDictionary<string, double> Losses,
    double LearningRate,
    double ImagesPerSecond,
    TimeSpan Remaining) : TrainingProgress;

/// <summary>An epoch ended and, where there is a validation set, was evaluated.</summary>
/// <param name="Result">The epoch.</param>
/// <param name="IsBest">Whether its score is the best so far.</param>
public sealed record EpochProgress(EpochResult Result, bool IsBest) : TrainingProgress
{
    /// <summary>Why the run ends with this epoch; null while it goes on.</summary>
    public TrainingStopReason? StopReason { get; init; }
}

/// <summary>One epoch of a run.</summary>
/// <param name="Epoch">From 1.</param>
/// <param name="Losses">The mean of each loss term over the epoch's steps.</param>
/// <param name="Evaluation">The scores on the validation set, or null where it was not evaluated.</param>
/// <param name="Policy">What the pseudo-label policy says of itself, such as the threshold of each class.</param>
/// <param name="Seconds">How long the epoch took, evaluation included.</param>
/// <param name="ImagesPerSecond">Training rows a second, evaluation excluded.</param>
public sealed record EpochResult(
    int Epoch,
    ImmutableSortedDictionary<string, double> Losses,
    EvaluationResult? Evaluation,
    ImmutableSortedDictionary<string, ImmutableArray<double>> Policy,
    double Seconds,
    double ImagesPerSecond);

/// <summary>The scores of a model on a labelled set.</summary>
/// <param name="Score">
/// The monitored score: P_MTL with the three tasks of SS-MFAR, else the sum of the tasks' primary values, without tasks that no row is
/// labelled for; null where undefined.
/// </param>
/// <param name="Tasks">Each task's score, by name.</param>
public sealed record EvaluationResult(double? Score, ImmutableSortedDictionary<string, TaskScore> Tasks);
