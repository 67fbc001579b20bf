using System.Buffers;
using System.Numerics;

namespace SsMfar.WebApi;

/// <summary>
/// A whole body in a rented array, counted in <see cref="BodyMemory"/>: a body costs bytes while it comes, and a place only once it is here.
/// </summary>
internal sealed class ReceivedBody : IDisposable
{
    private const int FirstBytes = 1 << 14;

    private readonly BodyMemory _memory;
    private byte[] _buffer = [];
    private int _length;

    private ReceivedBody(BodyMemory memory) => _memory = memory;

    /// <summary>Gets the bytes in the form that a predictor reads without a copy; not to be used after <see cref="Dispose"/>.</summary>
    public MemoryStream Stream => new(_buffer, 0, _length, writable: false, publiclyVisible: true);

    /// <summary>Reads a body to its end.</summary>
    /// <exception cref="ServiceBusyException">There is no memory for it.</exception>
    /// <exception cref="RequestProblemException">It took too long.</exception>
    /// <exception cref="BadHttpRequestException">It is too large, too slow, or no whole body.</exception>
    /// <exception cref="OperationCanceledException">The client is gone.</exception>
    public static async Task<ReceivedBody> ReadAsync(
        HttpRequest request, BodyMemory memory, WorkPlaces places, ServiceLimits limits, CancellationToken cancellationToken)
    {
        using CancellationTokenSource late = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        late.CancelAfter(TimeSpan.FromSeconds(limits.BodySeconds));
        ReceivedBody body = new(memory);
        try
        {
            // One byte more than is told, so that the end is read without a larger array.
            body.Grow((int)Math.Clamp((request.ContentLength ?? 0) + 1, FirstBytes, BodyMemory.Small), places);
            while (await request.Body.ReadAsync(body._buffer.AsMemory(body._length), late.Token) is > 0 and int read)
            {
                body._length += read;
                if (body._length == body._buffer.Length)
                {
                    body.Grow(2 * body._length, places);
                }
            }

            return body;
        }
        catch (OperationCanceledException) when (late.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            body.Dispose();
            throw new RequestProblemException(
                StatusCodes.Status408RequestTimeout, $"The body did not come within {limits.BodySeconds} s.");
        }
        catch (Exception failed)
        {
            body.Dispose();
            if (failed is IOException and not BadHttpRequestException)
            {
                throw new OperationCanceledException("The client is gone.", failed);
            }

            throw;
        }
    }

    /// <summary>Gives the memory back.</summary>
    public void Dispose()
    {
        byte[] buffer = Interlocked.Exchange(ref _buffer, []);
        if (buffer.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(buffer);
            _memory.Release(buffer.Length);
        }
    }

    // Powers of two are the lengths that the shared pool has, so that what is taken is what is counted. Old and new are both there while one is copied.
    private void Grow(int wanted, WorkPlaces places)
    {
        int length = (int)BitOperations.RoundUpToPowerOf2((uint)wanted);
        if (!_memory.TryTake(length, length))
        {
            throw places.Busy();
        }

        byte[] larger = ArrayPool<byte>.Shared.Rent(length);
        _buffer.AsSpan(0, _length).CopyTo(larger);
        byte[] smaller = _buffer;
        _buffer = larger;
        if (smaller.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(smaller);
            _memory.Release(smaller.Length);
        }
    }
}
