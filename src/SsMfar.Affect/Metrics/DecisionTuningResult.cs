using System.Collections.Immutable;
using SsMfar.Data;
using SsMfar.Predictions;

namespace SsMfar.Metrics;

/// <summary>
/// Tuned decisions and what each part of them is worth. A part that did not gain as <see cref="DecisionTuningOptions.Acceptance"/> asks is
/// left as it was. What is null has no label, or the model has no such task.
/// </summary>
public sealed class DecisionTuningResult
{
    internal DecisionTuningResult(DecisionScores before, DecisionScores crossFitted, DecisionScores tuned, int folds) =>
        (Before, CrossFitted, Tuned, Folds) = (before, crossFitted, tuned, folds);

    /// <summary>Gets the temperature and weights to decide by: tuned on all rows where that gains, else as they were.</summary>
    public ExpressionDecision? Expression { get; internal init; }

    /// <summary>Gets temperature and weights as they were.</summary>
    public ExpressionDecision? ExpressionBefore { get; internal init; }

    /// <summary>Gets the model's action units, which the thresholds follow; null for a model without that task.</summary>
    public ActionUnitSet? Units { get; internal init; }

    /// <summary>Gets the thresholds of the model's units to decide by: tuned on all rows where that gains, else as they were.</summary>
    public ImmutableArray<float>? ActionUnitThresholds { get; internal init; }

    /// <summary>Gets the thresholds as they were.</summary>
    public ImmutableArray<float>? ActionUnitThresholdsBefore { get; internal init; }

    /// <summary>Gets what the temperature is worth in negative log likelihood, by which it is judged.</summary>
    public DecisionGain? Temperature { get; internal init; }

    /// <summary>Gets what the temperature is worth in expected calibration error.</summary>
    public DecisionGain? CalibrationError { get; internal init; }

    /// <summary>Gets what the weights of the classes are worth in macro F1.</summary>
    public DecisionGain? ExpressionWeights { get; internal init; }

    /// <summary>Gets what the thresholds are worth in mean F1.</summary>
    public DecisionGain? Thresholds { get; internal init; }

    /// <summary>Gets the scores with the decisions as they were.</summary>
    public DecisionScores Before { get; }

    /// <summary>
    /// Gets the scores when each fold of the rows is decided by what was tuned on the others, parts that are not kept left as they were:
    /// what to expect on unseen rows.
    /// </summary>
    public DecisionScores CrossFitted { get; }

    /// <summary>Gets the scores on the very rows that the decisions were tuned on, which flatter them.</summary>
    public DecisionScores Tuned { get; }

    /// <summary>Gets how many folds there were.</summary>
    public int Folds { get; }

    /// <summary>Gets whether any part is kept.</summary>
    public bool AnyKept => Temperature is { IsKept: true } || ExpressionWeights is { IsKept: true } || Thresholds is { IsKept: true };
}

/// <summary>What a part of tuning is worth on rows that it was not tuned on.</summary>
public sealed class DecisionGain
{
    internal DecisionGain(double before, double crossFitted, ScoreInterval? gain, bool isKept) =>
        (Before, CrossFitted, Gain, IsKept) = (before, crossFitted, gain, isKept);

    /// <summary>Gets the measure without it.</summary>
    public double Before { get; }

    /// <summary>Gets the measure when each fold of the rows is decided by what was tuned on the others.</summary>
    public double CrossFitted { get; }

    /// <summary>
    /// Gets by how much the measure is better, with the interval of a paired bootstrap: above 0 is a gain, of losses and errors too. Null
    /// where all labels are in one group.
    /// </summary>
    public ScoreInterval? Gain { get; }

    /// <summary>Gets whether the part is kept.</summary>
    public bool IsKept { get; }
}

/// <summary>How well decisions fit labels, and how far probabilities can be believed.</summary>
public sealed class DecisionScores
{
    internal DecisionScores(AffectScores scores, AffectCalibration calibration) => (Scores, Calibration) = (scores, calibration);

    /// <summary>Gets the challenge's scores.</summary>
    public AffectScores Scores { get; }

    /// <summary>Gets how far the probabilities can be believed.</summary>
    public AffectCalibration Calibration { get; }
}
