using System.Threading.RateLimiting;
using SkiaSharp;

namespace SsMfar.WebApi;

/// <summary>
/// The bytes of decoded photographs that are searched for faces, from before one is decoded until its reply is made. Who finds no room
/// waits at its place for those before; a photograph that is larger than all of it is searched alone.
/// </summary>
internal sealed class PhotographMemory(ServiceLimits limits) : IDisposable
{
    // Permits are 32 bits.
    private const int Unit = 1 << 10;
    private const int BytesPerPixel = 3;

    private readonly int _units = (int)(limits.PhotographMemory / Unit);
    private readonly ConcurrencyLimiter _room = new(new()
    {
        PermitLimit = (int)(limits.PhotographMemory / Unit),
        QueueLimit = int.MaxValue, // who waits has a place, and places bound them
        QueueProcessingOrder = QueueProcessingOrder.OldestFirst,
    });

    /// <summary>Gets whether a photograph waits for room.</summary>
    public bool IsAwaited => _room.GetStatistics()!.CurrentQueuedCount > 0;

    /// <summary>Waits for room for a photograph, and takes it.</summary>
    /// <param name="picture">The encoded photograph, which is at its beginning again afterwards.</param>
    /// <param name="isCut">Whether a part of it is cut out, which takes as much once more at most.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public ValueTask<RateLimitLease> TakeAsync(Stream picture, bool isCut, CancellationToken cancellationToken)
    {
        long bytes = (isCut ? 2 : 1) * BytesPerPixel * Math.Min(PixelsOf(picture), PredictionService.MaximumPixels);
        return _room.AcquireAsync((int)Math.Min(_units, 1 + (bytes / Unit)), cancellationToken);
    }

    public void Dispose() => _room.Dispose();

    // By its header; of what is no picture none, and the decoder says so.
    private static long PixelsOf(Stream picture)
    {
        using SKManagedStream stream = new(picture, disposeManagedStream: false);
        using SKCodec? codec = SKCodec.Create(stream);
        picture.Position = 0;
        return codec is null ? 0 : (long)codec.Info.Width * codec.Info.Height;
    }
}
