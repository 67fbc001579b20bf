using SsMfar.Data;

namespace SsMfar.Video;

/// <summary>
/// The neutral face of each track, and readings relative to it. Faces at rest differ: one looks cheerful, another stern. Valence and
/// arousal become their distance from the neutral face's; the probability of a unit becomes how far it rises above the neutral face's, as a
/// share of what is left above that: (p - b) / (1 - b), and 0 below; of an intensity likewise. Expressions stay as they are.
/// </summary>
public sealed class NeutralBaseline
{
    private readonly double _seconds;
    private readonly Dictionary<int, (double Start, int Count, double[] Sums, ReadingShape Shape)> _tracks = [];

    /// <summary>Makes a baseline that knows no track yet.</summary>
    /// <param name="seconds">The first seconds of each track, in which its face is neutral; above 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">It is not above 0.</exception>
    public NeutralBaseline(double seconds)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(seconds);
        _seconds = seconds;
    }

    /// <summary>Learns the neutral face of each track from its first seconds.</summary>
    /// <param name="frames">Frames in the order of their times.</param>
    /// <param name="seconds">The first seconds of each track, in which its face is neutral; above 0.</param>
    public static NeutralBaseline Of(IEnumerable<FrameResult> frames, double seconds)
    {
        ArgumentNullException.ThrowIfNull(frames);
        NeutralBaseline baseline = new(seconds);
        foreach (FrameResult frame in frames)
        {
            baseline.Observe(frame);
        }

        return baseline;
    }

    /// <summary>Learns from a frame where it lies in the first seconds of a track.</summary>
    /// <param name="frame">The frame, later than those before.</param>
    public void Observe(FrameResult frame)
    {
        ArgumentNullException.ThrowIfNull(frame);
        foreach (TrackedFace face in frame.Faces)
        {
            if (face.Prediction is not { } prediction)
            {
                continue;
            }

            ReadingShape shape = ReadingShape.Of(prediction);
            (double start, int count, double[] sums, ReadingShape known) = _tracks.TryGetValue(face.Track, out var seen)
                ? seen : (frame.Time, 0, new double[shape.Width], shape);
            if (frame.Time - start >= _seconds || !known.Equals(shape))
            {
                continue;
            }

            float[] numbers = ReadingShape.Numbers(prediction);
            for (int i = 0; i < sums.Length; i++)
            {
                sums[i] += numbers[i];
            }

            _tracks[face.Track] = (start, count + 1, sums, known);
        }
    }

    /// <summary>Readings relative to the neutral faces that were learned so far.</summary>
    /// <param name="frame">The frame.</param>
    /// <returns>The same frame; a face of a track that is not known stays as it is.</returns>
    public FrameResult Apply(FrameResult frame)
    {
        ArgumentNullException.ThrowIfNull(frame);
        return frame.Faces.IsEmpty ? frame : frame.With([.. frame.Faces.Select(Apply)]);
    }

    private TrackedFace Apply(TrackedFace face)
    {
        if (face.Prediction is not { } prediction || !_tracks.TryGetValue(face.Track, out var neutral)
            || ReadingShape.Of(prediction) is var shape && !shape.Equals(neutral.Shape))
        {
            return face;
        }

        float[] numbers = ReadingShape.Numbers(prediction);
        for (int i = 0; i < shape.ExpressionAt; i++)
        {
            numbers[i] = (float)Math.Clamp(numbers[i] - (neutral.Sums[i] / neutral.Count), -1, 1);
        }

        for (int i = shape.UnitsAt; i < numbers.Length; i++)
        {
            double rest = neutral.Sums[i] / neutral.Count, most = i < shape.IntensitiesAt ? 1 : ActionUnitIntensities.Highest;
            numbers[i] = rest < most ? (float)Math.Max(0, most * (numbers[i] - rest) / (most - rest)) : 0;
        }

        return face with { Prediction = shape.Read(numbers, prediction.Custom) };
    }
}
