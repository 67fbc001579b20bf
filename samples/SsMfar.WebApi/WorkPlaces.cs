using System.Diagnostics;
using System.Threading.RateLimiting;

namespace SsMfar.WebApi;

/// <summary>
/// The room for pictures, which has an end, and in it the places at which they are decoded. Who finds no room is refused at once, and told
/// when to come again. Room is asked for with the whole body at hand, so that nobody holds any by sending slowly.
/// </summary>
internal sealed class WorkPlaces(ServiceLimits limits) : IDisposable
{
    private readonly ConcurrencyLimiter _room = new(new() { PermitLimit = limits.Room(), QueueLimit = 0 });

    private readonly ConcurrencyLimiter _places = new(new()
    {
        PermitLimit = limits.AtOnce,
        QueueLimit = int.MaxValue, // the room bounds who waits; a bound here could be met by those who are just leaving
        QueueProcessingOrder = QueueProcessingOrder.OldestFirst,
    });

    /// <summary>Gets how long pictures take.</summary>
    public ServiceTime Time { get; } = new();

    /// <summary>Gets how many pictures are here: at a place, before one, or with the model.</summary>
    public long Here => limits.Room() - _room.GetStatistics()!.CurrentAvailablePermits;

    /// <summary>Gets how many are at a place.</summary>
    public long Working => limits.AtOnce - _places.GetStatistics()!.CurrentAvailablePermits;

    /// <summary>Refuses before a body is read what would be refused after it.</summary>
    /// <exception cref="ServiceBusyException">There is no room.</exception>
    public void RequireRoom()
    {
        if (_room.GetStatistics()!.CurrentAvailablePermits == 0)
        {
            throw Busy();
        }
    }

    /// <summary>Works on a picture, on another thread once a place is free.</summary>
    /// <param name="work">
    /// The work at the place, which ends by itself once it has begun. What it returns is done without the place.
    /// </param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="ServiceBusyException">There is no room.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled while it waited, or the work was.</exception>
    public async Task<T> WorkAsync<T>(Func<Task<PictureWork<T>>> work, CancellationToken cancellationToken)
    {
        using RateLimitLease room = _room.AttemptAcquire();
        if (!room.IsAcquired)
        {
            throw Busy();
        }

        long here = Here, start = Stopwatch.GetTimestamp();
        try
        {
            PictureWork<T> rest = await AtPlaceAsync(work, cancellationToken);
            return await rest(cancellationToken);
        }
        finally
        {
            // Who left did not take as long as a picture takes.
            if (!cancellationToken.IsCancellationRequested)
            {
                Time.Add(Stopwatch.GetElapsedTime(start), here);
            }
        }
    }

    private async Task<PictureWork<T>> AtPlaceAsync<T>(Func<Task<PictureWork<T>>> work, CancellationToken cancellationToken)
    {
        using RateLimitLease place = await _places.AcquireAsync(1, cancellationToken);
        return await Task.Run(work, cancellationToken);
    }

    /// <summary>Says that there is no room, and when there will be.</summary>
    public ServiceBusyException Busy() => new(Time.RetryAfter(Here));

    public void Dispose()
    {
        _places.Dispose();
        _room.Dispose();
    }
}

/// <summary>What is left to do with a picture that is decoded.</summary>
/// <param name="cancellationToken">Ends waiting.</param>
internal delegate Task<T> PictureWork<T>(CancellationToken cancellationToken);
