namespace SsMfar.Video;

/// <summary>The times of frames since the first, whatever their file says of them: each is later than the one before.</summary>
/// <param name="framesPerSecond">The rate, for frames without a time.</param>
internal sealed class FrameClock(double framesPerSecond)
{
    private double? _start;
    private double _last;

    /// <summary>Gets the time of the last frame; 0 before the first.</summary>
    public double Seconds => _last - (_start ?? 0);

    /// <summary>Goes on to the next frame.</summary>
    /// <param name="time">Its time in the file; null where it has none.</param>
    /// <returns>Its time since the first frame.</returns>
    public double Next(double? time)
    {
        if (_start is null)
        {
            _start = _last = time ?? 0;
            return 0;
        }

        // Damaged files have times that stand still or go back; rows are in order all the same.
        _last = Math.Max(time ?? _last + (1 / framesPerSecond), _last + 1e-6);
        return Seconds;
    }
}
