namespace SsMfar.Faces;

/// <summary>Where a face was seen last, and how it moved.</summary>
internal sealed class FaceTrack(int id, FaceRectangle box, double time)
{
    // A face goes on as it moved for this long; after that nobody knows.
    private const double Horizon = 0.5;

    // Seconds. Frames of damaged files may lie closer together, where the detector's jitter alone would be a speed of millions of pixels.
    private const double ShortestStep = 1e-3;

    // The part of the newest step in the speed.
    private const double Newest = 0.6;

    // Pixels a second.
    private double _speedX;
    private double _speedY;
    private bool _hasSpeed;
    private double? _missedSince;

    public int Id => id;

    public FaceRectangle Box { get; private set; } = box;

    public double Time { get; private set; } = time;

    /// <summary>Where the face is to be expected.</summary>
    public FaceRectangle Expected(double now)
    {
        double ahead = Math.Min(now - Time, Horizon);
        return Box with { X = (float)(Box.X + (_speedX * ahead)), Y = (float)(Box.Y + (_speedY * ahead)) };
    }

    /// <summary>The seconds since the first frame that lacked the face; 0 where the latest one had it.</summary>
    public double Loss(double now) => now - (_missedSince ?? now);

    /// <summary>Ends a frame.</summary>
    public void MissUnlessSeen(double now) => _missedSince = Time == now ? null : _missedSince ?? now;

    public void See(FaceRectangle seen, double now)
    {
        double passed = now - Time;
        if (passed >= ShortestStep)
        {
            double x = (seen.CenterX - Box.CenterX) / passed, y = (seen.CenterY - Box.CenterY) / passed;
            double part = _hasSpeed ? Newest : 1;
            (_speedX, _speedY) = (_speedX + (part * (x - _speedX)), _speedY + (part * (y - _speedY)));
            _hasSpeed = true;
        }

        (Box, Time) = (seen, now);
    }
}
