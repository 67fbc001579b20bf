using System.Collections.Immutable;
using SsMfar.Reports.Charts;
using SsMfar.ConsoleApp.Commands;
using SsMfar.Reports.Pages;
using SsMfar.ConsoleApp.Shell;
using SsMfar.Data;
using SsMfar.Metrics;

namespace SsMfar.ConsoleApp.Tuning;

/// <summary>What the page of tuning shows.</summary>
internal sealed class TuningView(DecisionTuningResult tuning, ExpressionClassSet classes, TuningArguments arguments)
{
    private const string Diagonal = "as sure as right";

    public ImmutableArray<string> Models => arguments.Models;

    public string Annotations => arguments.Annotations;

    public int Folds => tuning.Folds;

    public string Grouping => arguments.Grouping.Word();

    public ImmutableArray<PartView> Parts => [.. TuningPart.Of(tuning).Select(part => new PartView(
        part.Name, part.Measure, TextTable.Number(part.Gain.Before), TextTable.Number(part.Gain.CrossFitted),
        TextTable.Number(part.Gain.Gain?.Value), part.Interval, part.Verdict))];

    public ImmutableArray<FigureView> Diagrams =>
    [
        .. Diagram(
            "The most probable expression: how sure, and how often right", ChartTone.Expression, calibration => calibration.Expression,
            withCrossFitted: tuning.Temperature is { IsKept: true }),
        .. Diagram(
            "Action units: how probable, and how often present", ChartTone.ActionUnits, calibration => calibration.ActionUnits,
            withCrossFitted: false),
    ];

    public ImmutableArray<RowView> Expressions => tuning.Expression is { } decision
        ? Rows(classes.Names, TuningText.Weights(tuning.ExpressionBefore!, classes), TuningText.Weights(decision, classes),
            (scores, i) => scores.Expression?.F1[i], _ => null)
        : [];

    public ImmutableArray<RowView> Units => tuning.ActionUnitThresholds is { } thresholds
        ? Rows(tuning.Units!.Names, tuning.ActionUnitThresholdsBefore!.Value, thresholds,
            (scores, unit) => TuningText.F1(scores, tuning.Units[unit]), unit => tuning.Before.Calibration.PerUnit[unit])
        : [];

    private ImmutableArray<RowView> Rows(
        IReadOnlyList<string> names,
        IReadOnlyList<float> before,
        IReadOnlyList<float> after,
        Func<AffectScores, int, double?> f1,
        Func<int, CalibrationScores?> calibration) =>
        [.. names.Select((name, i) => new RowView(
            name,
            TextTable.Number(before[i], 3),
            TextTable.Number(after[i], 3),
            TextTable.Number(f1(tuning.Before.Scores, i), 3),
            TextTable.Number(f1(tuning.CrossFitted.Scores, i), 3),
            TextTable.Number(f1(tuning.Tuned.Scores, i), 3),
            TextTable.Number(calibration(i)?.ExpectedCalibrationError, 3)))];

    private IEnumerable<FigureView> Diagram(
        string caption, ChartTone tone, Func<AffectCalibration, CalibrationScores?> of, bool withCrossFitted)
    {
        if (of(tuning.Before.Calibration) is not { } before)
        {
            yield break;
        }

        List<ReliabilityCurve> curves = [new($"untuned, ECE {Error(before)}", withCrossFitted ? ChartTone.Of(0) : tone, before.Bins)];
        if (withCrossFitted && of(tuning.CrossFitted.Calibration) is { } after)
        {
            curves.Add(new($"with the temperature, cross-fitted, ECE {Error(after)}", tone, after.Bins));
        }

        yield return FigureView.OfReliability(new ReliabilityChart(caption, [.. curves]), Diagonal);
    }

    private static string Error(CalibrationScores scores) => TextTable.Number(scores.ExpectedCalibrationError, 3);

    /// <summary>A part of tuning.</summary>
    internal sealed record PartView(
        string Name, string Measure, string Before, string CrossFitted, string Gain, string Interval, string Verdict);

    /// <summary>A class or a unit.</summary>
    internal sealed record RowView(
        string Name, string Before, string Now, string Untuned, string CrossFitted, string Tuned, string Error);
}
