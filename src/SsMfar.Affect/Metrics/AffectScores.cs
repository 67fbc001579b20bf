using System.Collections.Immutable;

namespace SsMfar.Metrics;

/// <summary>The scores of the multi-task challenge. A task without any label, or without predictions, is null.</summary>
/// <param name="Expression">Expression scores.</param>
/// <param name="ActionUnits">Action unit scores.</param>
/// <param name="ValenceArousal">Valence and arousal scores.</param>
public sealed record AffectScores(ExpressionScores? Expression, ActionUnitScores? ActionUnits, ValenceArousalScores? ValenceArousal)
{
    /// <summary>P_MTL, the challenge's measure: mean CCC + expression macro F1 + mean action unit F1; null when a task is.</summary>
    public double? PMtl => ValenceArousal?.Mean + Expression?.MacroF1 + ActionUnits?.MeanF1;

    /// <summary>The main numbers in one line, such as <c>expression F1 0.823, action unit F1 0.851, valence/arousal CCC 0.910</c>.</summary>
    public override string ToString()
    {
        IEnumerable<string> parts =
        [
            .. Part("expression F1", Expression?.MacroF1),
            .. Part("action unit F1", ActionUnits?.MeanF1),
            .. Part("valence/arousal CCC", ValenceArousal?.Mean),
            .. Part("P_MTL", PMtl),
        ];
        string line = string.Join(", ", parts);
        return line.Length > 0 ? line : "nothing was judged";

        static string[] Part(string name, double? value) => value is { } known ? [FormattableString.Invariant($"{name} {known:F3}")] : [];
    }
}

/// <summary>Expression scores.</summary>
/// <param name="MacroF1">The mean of <paramref name="F1"/> over all classes.</param>
/// <param name="F1">F1 of each class, 0 for one that never occurs, in the order of the class set.</param>
public sealed record ExpressionScores(double MacroF1, ImmutableArray<double> F1)
{
    /// <inheritdoc/>
    public bool Equals(ExpressionScores? other) =>
        other is not null && MacroF1.Equals(other.MacroF1) && F1.AsSpan().SequenceEqual(other.F1.AsSpan());

    /// <inheritdoc/>
    public override int GetHashCode() => MacroF1.GetHashCode();
}

/// <summary>Action unit scores.</summary>
/// <param name="MeanF1">The mean of <paramref name="F1"/> over all twelve units.</param>
/// <param name="F1">F1 of each unit, 0 for one that never occurs, in the order of <see cref="Data.ActionUnits.All"/>.</param>
public sealed record ActionUnitScores(double MeanF1, ImmutableArray<double> F1)
{
    /// <inheritdoc/>
    public bool Equals(ActionUnitScores? other) =>
        other is not null && MeanF1.Equals(other.MeanF1) && F1.AsSpan().SequenceEqual(other.F1.AsSpan());

    /// <inheritdoc/>
    public override int GetHashCode() => MeanF1.GetHashCode();
}

/// <summary>Valence and arousal scores: concordance correlation coefficients.</summary>
/// <param name="Valence">CCC of valence.</param>
/// <param name="Arousal">CCC of arousal.</param>
public sealed record ValenceArousalScores(double Valence, double Arousal)
{
    /// <summary>The mean of both.</summary>
    public double Mean => (Valence + Arousal) / 2;
}
