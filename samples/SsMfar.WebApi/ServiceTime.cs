namespace SsMfar.WebApi;

/// <summary>How long the work on one picture takes: the mean of the last ones, of which each further back weighs less.</summary>
internal sealed class ServiceTime
{
    private const double Weight = 1.0 / 16;

    private readonly Lock _gate = new();
    private double _seconds;
    private bool _measured;

    /// <summary>Gets the mean in seconds; 0 before the first.</summary>
    public double Seconds
    {
        get
        {
            lock (_gate)
            {
                return _seconds;
            }
        }
    }

    public void Add(TimeSpan time)
    {
        lock (_gate)
        {
            _seconds = _measured ? _seconds + (Weight * (time.TotalSeconds - _seconds)) : time.TotalSeconds;
            _measured = true;
        }
    }

    /// <summary>When there is room again for sure: once all that are here are through.</summary>
    /// <param name="here">Those worked on and those that wait.</param>
    /// <param name="atOnce">How many are worked on at once.</param>
    /// <returns>Whole seconds, from 1, as the header Retry-After has them.</returns>
    public int RetryAfter(long here, int atOnce) => (int)Math.Clamp(Math.Ceiling(Seconds * here / atOnce), 1, int.MaxValue);
}
