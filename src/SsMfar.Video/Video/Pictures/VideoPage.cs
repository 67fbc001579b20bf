using SkiaSharp;
using SsMfar.Imaging;
using SsMfar.Inference;
using SsMfar.Shared;

namespace SsMfar.Video;

/// <summary>
/// An HTML page of a video: for each track the expressions over time, valence and arousal, the units as a raster, and pictures of the
/// frames that show something most. It needs nothing beside itself: styles, drawings and pictures are inside, and it names no address.
/// </summary>
public sealed class VideoPage
{
    /// <summary>The most tracks that have a timeline: those with the most frames.</summary>
    internal const int MostTracks = 12;

    private const int Bins = 480;
    private const int PictureSide = 112;
    private const int PictureQuality = 82;
    private const float Margin = 0.2f;

    private readonly Dictionary<long, List<TrackTimeline.Peak>> _peaks;

    private VideoPage(PageContent content)
    {
        Content = content;
        _peaks = content.Tracks.SelectMany(track => track.Peaks).GroupBy(peak => peak.Frame)
            .ToDictionary(group => group.Key, group => group.ToList());
    }

    /// <summary>Gets whether every picture is there.</summary>
    public bool IsIllustrated => _peaks.Count == 0;

    internal PageContent Content { get; }

    /// <summary>Makes a page, as yet without pictures.</summary>
    /// <param name="name">The video's name.</param>
    /// <param name="frames">Gives its frames, the same each time; called twice.</param>
    public static VideoPage Of(string name, Func<IEnumerable<FrameResult>> frames)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(frames);
        long count = 0, withFace = 0, failed = 0;
        double duration = 0;
        Dictionary<int, long> sizes = [];
        foreach (FrameResult frame in frames())
        {
            count++;
            withFace += frame.Faces.IsEmpty ? 0 : 1;
            failed += frame.Failed ? 1 : 0;
            duration = frame.Time;
            foreach (TrackedFace face in frame.Faces)
            {
                sizes[face.Track] = sizes.GetValueOrDefault(face.Track) + 1;
            }
        }

        Dictionary<int, TrackTimeline> tracks = sizes.OrderByDescending(size => size.Value).ThenBy(size => size.Key).Take(MostTracks)
            .OrderBy(size => size.Key).ToDictionary(size => size.Key, size => new TrackTimeline(size.Key, duration, Bins));
        FrameResult? before = null;
        foreach (FrameResult frame in frames())
        {
            AddTo(tracks, before, frame.Time);
            before = frame;
        }

        AddTo(tracks, before, duration);
        return new(new(name, count, withFace, failed, duration, sizes.Count, [.. tracks.Values.OrderBy(track => track.Track)]));
    }

    /// <summary>Takes the pictures of a frame where the page has any of it.</summary>
    /// <param name="frame">The frame, as it was given when the page was made.</param>
    /// <param name="image">Its picture, decoded where it is wanted alone.</param>
    /// <param name="decoder">Decodes what is encoded, as when the frame was read; one with default settings when null.</param>
    /// <exception cref="ImageDecodeException">The picture cannot be read.</exception>
    public void Illustrate(FrameResult frame, FaceImage image, ImageDecoder? decoder = null)
    {
        ArgumentNullException.ThrowIfNull(frame);
        ArgumentNullException.ThrowIfNull(image);
        if (!_peaks.Remove(frame.Index, out List<TrackTimeline.Peak>? peaks))
        {
            return;
        }

        RgbImage pixels = image.Decode(decoder);
        foreach (TrackTimeline.Peak peak in peaks)
        {
            peak.Picture = Picture(pixels, peak.Face);
        }
    }

    /// <summary>Writes the page, with the pictures that were taken.</summary>
    /// <param name="path">The file to make or replace.</param>
    public void Save(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        AtomicFile.WriteText(path, writer => PageWriter.Write(writer, Content));
    }

    // A frame is seen until the next one.
    private static void AddTo(Dictionary<int, TrackTimeline> tracks, FrameResult? frame, double until)
    {
        foreach (TrackedFace face in frame?.Faces ?? [])
        {
            tracks.GetValueOrDefault(face.Track)?.Add(frame!, face, until);
        }
    }

    // The face's square with a margin; null where nothing of it lies in the frame.
    private static string? Picture(RgbImage pixels, TrackedFace face)
    {
        float side = Math.Max(face.Box.Width, face.Box.Height) * (1 + (2 * Margin));
        FaceBox square = new(
            (int)(face.Box.CenterX - (side / 2)), (int)(face.Box.CenterY - (side / 2)), Math.Max(1, (int)side), Math.Max(1, (int)side));
        FaceBox inside;
        try
        {
            inside = square.ClampTo(pixels.Width, pixels.Height);
        }
        catch (ArgumentException)
        {
            return null;
        }

        float scale = PictureSide / (float)Math.Max(inside.Width, inside.Height);
        RgbImage small = pixels.Resize(
            inside, Math.Max(1, (int)(inside.Width * scale)), Math.Max(1, (int)(inside.Height * scale)));
        using SKBitmap bitmap = small.ToBitmap();
        return Convert.ToBase64String(FramePixels.Jpeg(bitmap, PictureQuality));
    }
}

/// <summary>What a page shows.</summary>
internal sealed record PageContent(
    string Name, long Frames, long WithFace, long Failed, double Duration, int AllTracks, IReadOnlyList<TrackTimeline> Tracks);
