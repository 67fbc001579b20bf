using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace SsMfar.Inference;

/// <summary>A sequence in chunks, the next of which is gathered on another thread while one is used.</summary>
internal static class Chunks
{
    /// <summary>The items in order. What the sequence throws comes after the items before it.</summary>
    /// <param name="source">The items.</param>
    /// <param name="size">The most items of a chunk, and the most that are read ahead of it.</param>
    /// <param name="whole">Whether a chunk waits until it is full, or takes what has arrived.</param>
    /// <param name="cancellationToken">Ends it, as leaving the loop does.</param>
    public static async IAsyncEnumerable<IReadOnlyList<T>> OfAsync<T>(
        IAsyncEnumerable<T> source, int size, bool whole, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Channel<T> queue = Channel.CreateBounded<T>(new BoundedChannelOptions(size) { SingleReader = true, SingleWriter = true });
        Task reading = Task.Run(() => FillAsync(source, queue.Writer, stop.Token), CancellationToken.None);
        try
        {
            var chunk = new List<T>(size);
            while (await HasMoreAsync(queue.Reader, cancellationToken).ConfigureAwait(false))
            {
                while (chunk.Count < size && queue.Reader.TryRead(out T? item))
                {
                    chunk.Add(item);
                }

                if (chunk.Count == size || !whole)
                {
                    yield return chunk;
                    chunk = new(size);
                }
            }

            if (chunk.Count > 0)
            {
                yield return chunk;
            }

            await queue.Reader.Completion.ConfigureAwait(false);
        }
        finally
        {
            await stop.CancelAsync().ConfigureAwait(false);
            await reading.ConfigureAwait(false);
        }
    }

    // Not at the end, whatever it is: the queue's completion tells that.
    private static async ValueTask<bool> HasMoreAsync<T>(ChannelReader<T> queue, CancellationToken cancellationToken)
    {
        try
        {
            return await queue.WaitToReadAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception) when (!cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }

    // Never throws: the queue passes on what ends it.
    private static async Task FillAsync<T>(IAsyncEnumerable<T> source, ChannelWriter<T> queue, CancellationToken cancellationToken)
    {
        try
        {
            await foreach (T item in source.WithCancellation(cancellationToken).ConfigureAwait(false))
            {
                await queue.WriteAsync(item, cancellationToken).ConfigureAwait(false);
            }

            queue.Complete();
        }
        catch (Exception end)
        {
            queue.Complete(end);
        }
    }
}
