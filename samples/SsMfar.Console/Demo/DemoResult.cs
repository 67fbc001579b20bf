using System.Collections.Immutable;
using SsMfar.Data;
using SsMfar.Metrics;
using SsMfar.Predictions;
using SsMfar.Training;

namespace SsMfar.ConsoleApp.Demo;

/// <summary>What the demonstration found out.</summary>
internal sealed record DemoResult
{
    public required DemoSettings Settings { get; init; }

    /// <summary>The recipe and variant that were trained.</summary>
    public required string Method { get; init; }

    public required ExpressionClassSet Classes { get; init; }

    /// <summary>The model's scores on unseen people.</summary>
    public required AffectScores Scores { get; init; }

    /// <summary>The scores of ridge regression on pixels.</summary>
    public required AffectScores Ridge { get; init; }

    public required ImmutableArray<EpochResult> History { get; init; }

    public required int BestEpoch { get; init; }

    public required double ImagesPerSecond { get; init; }

    public required double Seconds { get; init; }

    public required ImmutableArray<DemoFace> Faces { get; init; }
}

/// <summary>A face on the page.</summary>
/// <param name="Truth">Its labels.</param>
/// <param name="Prediction">What the model reads in it.</param>
/// <param name="Picture">An encoded picture of it.</param>
internal sealed record DemoFace(AnnotationRow Truth, AffectPrediction Prediction, byte[] Picture);
