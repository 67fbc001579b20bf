namespace SsMfar.Postprocessing;

/// <summary>
/// Smooths the predictions of each track (<see cref="VideoFrame"/>) over time: a frame's values and probabilities become the mean of those
/// of the frames within four standard deviations, weighted by exp(-d^2 / (2 sigma^2)), d being the distance in frames. The weights of the
/// frames that are there are divided by their sum, so that a constant sequence stays constant, at its ends and at gaps too.
/// </summary>
public static class TemporalSmoothing
{
    private const double Reach = 4;

    /// <summary>Smooths predictions.</summary>
    /// <param name="predictions">Predictions of frames, in any order.</param>
    /// <param name="options">How to smooth.</param>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    public static SmoothedPredictions Smooth(PredictionTable predictions, TemporalSmoothingOptions options)
    {
        ArgumentNullException.ThrowIfNull(predictions);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        float[] smoothed = predictions.Values.ToArray();
        double[] weights = [.. Enumerable.Range(0, (int)(Reach * options.Sigma) + 1)
            .Select(d => Math.Exp(-0.5 * d / options.Sigma * d / options.Sigma))];
        var tracks = new Dictionary<string, List<(long Number, int Row)>>(StringComparer.Ordinal);
        int unnumbered = 0;
        for (int row = 0; row < predictions.Count; row++)
        {
            if (VideoFrame.Of(predictions.Images[row]) is not { } frame)
            {
                unnumbered++;
                continue;
            }

            if (!tracks.TryGetValue(frame.Track, out List<(long, int)>? frames))
            {
                tracks.Add(frame.Track, frames = []);
            }

            frames.Add((frame.Number, row));
        }

        int gaps = 0;
        long missing = 0;
        foreach (List<(long Number, int Row)> frames in tracks.Values)
        {
            frames.Sort();
            int start = 0;
            for (int i = 1; i <= frames.Count; i++)
            {
                long gap = i < frames.Count ? Math.Max(0, frames[i].Number - frames[i - 1].Number - 1) : 0;
                gaps += gap > 0 ? 1 : 0;
                missing += gap;
                if (i == frames.Count || gap > options.MaximumGap)
                {
                    SmoothSegment(predictions, frames[start..i], weights, smoothed);
                    start = i;
                }
            }
        }

        PredictionTable table = new(
            [.. predictions.Images], smoothed, predictions.ExpressionClasses, predictions.Units,
            predictions.ActionUnitThresholds, predictions.ExpressionWeights, predictions.IntensityUnits);
        return new(table, tracks.Count, unnumbered, gaps, missing);
    }

    private static void SmoothSegment(PredictionTable predictions, List<(long Number, int Row)> frames, double[] weights, float[] smoothed)
    {
        int width = predictions.Width;
        double[] sums = new double[width];
        int first = 0;
        foreach ((long number, int row) in frames)
        {
            while (number - frames[first].Number >= weights.Length)
            {
                first++;
            }

            Array.Clear(sums);
            double total = 0;
            for (int other = first; other < frames.Count && frames[other].Number - number < weights.Length; other++)
            {
                double weight = weights[Math.Abs(frames[other].Number - number)];
                ReadOnlySpan<float> values = predictions.Row(frames[other].Row);
                total += weight;
                for (int column = 0; column < width; column++)
                {
                    sums[column] += weight * values[column];
                }
            }

            for (int column = 0; column < width; column++)
            {
                smoothed[(row * width) + column] = (float)(sums[column] / total);
            }
        }
    }
}
