namespace SsMfar.Models;

/// <summary>Which rows of a batch that several ranks go through together are this rank's, of the weak and of the strong views.</summary>
/// <param name="Rows">N: the weak views of all ranks.</param>
/// <param name="Start">The first of this rank's.</param>
/// <param name="Count">How many are this rank's, at least 1.</param>
/// <param name="Strong">S: the strong views of all ranks.</param>
/// <param name="StrongStart">The first of this rank's.</param>
/// <param name="StrongCount">How many are this rank's.</param>
internal sealed record RowShare(int Rows, int Start, int Count, int Strong, int StrongStart, int StrongCount)
{
    /// <summary>
    /// Gets whether every rank goes through all strong views, since there are fewer than ranks and each must take part in their pass; rank
    /// 0's outputs are those that count.
    /// </summary>
    public bool StrongEverywhere { get; init; }

    /// <summary>A rank's share: rows in their order, as many as any other's or one fewer.</summary>
    /// <param name="rows">N, at least the number of ranks.</param>
    /// <param name="strong">S.</param>
    /// <param name="rank">The rank.</param>
    /// <param name="ranks">How many there are.</param>
    /// <param name="everyRankNeedsStrong">Whether a rank may not be without strong views where there are any.</param>
    public static RowShare Of(int rows, int strong, int rank, int ranks, bool everyRankNeedsStrong)
    {
        bool everywhere = everyRankNeedsStrong && strong > 0 && strong < ranks;
        int start = At(rows, rank), strongStart = everywhere ? 0 : At(strong, rank);
        return new(rows, start, At(rows, rank + 1) - start, strong, strongStart, everywhere ? strong : At(strong, rank + 1) - strongStart)
        {
            StrongEverywhere = everywhere,
        };

        int At(int count, int place) => (int)((long)count * place / ranks);
    }
}
