using System.Collections.Immutable;

namespace SsMfar.Training;

/// <summary>One epoch of a run.</summary>
/// <param name="epoch">The epoch, from 1.</param>
/// <param name="losses">The mean of each loss term over the epoch's steps.</param>
/// <param name="evaluation">The scores on the validation set, or null where the epoch was not evaluated.</param>
/// <param name="policy">What the pseudo-label policy says of itself.</param>
/// <param name="seconds">How long the epoch took, evaluation included.</param>
/// <param name="imagesPerSecond">The training rows a second, evaluation excluded.</param>
public sealed class EpochResult(
    int epoch,
    ImmutableSortedDictionary<string, double> losses,
    EvaluationResult? evaluation,
    ImmutableSortedDictionary<string, ImmutableArray<double>> policy,
    double seconds,
    double imagesPerSecond)
{
    /// <summary>Gets the epoch, from 1.</summary>
    public int Epoch { get; } = epoch;

    /// <summary>Gets the mean of each loss term over the epoch's steps.</summary>
    public ImmutableSortedDictionary<string, double> Losses { get; } = losses;

    /// <summary>Gets the scores on the validation set, or null where the epoch was not evaluated.</summary>
    public EvaluationResult? Evaluation { get; } = evaluation;

    /// <summary>Gets what the pseudo-label policy says of itself, such as the threshold of each class.</summary>
    public ImmutableSortedDictionary<string, ImmutableArray<double>> Policy { get; } = policy;

    /// <summary>Gets how long the epoch took, evaluation included.</summary>
    public double Seconds { get; } = seconds;

    /// <summary>Gets the training rows a second, evaluation excluded.</summary>
    public double ImagesPerSecond { get; } = imagesPerSecond;
}
