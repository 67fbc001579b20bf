using System.Collections.Immutable;

namespace SsMfar.Metrics;

/// <summary>
/// Every score of <see cref="AffectScores"/>, or the difference of two, with its confidence interval. An undefined score is null.
/// </summary>
public sealed record AffectScoreIntervals
{
    /// <summary>P_MTL.</summary>
    public ScoreInterval? PMtl { get; init; }

    /// <summary>The mean F1 of the expressions.</summary>
    public ScoreInterval? ExpressionMacroF1 { get; init; }

    /// <summary>F1 of each class, in the order of the class set.</summary>
    public ImmutableArray<ScoreInterval?> ExpressionF1 { get; init; } = [];

    /// <summary>The mean F1 of the action units.</summary>
    public ScoreInterval? ActionUnitMeanF1 { get; init; }

    /// <summary>F1 of each unit, in the order of <see cref="Data.ActionUnits.All"/>.</summary>
    public ImmutableArray<ScoreInterval?> ActionUnitF1 { get; init; } = [];

    /// <summary>CCC of valence.</summary>
    public ScoreInterval? Valence { get; init; }

    /// <summary>CCC of arousal.</summary>
    public ScoreInterval? Arousal { get; init; }

    /// <summary>The mean CCC of both.</summary>
    public ScoreInterval? ValenceArousalMean { get; init; }

    /// <summary>What was drawn: rows, or groups of them.</summary>
    public int Groups { get; init; }

    /// <summary>How often it was drawn.</summary>
    public int Resamples { get; init; }

    /// <summary>The share of resamples within an interval.</summary>
    public double Level { get; init; }
}
