namespace SsMfar.WebApi;

/// <summary>
/// How long the service takes for a picture when it has many: what each took from its coming to its end, divided by those that were here
/// then; the mean of the last ones, of which each further back weighs less. That is true however pictures are worked on, side by side or
/// together.
/// </summary>
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

    /// <summary>Adds a picture.</summary>
    /// <param name="time">From its coming to its end.</param>
    /// <param name="here">The pictures that were here when it had come, with itself.</param>
    public void Add(TimeSpan time, long here)
    {
        double each = time.TotalSeconds / Math.Max(1, here);
        lock (_gate)
        {
            _seconds = _measured ? _seconds + (Weight * (each - _seconds)) : each;
            _measured = true;
        }
    }

    /// <summary>When there is room again for sure: once all that are here are through.</summary>
    /// <param name="here">The pictures that are here.</param>
    /// <returns>Whole seconds, from 1, as the header Retry-After has them.</returns>
    public int RetryAfter(long here) => (int)Math.Clamp(Math.Ceiling(Seconds * here), 1, int.MaxValue);
}
