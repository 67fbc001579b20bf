using System.Collections.Immutable;
using SsMfar.Data;

namespace SsMfar.Metrics;

/// <summary>
/// The scores of the multi-task challenge, and of intensities. A task without any label, or without predictions, is null.
/// </summary>
/// <param name="expression">Expression scores.</param>
/// <param name="actionUnits">Action unit scores.</param>
/// <param name="valenceArousal">Valence and arousal scores.</param>
/// <param name="intensities">Scores of action units' intensities, which are no task of the challenge.</param>
public sealed class AffectScores(
    ExpressionScores? expression,
    ActionUnitScores? actionUnits,
    ValenceArousalScores? valenceArousal,
    ActionUnitIntensityScores? intensities = null)
{
    /// <summary>Gets the expression scores.</summary>
    public ExpressionScores? Expression => expression;

    /// <summary>Gets the action unit scores.</summary>
    public ActionUnitScores? ActionUnits => actionUnits;

    /// <summary>Gets the valence and arousal scores.</summary>
    public ValenceArousalScores? ValenceArousal => valenceArousal;

    /// <summary>Gets the scores of action units' intensities.</summary>
    public ActionUnitIntensityScores? Intensities => intensities;

    /// <summary>
    /// Gets P_MTL, the challenge's measure: mean CCC + expression macro F1 + mean action unit F1; null when a task is, or when valence or
    /// arousal alone was judged.
    /// </summary>
    public double? PMtl =>
        ValenceArousal is { Valence: not null, Arousal: not null } ? ValenceArousal.Mean + Expression?.MacroF1 + ActionUnits?.MeanF1 : null;

    /// <summary>
    /// The main numbers in one line, such as <c>expression F1 0.823, action unit F1 0.851, valence/arousal CCC 0.910</c>.
    /// </summary>
    public override string ToString()
    {
        IEnumerable<string> parts =
        [
            .. Part("expression F1", Expression?.MacroF1),
            .. Part("action unit F1", ActionUnits?.MeanF1),
            .. Part("valence/arousal CCC", ValenceArousal?.Mean),
            .. Part("P_MTL", PMtl),
            .. Part("intensity ICC", Intensities?.MeanIcc),
        ];
        string line = string.Join(", ", parts);
        return line.Length > 0 ? line : "nothing was judged";

        static string[] Part(string name, double? value) => value is { } known ? [FormattableString.Invariant($"{name} {known:F3}")] : [];
    }
}

/// <summary>Expression scores.</summary>
/// <param name="macroF1">The mean of <paramref name="f1"/> over all classes.</param>
/// <param name="f1">F1 of each class, 0 for one that never occurs, in the order of the class set.</param>
public sealed class ExpressionScores(double macroF1, ImmutableArray<double> f1)
{
    /// <summary>Gets the mean of <see cref="F1"/> over all classes.</summary>
    public double MacroF1 => macroF1;

    /// <summary>Gets F1 of each class, 0 for one that never occurs, in the order of the class set.</summary>
    public ImmutableArray<double> F1 => f1;
}

/// <summary>Action unit scores.</summary>
/// <param name="meanF1">The mean of <paramref name="f1"/> over all units.</param>
/// <param name="f1">F1 of each unit, 0 for one that never occurs, in the order of <paramref name="units"/>.</param>
/// <param name="units">The units; the challenge's twelve when null.</param>
public sealed class ActionUnitScores(double meanF1, ImmutableArray<double> f1, ActionUnitSet? units = null)
{
    /// <summary>Gets the units that were judged.</summary>
    public ActionUnitSet Units { get; } = units ?? ActionUnitSet.AffWild2;

    /// <summary>Gets the mean of <see cref="F1"/> over all units.</summary>
    public double MeanF1 => meanF1;

    /// <summary>Gets F1 of each unit, 0 for one that never occurs, in the order of <see cref="Units"/>.</summary>
    public ImmutableArray<double> F1 => f1;
}

/// <summary>
/// Valence and arousal scores: concordance correlation coefficients, each over the rows that have its label. One of them is null where no
/// row has it.
/// </summary>
/// <param name="valence">CCC of valence.</param>
/// <param name="arousal">CCC of arousal.</param>
/// <exception cref="ArgumentException">Both are null.</exception>
public sealed class ValenceArousalScores(double? valence, double? arousal)
{
    /// <summary>Gets the CCC of valence; null without a label of it.</summary>
    public double? Valence => valence;

    /// <summary>Gets the CCC of arousal; null without a label of it.</summary>
    public double? Arousal => arousal;

    /// <summary>Gets the mean of both, or the one that there is.</summary>
    public double Mean { get; } = (valence, arousal) switch
    {
        ({ } first, { } second) => (first + second) / 2,
        _ => valence ?? arousal ?? throw new ArgumentException("There is neither a score of valence nor one of arousal.", nameof(valence)),
    };
}
