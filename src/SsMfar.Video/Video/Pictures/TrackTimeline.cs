using SsMfar.Predictions;

namespace SsMfar.Video;

/// <summary>A track's readings in as many parts of the video's time as a page has room for, and its most telling frames.</summary>
internal sealed class TrackTimeline(int track, double duration, int bins)
{
    // Of each expression the surest frame, of these the surest few.
    private const int MostExpressions = 5;

    private readonly Bin[] _bins = new Bin[bins];
    private readonly Dictionary<string, Peak> _expressions = new(StringComparer.Ordinal);
    private Peak? _highestValence;
    private Peak? _lowestValence;
    private Peak? _highestArousal;

    public int Track => track;

    public long Frames { get; private set; }

    public double From { get; private set; } = double.PositiveInfinity;

    public double To { get; private set; }

    public ReadOnlySpan<Bin> Bins => _bins;

    public ReadingShape? Shape { get; private set; }

    /// <summary>The frames to have a picture of, in order.</summary>
    public IEnumerable<Peak> Peaks => _expressions.Values.OrderByDescending(peak => peak.Value).Take(MostExpressions)
        .Concat(new[] { _highestValence, _lowestValence, _highestArousal }.OfType<Peak>())
        .DistinctBy(peak => peak.Frame).OrderBy(peak => peak.Frame);

    /// <summary>Takes in a frame.</summary>
    /// <param name="frame">The frame.</param>
    /// <param name="face">The track's face in it.</param>
    /// <param name="until">When the next frame takes its place.</param>
    public void Add(FrameResult frame, TrackedFace face, double until)
    {
        Frames++;
        (From, To) = (Math.Min(From, frame.Time), Math.Max(To, frame.Time));
        if (face.Prediction is not { } prediction)
        {
            return;
        }

        ReadingShape shape = Shape ??= ReadingShape.Of(prediction);
        float[] numbers = ReadingShape.Numbers(prediction);
        int first = BinOf(frame.Time), end = Math.Max(first + 1, BinOf(until));
        foreach (ref Bin bin in _bins.AsSpan(first..end))
        {
            bin.Add(shape, numbers, prediction.Expression?.Index);
        }

        FindPeaks(frame, face, prediction);
    }

    private int BinOf(double time) => Math.Clamp((int)(bins * time / Math.Max(duration, 1e-9)), 0, bins - 1);

    private void FindPeaks(FrameResult frame, TrackedFace face, AffectPrediction prediction)
    {
        if (prediction.Expression is { } expression
            && (!_expressions.TryGetValue(expression.Name, out Peak? known) || expression.Confidence > known.Value))
        {
            _expressions[expression.Name] = new(frame.Index, frame.Time, face, expression.Name, expression.Confidence);
        }

        if (prediction.ValenceArousal is not { } affect)
        {
            return;
        }

        if (_highestValence is null || affect.Valence > _highestValence.Value)
        {
            _highestValence = new(frame.Index, frame.Time, face, "highest valence", affect.Valence);
        }

        if (_lowestValence is null || affect.Valence < _lowestValence.Value)
        {
            _lowestValence = new(frame.Index, frame.Time, face, "lowest valence", affect.Valence);
        }

        if (_highestArousal is null || affect.Arousal > _highestArousal.Value)
        {
            _highestArousal = new(frame.Index, frame.Time, face, "highest arousal", affect.Arousal);
        }
    }

    /// <summary>The readings within a part of the time.</summary>
    internal struct Bin
    {
        public int Count;
        public double[]? Sums;
        public int[]? Votes;

        public void Add(ReadingShape shape, float[] numbers, int? expression)
        {
            Sums ??= new double[shape.Width];
            Votes ??= new int[shape.Classes?.Count ?? 0];
            Count++;
            for (int i = 0; i < Math.Min(numbers.Length, Sums.Length); i++)
            {
                Sums[i] += numbers[i];
            }

            if (expression is { } index && index < Votes.Length)
            {
                Votes[index]++;
            }
        }
    }

    /// <summary>A frame that shows something most.</summary>
    internal sealed record Peak(long Frame, double Time, TrackedFace Face, string What, double Value)
    {
        public string? Picture { get; set; }
    }
}
