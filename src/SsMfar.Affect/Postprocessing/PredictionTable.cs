using System.Globalization;
using System.Collections.Immutable;
using SsMfar.Data;
using SsMfar.Imaging;
using SsMfar.Predictions;
using SsMfar.Submissions;

namespace SsMfar.Postprocessing;

/// <summary>
/// Predictions of many images before anything is decided: valence, arousal, the probability of every class and unit, and intensities of
/// units. What smoothing, averaging and tuning work on, since a submission has only decisions. A task that was not predicted is lacking in
/// every row. Immutable.
/// </summary>
public sealed partial class PredictionTable
{
    private const float RoundingAllowed = 1e-5f;

    // Row by row: valence, arousal, classes, units, NaN where a task was not predicted; then intensities, where they were.
    private readonly float[] _values;
    private readonly string[] _images;
    private readonly ExpressionDecision _decision; // weights alone: the temperature is in the probabilities

    /// <summary>Makes a table.</summary>
    /// <param name="predictions">Each image's name and prediction of the same of the built-in tasks; at least of one.</param>
    /// <param name="expressionClasses">The classes, in the order of the probabilities.</param>
    /// <param name="actionUnitThresholds">
    /// A probability in (0, 1) for each unit, above which it is present; those of the first prediction when null.
    /// </param>
    /// <param name="expressionWeights">
    /// A positive weight for each class, by which one is decided; those of the first prediction when null.
    /// </param>
    /// <exception cref="ArgumentException">
    /// An image has an empty name, or one with '..' or a NUL character; a prediction lacks a task that others have, or all, has other
    /// classes or units, or has a number outside its range; or the thresholds or weights do; or those of the first prediction, where none
    /// are given, decide another one otherwise than it was, as may be where predictions were read from JSON, which has neither.
    /// </exception>
    public PredictionTable(
        IEnumerable<(string Image, AffectPrediction Prediction)> predictions,
        ExpressionClassSet expressionClasses,
        IEnumerable<float>? actionUnitThresholds = null,
        IEnumerable<float>? expressionWeights = null)
    {
        ArgumentNullException.ThrowIfNull(predictions);
        ArgumentNullException.ThrowIfNull(expressionClasses);
        (string Image, AffectPrediction Prediction)[] rows = [.. predictions];
        ExpressionClasses = expressionClasses;
        Units = rows.FirstOrDefault().Prediction?.ActionUnits?.Units ?? ActionUnitSet.AffWild2;
        IntensityUnits = rows.FirstOrDefault().Prediction?.ActionUnitIntensities?.Units;
        _images = [.. rows.Select(row => ImageName.Normalize(row.Image ?? ""))];
        _values = [.. rows.SelectMany(row => RowOf(row.Image, row.Prediction, expressionClasses, Units, IntensityUnits))];
        ActionUnitThresholds = [.. actionUnitThresholds ??
            rows.FirstOrDefault().Prediction?.ActionUnits?.Thresholds ?? Enumerable.Repeat(0.5f, Units.Count)];
        _decision = new(expressionWeights ?? rows.FirstOrDefault().Prediction?.Expression?.Decision.Weights);
        Check();
        CheckDecisions(rows, actionUnitThresholds is null, expressionWeights is null);
    }

    internal PredictionTable(
        string[] images,
        float[] values,
        ExpressionClassSet expressionClasses,
        ActionUnitSet units,
        ImmutableArray<float> actionUnitThresholds,
        ImmutableArray<float> expressionWeights,
        ActionUnitSet? intensityUnits)
    {
        Units = units;
        IntensityUnits = intensityUnits;
        (_images, _values, ExpressionClasses, ActionUnitThresholds) = (images, values, expressionClasses, actionUnitThresholds);
        _decision = new(expressionWeights);
        Check();
    }

    /// <summary>Gets the classes, in the order of their probabilities.</summary>
    public ExpressionClassSet ExpressionClasses { get; }

    /// <summary>Gets the action units, in the order of their probabilities.</summary>
    public ActionUnitSet Units { get; }

    /// <summary>Gets the action units whose intensities were predicted; null where none were.</summary>
    public ActionUnitSet? IntensityUnits { get; }

    /// <summary>Gets the thresholds of the units, values in (0, 1): a unit is present where its probability is greater.</summary>
    public ImmutableArray<float> ActionUnitThresholds { get; }

    /// <summary>
    /// Gets the weights of the classes, by which one is decided (<see cref="ExpressionDecision.Weights"/>); empty where the most probable
    /// is.
    /// </summary>
    public ImmutableArray<float> ExpressionWeights => _decision.Weights;

    /// <summary>Gets the number of images.</summary>
    public int Count => _images.Length;

    /// <summary>Gets the images' names.</summary>
    public IReadOnlyList<string> Images => _images;

    /// <summary>Gets whether expressions were predicted.</summary>
    internal bool HasExpression => Has(2);

    /// <summary>Gets whether valence and arousal were predicted.</summary>
    internal bool HasValenceArousal => Has(0);

    /// <summary>Gets whether action units were predicted.</summary>
    internal bool HasActionUnits => Has(FirstUnitColumn);

    internal int Width => FirstIntensityColumn + (IntensityUnits?.Count ?? 0);

    private int FirstUnitColumn => 2 + ExpressionClasses.Count;

    private int FirstIntensityColumn => FirstUnitColumn + Units.Count;

    internal ReadOnlySpan<float> Values => _values;

    /// <summary>A prediction.</summary>
    /// <param name="index">0 to <see cref="Count"/> - 1.</param>
    public AffectPrediction this[int index]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Count, nameof(index));
            ReadOnlySpan<float> row = Row(index);
            return new()
            {
                ValenceArousal = HasValenceArousal ? new(row[0], row[1]) : null,
                Expression = HasExpression ? new(ExpressionClasses, [.. row[2..FirstUnitColumn]], _decision) : null,
                ActionUnits = HasActionUnits
                    ? new([.. row[FirstUnitColumn..FirstIntensityColumn]], ActionUnitThresholds, Units) : null,
                ActionUnitIntensities = IntensityUnits is { } units ? new([.. row[FirstIntensityColumn..]], units) : null,
            };
        }
    }

    /// <summary>
    /// Decisions as if they were sure: probability 1 for the class and the units that a submission names, 0 for the others.
    /// </summary>
    /// <param name="submission">The decisions.</param>
    public static PredictionTable FromSubmission(Submission submission)
    {
        ArgumentNullException.ThrowIfNull(submission);
        ExpressionClassSet classes = submission.ExpressionClasses;
        return new(submission.Select(row => (row.Image, Sure(row, classes))), classes);
    }

    /// <summary>
    /// The decisions in the challenge's submission format: the class of the highest product of weight and probability, and the units above
    /// their thresholds. The format has the challenge's twelve units: where a table lacks one of them, units are marked as not predicted,
    /// and units beyond them have no place in it.
    /// </summary>
    /// <exception cref="ArgumentException">Nothing is left to submit: units were predicted alone, and not the twelve.</exception>
    public Submission ToSubmission() => new(Enumerable.Range(0, Count).Select(Decide), ExpressionClasses);

    /// <summary>The prediction of each annotated image, found by name.</summary>
    /// <param name="annotations">The annotated images; an image annotated twice is given its prediction twice.</param>
    /// <returns>For each row of <paramref name="annotations"/>, the index of its prediction here.</returns>
    /// <exception cref="SubmissionMismatchException">An image is missing, not annotated, or predicted more than once.</exception>
    public int[] MatchTo(AnnotationSet annotations)
    {
        ArgumentNullException.ThrowIfNull(annotations);
        return Submission.Match(_images, annotations);
    }

    /// <summary>The same predictions with other thresholds.</summary>
    /// <param name="thresholds">A probability in (0, 1) for each unit.</param>
    /// <exception cref="ArgumentException">They are not as many as units, or one is outside (0, 1).</exception>
    public PredictionTable WithThresholds(IEnumerable<float> thresholds) =>
        new(_images, _values, ExpressionClasses, Units, [.. thresholds], ExpressionWeights, IntensityUnits);

    /// <summary>The same predictions with other weights of the classes.</summary>
    /// <param name="weights">A positive weight for each class.</param>
    /// <exception cref="ArgumentException">There are not as many as classes, or one is not a positive number.</exception>
    public PredictionTable WithExpressionWeights(IEnumerable<float> weights) =>
        new(_images, _values, ExpressionClasses, Units, ActionUnitThresholds, [.. weights], IntensityUnits);

    internal ReadOnlySpan<float> Row(int index) => _values.AsSpan(index * Width, Width);

    private SubmissionRow Decide(int index)
    {
        AffectPrediction prediction = this[index];
        ActionUnitLabels units = ActionUnitLabels.Unknown;
        if (prediction.ActionUnits is { } decided && (ActionUnitSet.AffWild2.Mask & ~decided.Units.Mask) == 0)
        {
            foreach (ActionUnit unit in ActionUnits.All)
            {
                units = units.With(unit, decided[unit]);
            }
        }

        return new(_images[index], prediction.ValenceArousal?.Valence, prediction.ValenceArousal?.Arousal, prediction.Expression?.Index,
            units);
    }

    // The first column of a column's task.
    private int FirstOf(int column) =>
        column < 2 ? 0 : column < FirstUnitColumn ? 2 : column < FirstIntensityColumn ? FirstUnitColumn : FirstIntensityColumn;

    // The first row tells of all: the check has seen to that.
    private bool Has(int column) => Count == 0 || !float.IsNaN(_values[column]);

    private static AffectPrediction Sure(in SubmissionRow row, ExpressionClassSet classes)
    {
        int? expression = row.Expression;
        ActionUnitLabels units = row.ActionUnits;
        return new()
        {
            ValenceArousal = row is { Valence: { } valence, Arousal: { } arousal } ? new((float)valence, (float)arousal) : null,
            Expression = expression is null ? null : new(classes, [.. Enumerable.Range(0, classes.Count).Select(i => i == expression
                ? 1f : 0f)]),
            ActionUnits = !units.AnyKnown ? null : new(
                [.. Enumerable.Range(0, ActionUnits.Count).Select(unit => units[unit] == true ?
                    1f :
                    0f)], [.. Enumerable.Repeat(0.5f, ActionUnits.Count)]),
        };
    }

    private static IEnumerable<float> RowOf(
        string image, AffectPrediction prediction, ExpressionClassSet classes, ActionUnitSet units, ActionUnitSet? intensityUnits)
    {
        if (!Equals(prediction.ActionUnitIntensities?.Units, intensityUnits))
        {
            throw new ArgumentException(
                $"The prediction of {image} has intensities of {prediction.ActionUnitIntensities?.Units.ToString() ?? "no unit"}, " +
                    $"expected those of {intensityUnits?.ToString() ?? "no unit"}. A task is predicted whole, and for all images or none.");
        }

        if (prediction.ActionUnits is { } read && !read.Units.Equals(units))
        {
            throw new ArgumentException($"The prediction of {image} has the units {read.Units}, expected {units}.");
        }

        if (prediction.Expression is { } other && !other.Classes.Equals(classes))
        {
            throw new ArgumentException($"The prediction of {image} has the classes {other.Classes}, expected {classes}.");
        }

        if (prediction.ValenceArousal is { } affect && float.IsNaN(affect.Valence + affect.Arousal)
            || prediction.Expression is { } named && named.Probabilities.Any(float.IsNaN) || prediction.ActionUnits is { } present
                && present.Probabilities.Any(float.IsNaN))
        {
            throw new ArgumentException($"The prediction of {image} has a number that is NaN.");
        }

        return
        [
            prediction.ValenceArousal?.Valence ?? float.NaN,
            prediction.ValenceArousal?.Arousal ?? float.NaN,
            .. prediction.Expression is { } expression
                ? expression.Probabilities.Select(Rounded) : Enumerable.Repeat(float.NaN, classes.Count),
            .. prediction.ActionUnits is { } found ? found.Probabilities.Select(Rounded) : Enumerable.Repeat(float.NaN, units.Count),
            .. prediction.ActionUnitIntensities?.Values ?? [],
        ];
    }

    // Where thresholds or weights are the first prediction's, none may be decided otherwise by them than by its own.
    private void CheckDecisions((string Image, AffectPrediction Prediction)[] rows, bool byThresholds, bool byWeights)
    {
        for (int i = 0; i < rows.Length && (byThresholds || byWeights); i++)
        {
            AffectPrediction own = rows[i].Prediction, here = this[i];
            for (int unit = 0; byThresholds && own.ActionUnits is { } units && unit < Units.Count; unit++)
            {
                if (units[unit] != here.ActionUnits![unit])
                {
                    throw new ArgumentException(
                        $"The prediction of {_images[i]} has {Units.Names[unit]} {(units[unit] ? "present" : "absent")}, and by the " +
                        $"thresholds of the first prediction it would be {(units[unit] ? "absent" : "present")}. Give the thresholds " +
                        "that all were decided by as actionUnitThresholds.");
                }
            }

            if (byWeights && own.Expression is { } expression && here.Expression!.Index != expression.Index)
            {
                throw new ArgumentException(
                    $"The prediction of {_images[i]} is {expression.Name}, and by the weights of the first prediction it would be " +
                    $"{here.Expression.Name}. Give the weights that all were decided by as expressionWeights.");
            }
        }
    }

    // A softmax in single precision may end a rounding above 1.
    private static float Rounded(float probability) => probability is > 1 and < 1 + RoundingAllowed ? 1 : probability;

    private void Check()
    {
        for (int i = 0; i < _images.Length; i++)
        {
            if (ImageName.Fault(_images[i]) is { } fault)
            {
                throw new ArgumentException($"Row {i}: {fault}");
            }
        }

        if (ActionUnitThresholds.Length != Units.Count || ActionUnitThresholds.Any(threshold => threshold is not (> 0 and < 1)))
        {
            throw new ArgumentException($"Expected {Units.Count} thresholds between 0 and 1.");
        }

        if (!ExpressionWeights.IsEmpty && ExpressionWeights.Length != ExpressionClasses.Count)
        {
            throw new ArgumentException(
                $"Expected a weight for each of {ExpressionClasses.Count} classes, got {ExpressionWeights.Length}.");
        }

        if (Count > 0 && !HasExpression && !HasValenceArousal && !HasActionUnits && IntensityUnits is null)
        {
            throw new ArgumentException(
                $"The prediction of {_images[0]} has none of expression, valence and arousal, action units, and their intensities.");
        }

        for (int i = 0; i < _values.Length; i++)
        {
            int lowest = i % Width < 2 ? -1 : 0, highest = i % Width < FirstIntensityColumn ? 1 : ActionUnitIntensities.Highest;
            bool isLacking = !Has(FirstOf(i % Width));
            if (float.IsNaN(_values[i]) != isLacking)
            {
                throw new ArgumentException(
                    $"The prediction of {_images[i / Width]} has part of a task, or other tasks than that of {_images[0]}. " +
                    "A task is predicted whole, and for all images or for none.");
            }

            if (!isLacking && !(_values[i] >= lowest && _values[i] <= highest))
            {
                string what = lowest < 0 ? "the valence or arousal" : highest == 1 ? "the probability" : "the intensity";
                throw new ArgumentException(string.Create(CultureInfo.InvariantCulture,
                    $"The prediction of {_images[i / Width]} has {what} {_values[i]}, outside [{lowest}, {highest}]."));
            }
        }
    }
}
