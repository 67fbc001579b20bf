using System.Collections.Immutable;
using SsMfar.Data;
using SsMfar.Metrics;
using SsMfar.Predictions;

namespace SsMfar.Inference;

/// <summary>How well a model reads annotated faces: its scores and the predictions that they come from.</summary>
public sealed class AffectEvaluation
{
    private readonly AffectScorer _scorer;

    internal AffectEvaluation(AnnotationSet annotations, ImmutableArray<AffectPrediction> predictions)
    {
        Annotations = annotations;
        Predictions = predictions;
        _scorer = AffectScorer.For(annotations, predictions.FirstOrDefault());
        for (int row = 0; row < predictions.Length; row++)
        {
            _scorer.Add(annotations, row, predictions[row]);
        }

        Scores = _scorer.Compute();
        Calibration = AffectCalibration.Of(annotations, predictions);
    }

    /// <summary>Gets the labels.</summary>
    public AnnotationSet Annotations { get; }

    /// <summary>Gets the prediction for each row of <see cref="Annotations"/>, in order.</summary>
    public ImmutableArray<AffectPrediction> Predictions { get; }

    /// <summary>Gets the scores of the multi-task challenge. A task is null where the model lacks it or no row has a label of it.</summary>
    public AffectScores Scores { get; }

    /// <summary>Gets how far the probabilities can be believed: expected calibration error, negative log likelihood, Brier score.</summary>
    public AffectCalibration Calibration { get; }

    /// <summary>Gets the true against the predicted expression of the rows with a known one.</summary>
    public ConfusionMatrix Confusion => _scorer.Expression;

    /// <summary>Computes the scores with their confidence intervals.</summary>
    /// <param name="options">How to resample; the defaults when null.</param>
    /// <param name="progress">Told the number of resamples done, from several threads.</param>
    /// <param name="cancellationToken">Stops between two resamples.</param>
    /// <exception cref="ArgumentException">
    /// An option is out of range, or there are fewer than two rows, or groups by <see cref="BootstrapOptions.GroupBy"/>.
    /// </exception>
    /// <exception cref="OperationCanceledException">The computation was cancelled.</exception>
    public AffectScoreIntervals Intervals(
        BootstrapOptions? options = null, IProgress<int>? progress = null, CancellationToken cancellationToken = default) =>
        Bootstrap.Score(Annotations, new WeightedRows(Annotations, Predictions), options, progress, cancellationToken);

    /// <summary>
    /// Tunes the thresholds of the action units on these rows, starting from the model's, and measures by cross-fitting in five folds what
    /// tuning is worth. Write them to the model file with <c>ModelMetadata.WithActionUnitThresholds</c>.
    /// </summary>
    /// <param name="groupBy">
    /// The group of an image, such as <see cref="ImageGroups.Video"/>: a group's rows are all in one fold. Null: rows are split one by one.
    /// </param>
    /// <param name="seed">Chooses the folds.</param>
    /// <exception cref="ArgumentException">There are fewer than two rows or groups.</exception>
    /// <exception cref="InvalidOperationException">The model has no action units.</exception>
    public ThresholdTuningResult TuneThresholds(Func<string, string>? groupBy = null, long seed = 0)
    {
        if (Predictions is not [{ ActionUnits: { } first }, ..])
        {
            throw new InvalidOperationException("The model predicts no action units, so there are no thresholds to tune.");
        }

        float[] probabilities = [.. Predictions.SelectMany(prediction => prediction.ActionUnits!.Probabilities)];
        return ThresholdTuning.CrossFit(Annotations, probabilities, first.Thresholds, groupBy, seed, first.Units);
    }

    /// <summary>
    /// Tunes all that is decided on these rows, starting from the model's: the temperature and the weights of the expressions, and the
    /// thresholds of the action units. Each part is judged by cross-fitting, and left as it was where that does not gain. Write the result
    /// to the model file with <see cref="TunedMetadata.WithDecisions"/>.
    /// </summary>
    /// <param name="options">How to tune and judge; the defaults when null.</param>
    /// <param name="cancellationToken">Stops between two steps.</param>
    /// <exception cref="ArgumentException">An option is out of range, or there are fewer than two rows or groups.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public DecisionTuningResult TuneDecisions(DecisionTuningOptions? options = null, CancellationToken cancellationToken = default) =>
        DecisionTuning.CrossFit(Annotations, Predictions, options, cancellationToken);
}
