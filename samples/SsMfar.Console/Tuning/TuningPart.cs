using System.Collections.Immutable;
using SsMfar.ConsoleApp.Shell;
using SsMfar.Metrics;

namespace SsMfar.ConsoleApp.Tuning;

/// <summary>A part of tuning and what it is worth.</summary>
/// <param name="Name">What was tuned.</param>
/// <param name="Measure">By what it is measured.</param>
/// <param name="Gain">What it is worth.</param>
/// <param name="IsJudge">Whether it is kept by this measure.</param>
internal sealed record TuningPart(string Name, string Measure, DecisionGain Gain, bool IsJudge)
{
    /// <summary>The ends of the interval.</summary>
    public string Interval => Gain.Gain is { } gain ? $"{TextTable.Number(gain.Low)} to {TextTable.Number(gain.High)}" : "-";

    /// <summary>Whether it is kept, and if not, why.</summary>
    public string Verdict => !IsJudge ? ""
        : Gain.IsKept ? Gain.Gain is { Low: > 0 } ? "kept" : Gain.Gain is { Value: > 0 } ? "kept; may be chance" : "kept without a gain"
        : Gain.Gain is not { } gain ? "left off: all labels are in one group"
        : gain.Value > 0 ? "left off: may be chance"
        : "left off: no gain";

    public static ImmutableArray<TuningPart> Of(DecisionTuningResult tuning)
    {
        (string Name, string Measure, DecisionGain? Gain, bool IsJudge)[] parts =
        [
            ("temperature", "negative log likelihood", tuning.Temperature, true),
            ("", "calibration error (ECE)", tuning.CalibrationError, false),
            ("weights of expressions", "macro F1", tuning.ExpressionWeights, true),
            ("thresholds of units", "mean F1", tuning.Thresholds, true),
        ];
        return [.. parts.Where(part => part.Gain is not null)
            .Select(part => new TuningPart(part.Name, part.Measure, part.Gain!, part.IsJudge))];
    }
}
