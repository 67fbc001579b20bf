using System.Collections.Immutable;
using SsMfar.Reports.Charts;
using SsMfar.Data;

namespace SsMfar.ConsoleApp.Ablation;

/// <summary>What is shown of a table's rows over epochs.</summary>
/// <param name="Caption">What readers see.</param>
/// <param name="Maximum">The top of the scale; null to fit the values.</param>
/// <param name="Value">The value of an epoch.</param>
internal sealed record LearningCurve(string Caption, double? Maximum, Func<EpochPoint, double?> Value)
{
    private static readonly LearningCurve Expression = new("Expression, macro F1", 1, epoch => epoch.Expression);
    private static readonly LearningCurve Loss = new("Loss in training", null, epoch => epoch.Loss);

    public static LearningCurve ConfidentShare { get; } = new("Share of confident rows", 1, epoch => epoch.ConfidentShare);

    /// <summary>Those of a table.</summary>
    public static ImmutableArray<LearningCurve> Of(AblationTable table) => table.Set.Table == 1
        ?
        [
            new("Overall (sum of the three)", null, epoch => epoch.Score),
            Expression,
            new("Action units, mean F1", 1, epoch => epoch.ActionUnits),
            new("Valence and arousal, mean CCC", 1, epoch => epoch.ValenceArousal),
            Loss,
        ]
        : [Expression, Loss];

    /// <summary>A row's thresholds: one a class, or one for all.</summary>
    public static EpochChart Thresholds(AblationRow row, ExpressionClassSet classes)
    {
        int count = row.Runs[0].Epochs[0].Thresholds!.Length;
        string[] names = count == classes.Count ? [.. classes.Names] : ["all classes"];
        return new(
            $"Thresholds of {row.Paper.Method}",
            [.. names.Select((name, i) => new ChartCurve(name, ChartTone.Of(i), row.Mean(epoch => epoch.Thresholds?[i])))],
            row.Epochs,
            1);
    }

    /// <summary>The curves of a table's rows, of which each has a colour of its own in all charts.</summary>
    /// <param name="table">The table.</param>
    /// <param name="rows">The rows to show; null for all that have scores.</param>
    public EpochChart Chart(AblationTable table, Func<AblationRow, bool>? rows = null)
    {
        AblationRow[] finished = [.. table.Rows.Where(row => row.HasScores)];
        return new(
            Caption,
            [
                .. finished.Where(row => rows?.Invoke(row) ?? true)
                    .Select(row => new ChartCurve(row.Paper.Method, ChartTone.Of(table.Rows.IndexOf(row)), row.Mean(Value))),
            ],
            finished.Max(row => row.Epochs),
            Maximum);
    }
}
