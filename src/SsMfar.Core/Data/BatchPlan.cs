namespace SsMfar.Data;

/// <summary>
/// Cuts an epoch's rows into batches of nearly the size asked for, whose own sizes differ by one row at most: no batch needs more memory
/// than the others, and none takes its batch statistics over a handful of rows. A remainder of a few rows is spread over the full
/// batches, which thereby exceed the batch size by a 32nd of it at most (or by one row); a larger one makes one batch more, and all
/// of them smaller.
/// </summary>
internal static class BatchPlan
{
    private const int LargestExcess = 32;

    /// <summary>The batches of an epoch, as ranges of its rows, each of at least two rows.</summary>
    /// <param name="rows">The number of rows, at least 2.</param>
    /// <param name="batchSize">The batch size, at least 2.</param>
    /// <exception cref="ArgumentOutOfRangeException">Fewer than two rows (batch statistics need two), or a batch size below 2.</exception>
    public static IReadOnlyList<Range> Cut(int rows, int batchSize)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(rows, 2);
        ArgumentOutOfRangeException.ThrowIfLessThan(batchSize, 2);
        int full = rows / batchSize;
        long excess = (long)full * Math.Max(1, batchSize / LargestExcess);
        int count = rows % batchSize <= excess ? full : full + 1;
        var batches = new Range[count];
        for (int i = 0; i < count; i++)
        {
            batches[i] = Start(i)..Start(i + 1);
        }

        return batches;

        int Start(int batch) => (int)((long)rows * batch / count);
    }
}
