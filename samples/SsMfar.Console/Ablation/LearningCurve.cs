using System.Collections.Immutable;

namespace SsMfar.ConsoleApp.Ablation;

/// <summary>What is shown of a table's rows over epochs.</summary>
/// <param name="Caption">What readers see.</param>
/// <param name="Maximum">The top of the scale; null to fit the values.</param>
/// <param name="Value">The value of an epoch.</param>
internal sealed record LearningCurve(string Caption, double? Maximum, Func<EpochPoint, double?> Value)
{
    private static readonly LearningCurve Expression = new("Expression, macro F1", 1, epoch => epoch.Expression);
    private static readonly LearningCurve Loss = new("Loss in training", null, epoch => epoch.Loss);

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
}
