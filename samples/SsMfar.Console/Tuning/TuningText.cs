using SsMfar.ConsoleApp.Shell;
using SsMfar.Data;
using SsMfar.Metrics;
using SsMfar.Predictions;

namespace SsMfar.ConsoleApp.Tuning;

/// <summary>What tuning gave, for readers.</summary>
internal static class TuningText
{
    /// <summary>What was written. Of several models each gets what their average decides by, whether or not more was gained.</summary>
    public static string Written(string output, bool hasGained, int models) => hasGained ? $"Wrote {output}."
        : models == 1 ? $"Wrote {output}, the model as it was: nothing gained."
        : $"Wrote {output}, which decides as the average of the models does: nothing gained beyond that.";

    /// <summary>What is said of a card whose scores were of what the model decided before.</summary>
    public static string WithoutScores(string output) =>
        $"The card in {output} has no scores any more: they were of other decisions. Give card --scores a report of the tuned model.";

    public static string Of(DecisionTuningResult tuning, ExpressionClassSet classes)
    {
        TextTable parts = new("part", "measure", "untuned", "cross-fitted", "gain", "95% interval", "");
        foreach (TuningPart part in TuningPart.Of(tuning))
        {
            parts.Add(
                part.Name, part.Measure, TextTable.Number(part.Gain.Before), TextTable.Number(part.Gain.CrossFitted),
                TextTable.Number(part.Gain.Gain?.Value), part.Interval, part.Verdict);
        }

        string text = $"{parts}\ncross-fitted: each of {tuning.Folds} parts of the rows decided by what was tuned on the others, what to " +
            "expect on unseen faces\n";
        if (tuning.Expression is { } expression)
        {
            text += $"\ntemperature {TextTable.Number(tuning.ExpressionBefore!.Temperature)}, now " +
                $"{TextTable.Number(expression.Temperature)}\n\n{Expressions(tuning, classes)}";
        }

        return tuning.ActionUnitThresholds is null ? text : $"{text}\n{Units(tuning)}";
    }

    /// <summary>The weights of a decision, 1 each where it has none.</summary>
    public static IReadOnlyList<float> Weights(ExpressionDecision decision, ExpressionClassSet classes) =>
        decision.Weights.IsEmpty ? [.. Enumerable.Repeat(1f, classes.Count)] : decision.Weights;

    /// <summary>The name on the command line.</summary>
    public static string Word(TuningAcceptance acceptance) => acceptance.ToString().ToLowerInvariant();

    private static TextTable Expressions(DecisionTuningResult tuning, ExpressionClassSet classes) => Details(
        "weight",
        classes.Names,
        Weights(tuning.ExpressionBefore!, classes),
        Weights(tuning.Expression!, classes),
        scores => (i => scores.Expression!.F1[i], scores.Expression!.MacroF1),
        tuning);

    private static TextTable Units(DecisionTuningResult tuning) => Details(
        "threshold",
        tuning.Units!.Names,
        tuning.ActionUnitThresholdsBefore!.Value,
        tuning.ActionUnitThresholds!.Value,
        scores => (unit => F1(scores, tuning.Units[unit]), scores.ActionUnits!.MeanF1),
        tuning);

    /// <summary>F1 of a unit of the model; null where the labels are not about it.</summary>
    public static double? F1(AffectScores scores, ActionUnit unit) =>
        scores.ActionUnits is { } units && units.Units.IndexOf(unit) is >= 0 and int place ? units.F1[place] : null;

    private static TextTable Details(
        string what,
        IReadOnlyList<string> names,
        IReadOnlyList<float> before,
        IReadOnlyList<float> after,
        Func<AffectScores, (Func<int, double?> F1, double Mean)> of,
        DecisionTuningResult tuning)
    {
        TextTable table = new("F1", what, "now", "untuned", "cross-fitted", "on these rows");
        (Func<int, double?> F1, double Mean)[] scores =
            [of(tuning.Before.Scores), of(tuning.CrossFitted.Scores), of(tuning.Tuned.Scores)];
        for (int i = 0; i < names.Count; i++)
        {
            string[] own = [.. scores.Select(score => TextTable.Number(score.F1(i)))];
            table.Add([names[i], TextTable.Number(before[i], 3), TextTable.Number(after[i], 3), .. own]);
        }

        return table.Add(["mean", "", "", .. scores.Select(score => TextTable.Number(score.Mean))]);
    }
}
