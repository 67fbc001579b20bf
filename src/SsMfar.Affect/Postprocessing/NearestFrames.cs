namespace SsMfar.Postprocessing;

/// <summary>Finds the frame of a track that is nearest to another.</summary>
internal sealed class NearestFrames
{
    private readonly Dictionary<string, (long[] Numbers, int[] Rows)> _tracks;

    public NearestFrames(IReadOnlyList<string> images) => _tracks = images
        .Select((image, row) => (Frame: VideoFrame.Of(image), Row: row))
        .Where(item => item.Frame is not null)
        .GroupBy(item => item.Frame!.Value.Track, StringComparer.Ordinal)
        .ToDictionary(
            track => track.Key,
            track =>
            {
                (long Number, int Row)[] sorted = [.. track.Select(item => (item.Frame!.Value.Number, item.Row)).Order()];
                return (sorted.Select(item => item.Number).ToArray(), sorted.Select(item => item.Row).ToArray());
            },
            StringComparer.Ordinal);

    /// <summary>The row of the nearest frame, the earlier of two; -1 where the image's track has none.</summary>
    public int Find(string image)
    {
        if (VideoFrame.Of(image) is not { } frame || !_tracks.TryGetValue(frame.Track, out (long[] Numbers, int[] Rows) track))
        {
            return -1;
        }

        int place = Array.BinarySearch(track.Numbers, frame.Number);
        int after = place >= 0 ? place : ~place;
        bool earlier = after == track.Numbers.Length ||
            (after > 0 && frame.Number - track.Numbers[after - 1] <= track.Numbers[after] - frame.Number);
        return track.Rows[earlier && after > 0 ? after - 1 : after];
    }
}
