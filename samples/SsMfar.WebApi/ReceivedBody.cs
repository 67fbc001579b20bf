using System.Buffers;
using System.IO.Pipelines;
using System.Numerics;

namespace SsMfar.WebApi;

/// <summary>
/// A whole body in a rented array, counted in <see cref="BodyMemory"/>: a body costs bytes while it comes, and a place only once it is
/// here.
/// </summary>
internal sealed class ReceivedBody : IDisposable
{
    private const int LeastBytes = 1 << 10;
    private const int FirstBytes = 1 << 14;

    private readonly BodyMemory _memory;
    private byte[] _buffer = [];
    private int _length;

    private ReceivedBody(BodyMemory memory) => _memory = memory;

    /// <summary>Gets the bytes in the form that a predictor reads without a copy; not to be used after <see cref="Dispose"/>.</summary>
    public MemoryStream Stream => new(_buffer, 0, _length, writable: false, publiclyVisible: true);

    /// <summary>Reads a body to its end.</summary>
    /// <exception cref="ServiceBusyException">There is no memory for it.</exception>
    /// <exception cref="RequestProblemException">
    /// It is too large, took too long, or is no body; also where the client is gone.
    /// </exception>
    /// <exception cref="BadHttpRequestException">It is too slow, or no whole body.</exception>
    public static async Task<ReceivedBody> ReadAsync(HttpRequest request, BodyMemory memory, WorkPlaces places, ServiceLimits limits)
    {
        ReceivedBody body = new(memory);
        try
        {
            RequireLength(request.ContentLength ?? 0);

            // What is told costs nothing, so that it takes little: more only as bytes come.
            body.Grow((int)Math.Clamp(request.ContentLength ?? FirstBytes, LeastBytes, FirstBytes), places);

            // A token that cancels the read would leave Kestrel's reader in a state in which it cannot go on.
            PipeReader reader = request.BodyReader;
            using CancellationTokenSource late = new(TimeSpan.FromSeconds(limits.BodySeconds));
            using CancellationTokenRegistration waking = late.Token.Register(reader.CancelPendingRead);
            ReadResult read;
            do
            {
                read = await reader.ReadAsync(CancellationToken.None);
                try
                {
                    RequireLength(body._length + read.Buffer.Length);
                    body.Add(read.Buffer, places);
                }
                finally
                {
                    reader.AdvanceTo(read.Buffer.End);
                }
            }
            while (!read.IsCompleted && !read.IsCanceled);
            return read.IsCompleted
                ? body
                : throw new RequestProblemException(
                    StatusCodes.Status408RequestTimeout, $"The body did not come within {limits.BodySeconds} s.");
        }
        catch (Exception failed)
        {
            // Kestrel has several kinds of words for a body that is none; of a client that is gone, nobody hears the answer.
            body.Dispose();
            throw failed is (IOException and not BadHttpRequestException) or OperationCanceledException
                ? new RequestProblemException(StatusCodes.Status400BadRequest, $"The body cannot be read: {failed.Message}") : failed;
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

    private static void RequireLength(long length)
    {
        if (length > ServiceLimits.MaximumBodyBytes)
        {
            throw new RequestProblemException(
                StatusCodes.Status413PayloadTooLarge,
                $"The request is larger than {ServiceLimits.MaximumBodyBytes >> 20} MB. Send a smaller picture.");
        }
    }

    private void Add(ReadOnlySequence<byte> bytes, WorkPlaces places)
    {
        foreach (ReadOnlyMemory<byte> part in bytes)
        {
            while (_buffer.Length - _length < part.Length)
            {
                Grow(2 * _buffer.Length, places);
            }

            part.Span.CopyTo(_buffer.AsSpan(_length));
            _length += part.Length;
        }
    }

    // Powers of two are the lengths that the shared pool has, so that what is taken is what is counted. Old and new are both there while
    // one is copied.
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
