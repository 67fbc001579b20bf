using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace SsMfar.Inference;

/// <summary>
/// Images in, predictions out, in order: images are decoded ahead into a queue of a batch and a few, while the batch before runs. Leaving
/// the loop, cancellation and errors all end with no work left in the background.
/// </summary>
internal static class PredictionStream
{
    public static async IAsyncEnumerable<PredictionItem> RunAsync(
        PredictionEngine engine, IAsyncEnumerable<FaceImage> faces, bool fullBatches,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var threads = new SemaphoreSlim(engine.DecodeThreads);
        Channel<Task<DecodedFace>> queue = Channel.CreateBounded<Task<DecodedFace>>(
            new BoundedChannelOptions(engine.BatchSize + engine.DecodeThreads) { SingleReader = true, SingleWriter = true });
        Task decoding = Task.Run(() => DecodeAsync(engine, faces, queue.Writer, threads, stop.Token), CancellationToken.None);
        try
        {
            while (true)
            {
                List<DecodedFace> batch = await TakeAsync(queue.Reader, engine.BatchSize, fullBatches, cancellationToken).ConfigureAwait(
                    false);
                if (batch.Count == 0)
                {
                    break;
                }

                PredictionItem[] items = await Task.Run(() => engine.RunBatch(batch), cancellationToken).ConfigureAwait(false);
                foreach (PredictionItem item in items)
                {
                    yield return item;
                }
            }
        }
        finally
        {
            await stop.CancelAsync().ConfigureAwait(false);
            await decoding.ConfigureAwait(false);
            while (queue.Reader.TryRead(out Task<DecodedFace>? left))
            {
                await ((Task)left).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    // Each image is decoded as one piece of work on the thread pool; the queue holds them in order, done or not. Never throws: the queue
    // passes on what ends it.
    private static async Task DecodeAsync(
        PredictionEngine engine, IAsyncEnumerable<FaceImage> faces, ChannelWriter<Task<DecodedFace>> queue,
        SemaphoreSlim threads, CancellationToken cancellationToken)
    {
        Task last = Task.CompletedTask;
        try
        {
            int index = 0;
            await foreach (FaceImage face in faces.WithCancellation(cancellationToken).ConfigureAwait(false))
            {
                await threads.WaitAsync(cancellationToken).ConfigureAwait(false);
                int place = index++;
                Task<DecodedFace> decoding = Task.Run(() => Decode(place, face), CancellationToken.None);
                last = decoding;
                await queue.WriteAsync(decoding, cancellationToken).ConfigureAwait(false);
            }

            queue.Complete();
        }
        catch (Exception end)
        {
            // It may be running without having come into the queue.
            await last.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            queue.Complete(end);
        }

        DecodedFace Decode(int place, FaceImage face)
        {
            try
            {
                return engine.Decode(place, face);
            }
            finally
            {
                threads.Release();
            }
        }
    }

    // The next images in order, as many as make a batch; fewer at the end, or where no others are ready and a full batch is not asked for.
    private static async ValueTask<List<DecodedFace>> TakeAsync(
        ChannelReader<Task<DecodedFace>> queue, int batchSize, bool fullBatch, CancellationToken cancellationToken)
    {
        var batch = new List<DecodedFace>(batchSize);
        while (batch.Count < batchSize)
        {
            bool waits = batch.Count == 0 || fullBatch;
            if (!queue.TryPeek(out Task<DecodedFace>? next))
            {
                if (!waits || !await queue.WaitToReadAsync(cancellationToken).ConfigureAwait(false))
                {
                    break;
                }
            }
            else if (waits || next.IsCompletedSuccessfully)
            {
                queue.TryRead(out _);
                batch.Add(await next.ConfigureAwait(false));
            }
            else
            {
                break;
            }
        }

        return batch;
    }
}
