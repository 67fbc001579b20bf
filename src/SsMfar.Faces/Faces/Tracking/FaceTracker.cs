using System.Collections.Immutable;
using System.Globalization;
using SsMfar.Inference;

namespace SsMfar.Faces;

/// <summary>
/// Follows the faces of a video from frame to frame, by where they are and how they move: each frame's faces are assigned to the tracks so
/// that overlap, distance and difference in size together cost least. A track survives frames in which its face was not found. A tracker is
/// for one video and one thread, and its memory is that of the faces in sight.
/// </summary>
/// <remarks>
/// A track is not an identity. It says that a face is where a face was a moment ago: whoever returns after
/// <see cref="FaceTrackerOptions.MaximumLoss"/> is a new track, and two people who change places unseen exchange theirs.
/// </remarks>
public sealed class FaceTracker
{
    // What it costs to leave a face without a track; above whatever a pair that is allowed can cost, below what two of them can.
    private const double Apart = 1.5;

    // Two sides of the face for each second out of sight, three in all at most; and how much larger or smaller it may be, as a logarithm.
    private const double MoveOfSecond = 2;
    private const double MostMove = 3;
    private const double MostGrowth = 0.5;

    // What counts for how much: overlap, distance, size, time out of sight.
    private const double OfOverlap = 0.5;
    private const double OfDistance = 0.5;
    private const double OfSize = 0.3;
    private const double OfLoss = 0.2;

    private readonly double _minimumOverlap;
    private readonly double _maximumMove;
    private readonly double _maximumLoss;
    private readonly List<FaceTrack> _tracks = [];
    private double _now = double.NegativeInfinity;

    /// <summary>Makes a tracker.</summary>
    /// <param name="options">How to follow; the defaults when null.</param>
    /// <exception cref="ArgumentException">An option cannot be used; the message names each.</exception>
    public FaceTracker(FaceTrackerOptions? options = null)
    {
        options ??= new();
        PredictionFaults.Require(options.Faults());
        (_minimumOverlap, _maximumMove, _maximumLoss) = (options.MinimumOverlap, options.MaximumMove, options.MaximumLoss);
    }

    /// <summary>Gets the number of tracks so far; their numbers are 0 to this less 1, in the order of their first faces.</summary>
    public int Count { get; private set; }

    /// <summary>
    /// Takes the faces of the next frame. A frame without faces is to be given too: from the first one in which a face is missing its loss
    /// counts, so that faces of frames far apart keep their tracks.
    /// </summary>
    /// <param name="time">The frame's time in seconds, later than that of the frame before.</param>
    /// <param name="faces">Its faces, in any order.</param>
    /// <returns>The track of each face, in their order; each track once.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The time is not later than that of the frame before.</exception>
    public ImmutableArray<int> Next(double time, params ReadOnlySpan<FaceRectangle> faces)
    {
        if (!(time > _now && double.IsFinite(time)))
        {
            throw new ArgumentOutOfRangeException(nameof(time), time, string.Create(CultureInfo.InvariantCulture,
                $"A frame's time must be later than {_now} seconds, that of the frame before."));
        }

        _now = time;
        _tracks.RemoveAll(track => track.Loss(time) > _maximumLoss + 1e-9);
        double[,] costs = new double[faces.Length, _tracks.Count];
        for (int face = 0; face < faces.Length; face++)
        {
            for (int track = 0; track < _tracks.Count; track++)
            {
                costs[face, track] = Cost(_tracks[track], faces[face], time);
            }
        }

        int[] trackOf = Assignment.Solve(costs);
        var ids = ImmutableArray.CreateBuilder<int>(faces.Length);
        for (int face = 0; face < faces.Length; face++)
        {
            FaceTrack track;
            if (trackOf[face] is >= 0 and int known && costs[face, known] < Apart)
            {
                track = _tracks[known];
                track.See(faces[face], time);
            }
            else
            {
                // Behind those that the assignment counted.
                track = new(Count++, faces[face], time);
                _tracks.Add(track);
            }

            ids.Add(track.Id);
        }

        foreach (FaceTrack track in _tracks)
        {
            track.MissUnlessSeen(time);
        }

        return ids.MoveToImmutable();
    }

    private double Cost(FaceTrack track, FaceRectangle face, double now)
    {
        FaceRectangle was = track.Box, expected = track.Expected(now);
        double lost = now - track.Time;
        double overlap = Math.Max(was.IntersectionOverUnion(face), expected.IntersectionOverUnion(face));
        double side = Math.Sqrt(Math.Max(1e-6, (was.Area + face.Area) / 2.0));
        double distance = Math.Min(Distance(was, face), Distance(expected, face)) / side;
        double growth = Math.Abs(Math.Log(Math.Max(1e-6, face.Area) / Math.Max(1e-6, was.Area))) / 2;
        double move = Math.Max(_maximumMove, Math.Min(MostMove, _maximumMove + (MoveOfSecond * lost)));
        bool isAllowed = overlap >= _minimumOverlap || (distance <= move && growth <= MostGrowth);
        return isAllowed
            ? Math.Min(
                Apart - 1e-3,
                (OfOverlap * (1 - overlap)) + (OfDistance * Math.Min(1, distance / Math.Max(1e-6, move))) + (OfSize * Math.Min(1, growth))
                    + (OfLoss * Math.Min(1, lost / Math.Max(1e-6, _maximumLoss))))
            : Apart;
    }

    private static double Distance(FaceRectangle a, FaceRectangle b) => Math.Sqrt(
        Math.Pow(a.CenterX - b.CenterX, 2) + Math.Pow(a.CenterY - b.CenterY, 2));
}
