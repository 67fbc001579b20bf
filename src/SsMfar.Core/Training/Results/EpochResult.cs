using System.Collections.Immutable;

namespace SsMfar.Training;

/// <summary>One epoch of a run.</summary>
public sealed class EpochResult
{
    /// <summary>Gets the epoch, from 1.</summary>
    public required int Epoch { get; init; }

    /// <summary>Gets the mean of each loss term over the epoch's steps.</summary>
    public required ImmutableSortedDictionary<string, double> Losses { get; init; }

    /// <summary>Gets the scores on the validation set, or null where the epoch was not evaluated.</summary>
    public EvaluationResult? Evaluation { get; init; }

    /// <summary>Gets what the pseudo-label policy says of itself, such as the threshold of each class.</summary>
    public ImmutableSortedDictionary<string, ImmutableArray<double>> Policy { get; init; } =
        ImmutableSortedDictionary<string, ImmutableArray<double>>.Empty;

    /// <summary>Gets how long the epoch took, evaluation included.</summary>
    public double Seconds { get; init; }

    /// <summary>Gets the training rows a second, evaluation excluded.</summary>
    public double ImagesPerSecond { get; init; }
}
