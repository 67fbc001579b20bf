using System.Collections.Immutable;
using SsMfar.Data;

namespace SsMfar.Metrics;

/// <summary>
/// Every score of <see cref="AffectScores"/>, or the difference of two, with its confidence interval. An undefined score is null.
/// </summary>
public sealed class AffectScoreIntervals
{
    internal AffectScoreIntervals()
    {
    }

    /// <summary>Gets P_MTL.</summary>
    public ScoreInterval? PMtl { get; internal init; }

    /// <summary>Gets the mean F1 of the expressions.</summary>
    public ScoreInterval? ExpressionMacroF1 { get; internal init; }

    /// <summary>Gets F1 of each class, in the order of the class set.</summary>
    public ImmutableArray<ScoreInterval?> ExpressionF1 { get; internal init; } = [];

    /// <summary>Gets the mean F1 of the action units.</summary>
    public ScoreInterval? ActionUnitMeanF1 { get; internal init; }

    /// <summary>Gets the action units that were judged.</summary>
    public ActionUnitSet Units { get; internal init; } = ActionUnitSet.AffWild2;

    /// <summary>Gets F1 of each unit, in the order of <see cref="Units"/>.</summary>
    public ImmutableArray<ScoreInterval?> ActionUnitF1 { get; internal init; } = [];

    /// <summary>Gets CCC of valence.</summary>
    public ScoreInterval? Valence { get; internal init; }

    /// <summary>Gets CCC of arousal.</summary>
    public ScoreInterval? Arousal { get; internal init; }

    /// <summary>Gets the mean CCC of both.</summary>
    public ScoreInterval? ValenceArousalMean { get; internal init; }

    /// <summary>Gets the number of what was drawn: rows, or groups of them.</summary>
    public int Groups { get; internal init; }

    /// <summary>Gets how often it was drawn.</summary>
    public int Resamples { get; internal init; }

    /// <summary>Gets the share of resamples within an interval.</summary>
    public double Level { get; internal init; }
}
