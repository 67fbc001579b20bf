using SsMfar.Data;

namespace SsMfar.Metrics;

/// <summary>How the multi-task challenge judges its three tasks, and how intensities are judged.</summary>
public static class AffectMetrics
{
    /// <summary>Expression: macro F1. Values: <c>macroF1</c>, <c>accuracy</c>, <c>f1.NAME</c>.</summary>
    /// <param name="classes">The classes.</param>
    public static ITaskMetric Expression(ExpressionClassSet classes)
    {
        ArgumentNullException.ThrowIfNull(classes);
        return new CategoricalMetric(classes.Names);
    }

    /// <summary>Action units: mean F1 over all of them. Values: <c>meanF1</c>, <c>f1.AU1</c> and so on.</summary>
    /// <param name="thresholds">The probability over which each unit counts as present, or null for 0.5 each.</param>
    /// <param name="units">The units; the challenge's twelve when null.</param>
    /// <exception cref="ArgumentException">The thresholds are not a probability for each unit.</exception>
    public static ITaskMetric ActionUnits(IReadOnlyList<double>? thresholds = null, ActionUnitSet? units = null) =>
        new MultiLabelMetric((units ?? ActionUnitSet.AffWild2).Names, thresholds);

    /// <summary>
    /// Intensities of action units, of ordinal logits, five a unit: the mean ICC(3,1) over the units with labels. Values: <c>meanIcc</c>,
    /// <c>meanPcc</c>, <c>meanMae</c>, and <c>icc.AU1</c>, <c>pcc.AU1</c>, <c>mae.AU1</c> and so on.
    /// </summary>
    /// <param name="units">The units.</param>
    public static ITaskMetric ActionUnitIntensities(ActionUnitSet units)
    {
        ArgumentNullException.ThrowIfNull(units);
        return new IntensityMetric(units);
    }

    /// <summary>
    /// Valence and arousal, clamped to [-1, 1]: the mean of both concordance correlation coefficients, each over the rows
    /// that have its label; of one where no row has the other. Values: <c>mean</c>,
    /// <c>ccc.valence</c>, <c>ccc.arousal</c>, and the errors under <c>rmse.</c> and <c>mae.</c>.
    /// </summary>
    public static ITaskMetric ValenceArousal() =>
        new RegressionMetric(["valence", "arousal"], RegressionScore.Concordance, -1, 1);
}
