namespace SsMfar.Data;

/// <summary>
/// Cuts an epoch's rows into batches. A remainder smaller than max(8, batch / 4) joins the batch before it, since batch statistics over
/// a handful of rows harm more than a slightly larger batch; a set smaller than a batch is one batch.
/// </summary>
public static class BatchPlan
{
    private const int SmallestRemainder = 8;

    /// <summary>The batches of an epoch, as ranges of its rows.</summary>
    /// <param name="rows">The number of rows, at least 2.</param>
    /// <param name="batchSize">The batch size, at least 2.</param>
    /// <exception cref="ArgumentOutOfRangeException">Fewer than two rows (batch statistics need two), or a batch size below 2.</exception>
    public static IReadOnlyList<Range> Cut(int rows, int batchSize)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(rows, 2);
        ArgumentOutOfRangeException.ThrowIfLessThan(batchSize, 2);
        var batches = new List<Range>((rows / batchSize) + 1);
        int start = 0;
        while (start < rows)
        {
            int end = Math.Min(start + batchSize, rows);
            int rest = rows - end;
            if (rest < Math.Max(SmallestRemainder, batchSize / 4))
            {
                end = rows;
            }

            batches.Add(start..end);
            start = end;
        }

        return batches;
    }
}
