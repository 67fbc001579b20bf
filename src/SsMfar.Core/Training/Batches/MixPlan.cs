using SsMfar.Randomness;

namespace SsMfar.Training;

/// <summary>Which rows of a micro-batch are mixed with which, and how far; a function of the key.</summary>
/// <param name="Partners">The row that each is mixed with, itself for one that is not; a permutation.</param>
/// <param name="Lambda">The share of the row itself.</param>
internal sealed record MixPlan(int[] Partners, double Lambda)
{
    /// <summary>Gets the rows that stay as they are.</summary>
    public IEnumerable<int> Unmixed => Enumerable.Range(0, Partners.Length).Where(row => Partners[row] == row);

    /// <summary>Draws a plan; null when no row is mixed.</summary>
    /// <param name="options">With an alpha.</param>
    /// <param name="alike">
    /// Of each row, a number that rows with the same labels have in common: rows are mixed with their like. Null for a row not to be mixed.
    /// </param>
    /// <param name="key">The micro-batch's.</param>
    public static MixPlan? Draw(MixupOptions options, IReadOnlyList<ulong?> alike, RandomKey key)
    {
        RandomSource random = key.ToSource();
        double lambda = SymmetricBeta.Draw(options.Alpha!.Value, ref random);
        int[] partners = [.. Enumerable.Range(0, alike.Count)];
        IGrouping<ulong, int>[] groups =
            [.. partners.Where(row => alike[row] is not null).GroupBy(row => alike[row]!.Value)];
        foreach (IGrouping<ulong, int> group in groups)
        {
            var mixed = new List<int>();
            foreach (int row in group)
            {
                if (random.NextBoolean(options.Share))
                {
                    mixed.Add(row);
                }
            }

            // In a circle, so that each is mixed with another, and is once another's partner.
            int[] circle = [.. mixed];
            random.Shuffle<int>(circle);
            for (int i = 0; i < circle.Length; i++)
            {
                partners[circle[i]] = circle[(i + 1) % circle.Length];
            }
        }

        MixPlan plan = new(partners, lambda);
        return plan.Unmixed.Count() == partners.Length ? null : plan;
    }
}
