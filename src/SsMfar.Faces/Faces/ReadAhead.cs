using System.Runtime.CompilerServices;

namespace SsMfar.Faces;

/// <summary>Works on a sequence ahead of its consumer, on other threads.</summary>
internal static class ReadAhead
{
    /// <summary>What becomes of each item, in the items' order, as soon as it and those before are done.</summary>
    /// <typeparam name="TItem">What comes in.</typeparam>
    /// <typeparam name="TResult">What goes out.</typeparam>
    /// <param name="items">The items. Where they fail, what was taken of them is given out first.</param>
    /// <param name="work">Works on an item; told its place, from 0.</param>
    /// <param name="most">How many items are taken and not given out, at most.</param>
    /// <param name="cancellationToken">Ends it, as leaving the loop does: nothing is running any more then.</param>
    public static async IAsyncEnumerable<TResult> RunAsync<TItem, TResult>(
        IAsyncEnumerable<TItem> items, Func<TItem, int, CancellationToken, TResult> work, int most,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        IAsyncEnumerator<TItem> source = items.GetAsyncEnumerator(stop.Token);
        Queue<Task<TResult>> running = new();
        Task<bool>? next = null;
        Task? failed = null;
        bool hasEnded = false;
        int index = 0;
        try
        {
            while (!hasEnded || running.Count > 0)
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (!hasEnded && next is null && running.Count < most)
                {
                    next = MoveNextAsync(source);
                }

                // Whatever comes first: another item, or the one whose turn it is.
                Task<TResult>? first = running.Count > 0 ? running.Peek() : null;
                await Task.WhenAny([.. new Task?[] { next, first }.OfType<Task>()]).WaitAsync(cancellationToken).ConfigureAwait(false);
                if (first?.IsCompleted == true)
                {
                    yield return await running.Dequeue().ConfigureAwait(false);
                }

                if (next is { IsCompleted: true } moved)
                {
                    (next, failed) = (null, moved.IsCompletedSuccessfully ? null : moved);
                    hasEnded = failed is not null || !await moved.ConfigureAwait(false);
                    if (!hasEnded)
                    {
                        (TItem item, int place) = (source.Current, index++);
                        running.Enqueue(Task.Run(() => work(item, place, stop.Token), CancellationToken.None));
                    }
                }
            }

            await (failed ?? Task.CompletedTask).ConfigureAwait(false);
        }
        finally
        {
            await stop.CancelAsync().ConfigureAwait(false);
            foreach (Task left in running.Append<Task>(next ?? Task.CompletedTask))
            {
                await left.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }

            await source.DisposeAsync().ConfigureAwait(false);
        }
    }

    // What a source throws at once is a failed task too.
    private static async Task<bool> MoveNextAsync<TItem>(IAsyncEnumerator<TItem> source) =>
        await source.MoveNextAsync().ConfigureAwait(false);
}
