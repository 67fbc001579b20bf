namespace SsMfar.Metrics;

/// <summary>What becomes <see cref="CalibrationScores"/>, a probability at a time.</summary>
internal sealed class CalibrationCounts(int bins)
{
    private readonly long[] _counts = new long[bins];
    private readonly double[] _confidence = new double[bins];
    private readonly long[] _right = new long[bins];
    private double _loss;
    private double _brier;

    /// <summary>The mean loss and the expected calibration error so far; NaN without a label.</summary>
    public (double Loss, double Error) Summary
    {
        get
        {
            long count = 0;
            double error = 0;
            for (int i = 0; i < _counts.Length; i++)
            {
                count += _counts[i];
                error += Math.Abs(_confidence[i] - _right[i]);
            }

            return (_loss / count, error / count);
        }
    }

    public void Add(in CalibrationOutcome outcome, int count = 1)
    {
        // Bin m holds what is above (m - 1) / M and at most m / M.
        int bin = Math.Clamp((int)Math.Ceiling((double)outcome.Probability * _counts.Length) - 1, 0, _counts.Length - 1);
        _counts[bin] += count;
        _confidence[bin] += count * (double)outcome.Probability;
        _right[bin] += outcome.IsRight ? count : 0;
        _loss += count * outcome.Loss;
        _brier += count * outcome.Brier;
    }

    public CalibrationScores? ToScores()
    {
        long all = _counts.Sum();
        return all == 0 ? null : new(all, _loss / all, _brier / all, [.. Enumerable.Range(0, _counts.Length).Select(i => new ReliabilityBin(
            (double)i / _counts.Length,
            (i + 1.0) / _counts.Length,
            _counts[i],
            _counts[i] == 0 ? null : _confidence[i] / _counts[i],
            _counts[i] == 0 ? null : (double)_right[i] / _counts[i]))]);
    }
}
