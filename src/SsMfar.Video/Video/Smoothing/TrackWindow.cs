namespace SsMfar.Video;

/// <summary>The readings of each track within reach, and their weighted means: exp(-d^2 / (2 sigma^2)), d in seconds.</summary>
internal sealed class TrackWindow(double sigma)
{
    private readonly Dictionary<int, List<Entry>> _tracks = [];
    private readonly double _reach = TrackSmoothingOptions.Reach * sigma;

    private readonly record struct Entry(double Time, ReadingShape Shape, float[] Numbers);

    /// <summary>Takes a frame's readings.</summary>
    public void Add(FrameResult frame)
    {
        foreach (TrackedFace face in frame.Faces)
        {
            if (face.Prediction is { } prediction)
            {
                ReadingShape shape = ReadingShape.Of(prediction);
                if (!_tracks.TryGetValue(face.Track, out List<Entry>? entries))
                {
                    _tracks.Add(face.Track, entries = []);
                }

                entries.Add(new(frame.Time, shape, ReadingShape.Numbers(prediction)));
            }
        }
    }

    /// <summary>The frame with the means of what is within reach of it; forgets what no later frame can reach.</summary>
    public FrameResult Smooth(FrameResult frame)
    {
        foreach ((int track, List<Entry> entries) in _tracks)
        {
            entries.RemoveRange(0, entries.TakeWhile(entry => frame.Time - entry.Time > _reach).Count());
            if (entries.Count == 0)
            {
                _tracks.Remove(track);
            }
        }

        return frame.Faces.IsEmpty ? frame : frame.With([.. frame.Faces.Select(face => Smooth(frame.Time, face))]);
    }

    private TrackedFace Smooth(double time, TrackedFace face)
    {
        if (face.Prediction is not { } prediction)
        {
            return face;
        }

        ReadingShape shape = ReadingShape.Of(prediction);
        double[] sums = new double[shape.Width];
        double total = 0;
        foreach (Entry entry in _tracks[face.Track])
        {
            double distance = entry.Time - time;
            if (distance > _reach)
            {
                break;
            }

            if (!entry.Shape.Equals(shape))
            {
                continue;
            }

            double weight = Math.Exp(-0.5 * distance / sigma * distance / sigma);
            total += weight;
            for (int i = 0; i < sums.Length; i++)
            {
                sums[i] += weight * entry.Numbers[i];
            }
        }

        float[] means = [.. sums.Select(sum => (float)(sum / total))];
        return face with { Prediction = shape.Read(means, prediction.Custom) };
    }
}
