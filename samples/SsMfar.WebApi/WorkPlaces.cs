using System.Diagnostics;
using System.Threading.RateLimiting;

namespace SsMfar.WebApi;

/// <summary>
/// The places at which pictures are worked on, and a queue before them that has an end. Who finds it full is refused at once, and told when
/// to come again. A place is asked for with the whole body at hand, so that nobody holds one by sending slowly.
/// </summary>
internal sealed class WorkPlaces(ServiceLimits limits) : IDisposable
{
    private readonly ConcurrencyLimiter _limiter = new(new()
    {
        PermitLimit = limits.AtOnce,
        QueueLimit = limits.WaitingAtMost,
        QueueProcessingOrder = QueueProcessingOrder.OldestFirst,
    });

    /// <summary>Gets how long a place is held for a picture.</summary>
    public ServiceTime Time { get; } = new();

    /// <summary>Gets how many wait now.</summary>
    public long Waiting => Statistics.CurrentQueuedCount;

    /// <summary>Gets how many are worked on now.</summary>
    public long Working => limits.AtOnce - Statistics.CurrentAvailablePermits;

    private RateLimiterStatistics Statistics => _limiter.GetStatistics()!;

    /// <summary>Refuses before a body is read what would be refused after it.</summary>
    /// <exception cref="ServiceBusyException">There is no room.</exception>
    public void RequireRoom()
    {
        RateLimiterStatistics now = Statistics;
        if (now.CurrentAvailablePermits == 0 && now.CurrentQueuedCount >= limits.WaitingAtMost)
        {
            throw Busy();
        }
    }

    /// <summary>Works on a picture on another thread once it is its turn.</summary>
    /// <param name="work">The work, which is finished where it has begun.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="ServiceBusyException">There is no room.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled while it waited.</exception>
    public async Task<T> WorkAsync<T>(Func<Task<T>> work, CancellationToken cancellationToken)
    {
        using RateLimitLease place = await _limiter.AcquireAsync(1, cancellationToken);
        if (!place.IsAcquired)
        {
            throw Busy();
        }

        long start = Stopwatch.GetTimestamp();
        try
        {
            return await Task.Run(work, cancellationToken);
        }
        finally
        {
            Time.Add(Stopwatch.GetElapsedTime(start));
        }
    }

    /// <summary>Says that there is no room, and when there will be.</summary>
    public ServiceBusyException Busy() => new(Time.RetryAfter(Working + Waiting, limits.AtOnce));

    public void Dispose() => _limiter.Dispose();
}
