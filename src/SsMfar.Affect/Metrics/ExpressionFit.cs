using System.Collections.Immutable;
using SsMfar.Data;
using SsMfar.Predictions;

namespace SsMfar.Metrics;

/// <summary>
/// Temperature and weights of expressions: as they were, tuned on all rows, and tuned on each fold's other rows. The temperature is judged
/// here, the weights over what it leaves.
/// </summary>
internal sealed class ExpressionFit
{
    private readonly ExpressionDecision _before;
    private readonly int[] _foldOf;
    private readonly Part _all;
    private readonly Part[] _folds;

    private ExpressionFit(
        ExpressionRows rows, ExpressionDecision before, int[] foldOf, Part all, Part[] folds, DecisionGain temperature, DecisionGain error)
    {
        (Rows, _before, _foldOf, _all, _folds) = (rows, before, foldOf, all, folds);
        (Temperature, CalibrationError) = (temperature, error);
    }

    /// <summary>The labels, and the probabilities before any temperature.</summary>
    public ExpressionRows Rows { get; }

    public DecisionGain Temperature { get; }

    public DecisionGain CalibrationError { get; }

    /// <summary>What is tuned for each row on the folds that it is not in, the temperature where it is kept.</summary>
    public Func<int, ExpressionDecision> Held => HeldWith(weights: true);

    public static ExpressionFit Of(
        AnnotationSet truth,
        ExpressionRows rows,
        ExpressionDecision before,
        int[] foldOf,
        DecisionTuningOptions options,
        CancellationToken cancellationToken)
    {
        int folds = foldOf.Max() + 1;
        int[][] others = [.. Enumerable.Range(0, folds).Select(fold => rows.All.Where(row => foldOf[row] != fold).ToArray())];
        double[] temperatures = [.. others.Select(use => TemperatureScaling.Fit(rows, use))];
        (DecisionGain loss, DecisionGain error) = Judge(
            truth, rows, _ => before.Temperature, row => temperatures[foldOf[row]], options, cancellationToken);
        cancellationToken.ThrowIfCancellationRequested();
        return new(
            rows,
            before,
            foldOf,
            Part.Of(rows, rows.All, before, loss.IsKept ? TemperatureScaling.Fit(rows, rows.All) : before.Temperature),
            [.. others.Select((use, fold) => Part.Of(rows, use, before, loss.IsKept ? temperatures[fold] : before.Temperature))],
            loss,
            error);
    }

    /// <summary>What is tuned on all rows, with or without its weights.</summary>
    public ExpressionDecision Tuned(bool weights) => _all.Decision(_before, weights);

    /// <inheritdoc cref="Held"/>
    public Func<int, ExpressionDecision> HeldWith(bool weights)
    {
        ExpressionDecision[] decisions = [.. _folds.Select(fold => fold.Decision(_before, weights))];
        return row => decisions[_foldOf[row]];
    }

    private static (DecisionGain Loss, DecisionGain Error) Judge(
        AnnotationSet truth,
        ExpressionRows rows,
        Func<int, double> before,
        Func<int, double> after,
        DecisionTuningOptions options,
        CancellationToken cancellationToken)
    {
        BootstrapOptions bootstrap = options.Bootstrap;
        GroupDraws draws = GroupDraws.Of(truth, bootstrap);
        CalibrationOutcome[] first = Outcomes(before), second = Outcomes(after);
        double[] once = draws.Once(Measures);
        double[][] resamples = draws.Score(Measures, bootstrap, null, cancellationToken);
        bool hasInterval = LabelledGroups.Of(truth, draws.GroupOf, truth.Units).Expression;
        DecisionGain loss = DecisionTuning.Gain(once[0], once[1], Interval(4), options);
        ScoreInterval? error = Interval(5);
        return (loss, new(once[2], once[3], error, loss.IsKept));

        ScoreInterval? Interval(int measure) =>
            hasInterval ? ScoreVector.Interval(once[measure], resamples, measure, bootstrap.Level) : null;

        CalibrationOutcome[] Outcomes(Func<int, double> temperature)
        {
            float[] probabilities = new float[rows.Classes];
            return [.. rows.All.Select(row =>
            {
                rows.Row(row).CopyTo(probabilities);
                ExpressionDecision.Raise(probabilities, 1 / temperature(row));
                return CalibrationOutcome.OfExpression(probabilities, rows.Label(row));
            })];
        }

        double[] Measures(ReadOnlySpan<int> counts)
        {
            CalibrationCounts old = new(AffectCalibration.UsualBins), now = new(AffectCalibration.UsualBins);
            for (int i = 0; i < rows.All.Length; i++)
            {
                int count = counts[rows.All[i]];
                old.Add(first[i], count);
                now.Add(second[i], count);
            }

            (double lossBefore, double errorBefore) = old.Summary;
            (double lossAfter, double errorAfter) = now.Summary;
            return [lossBefore, lossAfter, errorBefore, errorAfter, lossBefore - lossAfter, errorBefore - errorAfter];
        }
    }

    /// <summary>What some rows give.</summary>
    /// <param name="Temperature">The temperature, or what it was where it is not kept.</param>
    /// <param name="First">The weights as they were, for this temperature.</param>
    /// <param name="Weights">The tuned weights.</param>
    private sealed record Part(double Temperature, ImmutableArray<float> First, ImmutableArray<float> Weights)
    {
        public static Part Of(ExpressionRows rows, int[] use, ExpressionDecision before, double temperature)
        {
            // Another temperature raises probabilities to a power, and weights to the same one, or they would decide otherwise.
            double power = before.Temperature / temperature;
            ImmutableArray<float> first =
                power == 1 ? before.Weights : [.. before.Weights.Select(weight => (float)Math.Pow(weight, power))];
            ExpressionRows calibrated = rows.With((_, probabilities) => ExpressionDecision.Raise(probabilities, 1 / temperature));
            float[] start = first.IsEmpty ? [.. Enumerable.Repeat(1f, rows.Classes)] : [.. first];
            return new(temperature, first, ExpressionWeightTuning.Tune(calibrated, use, start));
        }

        public ExpressionDecision Decision(ExpressionDecision before, bool weights) =>
            !weights && Temperature == before.Temperature ? before : new(weights ? Weights : First, Temperature);
    }
}
