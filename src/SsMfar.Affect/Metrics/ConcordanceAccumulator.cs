namespace SsMfar.Metrics;

/// <summary>
/// The concordance correlation coefficient (Lin, 1989) of any number of pairs in constant memory:
/// <c>2 cov / (var p + var t + (mean p - mean t)^2)</c> with population moments and no epsilon. Moments are updated as by Welford and
/// joined as by Chan et al., about the first pair as origin, so that large offsets cost no digits. Not safe for writing from several
/// threads.
/// </summary>
public sealed class ConcordanceAccumulator
{
    private double _originPrediction; // the first pair; means are kept relative to it
    private double _originTruth;
    private double _meanPrediction;
    private double _meanTruth;
    private double _squaresPrediction; // sums of squared deviations and their product
    private double _squaresTruth;
    private double _products;

    /// <summary>Gets or sets the pairs taken in.</summary>
    public long Count { get; private set; }

    /// <summary>
    /// Gets the coefficient, in [-1, 1]; 0 where the denominator is 0 (both sides one and the same constant); null without a pair.
    /// </summary>
    public double? Value
    {
        get
        {
            if (Count == 0)
            {
                return null;
            }

            double shift = (_originPrediction - _originTruth) + (_meanPrediction - _meanTruth);
            double denominator = (_squaresPrediction + _squaresTruth) / Count + shift * shift;
            return denominator == 0 ? 0 : 2 * (_products / Count) / denominator;
        }
    }

    /// <summary>
    /// Gets ICC(3,1) of Shrout and Fleiss (1979) for two raters, (BMS - EMS) / (BMS + EMS), which is 2 cov / (var p + var t); 0 where
    /// neither side varies; null without a pair.
    /// </summary>
    internal double? Consistency =>
        Count == 0 ? null : _squaresPrediction + _squaresTruth is var spread && spread == 0 ? 0 : 2 * _products / spread;

    /// <summary>Gets Pearson's correlation; 0 where a side does not vary; null without a pair.</summary>
    internal double? Correlation =>
        Count == 0 ? null : Math.Sqrt(_squaresPrediction) * Math.Sqrt(_squaresTruth) is var spread && spread == 0 ? 0 : _products / spread;

    /// <summary>The coefficient of two sequences.</summary>
    /// <param name="predictions">Finite values.</param>
    /// <param name="truths">As many finite values.</param>
    /// <returns>As <see cref="Value"/>.</returns>
    /// <exception cref="ArgumentException">The lengths differ or a value is not finite.</exception>
    internal static double? Of(ReadOnlySpan<double> predictions, ReadOnlySpan<double> truths)
    {
        if (predictions.Length != truths.Length)
        {
            throw new ArgumentException($"There are {predictions.Length} predictions for {truths.Length} truths.");
        }

        ConcordanceAccumulator accumulator = new();
        for (int i = 0; i < predictions.Length; i++)
        {
            accumulator.Add(predictions[i], truths[i]);
        }

        return accumulator.Value;
    }

    /// <summary>Takes a pair in.</summary>
    /// <param name="prediction">A finite value; not clamped here.</param>
    /// <param name="truth">A finite value.</param>
    /// <exception cref="ArgumentException">A value is not finite.</exception>
    public void Add(double prediction, double truth)
    {
        if (!double.IsFinite(prediction) || !double.IsFinite(truth))
        {
            throw new ArgumentException(FormattableString.Invariant($"The pair ({prediction}, {truth}) is not finite."));
        }

        StartAt(prediction, truth);
        prediction -= _originPrediction;
        truth -= _originTruth;
        double share = 1.0 / ++Count;
        double deviationPrediction = prediction - _meanPrediction;
        double deviationTruth = truth - _meanTruth;
        _meanPrediction += deviationPrediction * share;
        _meanTruth += deviationTruth * share;
        _squaresPrediction += deviationPrediction * (prediction - _meanPrediction);
        _squaresTruth += deviationTruth * (truth - _meanTruth);
        _products += deviationPrediction * (truth - _meanTruth);
    }

    /// <summary>Takes in the moments of other pairs, such as those of a batch on a device.</summary>
    /// <param name="count">How many pairs; nothing happens at 0.</param>
    /// <param name="meanPrediction">Their mean prediction.</param>
    /// <param name="meanTruth">Their mean truth.</param>
    /// <param name="squaresPrediction">The sum of squared deviations of the predictions from their mean.</param>
    /// <param name="squaresTruth">The sum of squared deviations of the truths from their mean.</param>
    /// <param name="products">The sum of products of both deviations.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="count"/> is negative.</exception>
    /// <exception cref="ArgumentException">A moment of a positive count is not finite.</exception>
    internal void AddMoments(
        long count,
        double meanPrediction,
        double meanTruth,
        double squaresPrediction,
        double squaresTruth,
        double products)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        if (count == 0)
        {
            return;
        }

        if (!double.IsFinite(meanPrediction + meanTruth + squaresPrediction + squaresTruth + products))
        {
            throw new ArgumentException(FormattableString.Invariant(
                $"The moments ({meanPrediction}, {meanTruth}, {squaresPrediction}, {squaresTruth}, {products}) are not finite."));
        }

        StartAt(meanPrediction, meanTruth);
        Join(count, meanPrediction - _originPrediction, meanTruth - _originTruth, squaresPrediction, squaresTruth, products);
    }

    /// <summary>Takes in another accumulator's pairs.</summary>
    /// <param name="other">Another accumulator; unchanged.</param>
    internal void Merge(ConcordanceAccumulator other)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (other.Count > 0)
        {
            StartAt(other._originPrediction, other._originTruth);
            Join(
                other.Count,
                other._originPrediction - _originPrediction + other._meanPrediction,
                other._originTruth - _originTruth + other._meanTruth,
                other._squaresPrediction,
                other._squaresTruth,
                other._products);
        }
    }

    private void StartAt(double prediction, double truth)
    {
        if (Count == 0)
        {
            (_originPrediction, _originTruth) = (prediction, truth);
        }
    }

    private void Join(long count, double meanPrediction, double meanTruth, double squaresPrediction, double squaresTruth, double products)
    {
        long total = Count + count;
        double share = (double)count / total;
        double between = Count * share;
        double shiftPrediction = meanPrediction - _meanPrediction;
        double shiftTruth = meanTruth - _meanTruth;
        _squaresPrediction += squaresPrediction + shiftPrediction * shiftPrediction * between;
        _squaresTruth += squaresTruth + shiftTruth * shiftTruth * between;
        _products += products + shiftPrediction * shiftTruth * between;
        _meanPrediction += shiftPrediction * share;
        _meanTruth += shiftTruth * share;
        Count = total;
    }
}
