using System.Collections.Immutable;

namespace SsMfar.Training;

/// <summary>
/// How successive halving (Jamieson and Talwalkar, 2016) spends a budget: many candidates are trained for a few epochs, the best of them
/// further, and the best of those to the end. A candidate that goes on does so from where it was, so that its epochs are paid for once.
/// </summary>
public sealed class HalvingPlan
{
    private const int Most = 100_000;

    private HalvingPlan(int epochs, int runs, ImmutableArray<HalvingRung> rungs) => (Epochs, Runs, Rungs) = (epochs, runs, rungs);

    /// <summary>Gets the epochs of a full run.</summary>
    public int Epochs { get; }

    /// <summary>Gets the runs of a candidate, a seed each.</summary>
    public int Runs { get; }

    /// <summary>Gets the rungs, from the one that all candidates stand on to that of full runs.</summary>
    public ImmutableArray<HalvingRung> Rungs { get; }

    /// <summary>Gets the cost in full runs: the epochs of all runs, over those of a full one.</summary>
    public double Cost => CostOf(Rungs, Runs, Epochs);

    /// <summary>Plans as many candidates as the budget has epochs for.</summary>
    /// <param name="budget">In full runs of <paramref name="epochs"/> epochs; at least <paramref name="runs"/>.</param>
    /// <param name="epochs">The epochs of a full run, at least 1.</param>
    /// <param name="runs">The runs of a candidate, a seed each; at least 1.</param>
    /// <param name="factor">
    /// How many times fewer candidates, and more epochs, each rung has than the one below it; above 1. Epochs are rounded up, candidates
    /// down.
    /// </param>
    /// <param name="leastEpochs">The fewest epochs that a candidate is judged by; 1 to <paramref name="epochs"/>.</param>
    /// <param name="candidates">
    /// How many candidates there are at most; null for any number. Where the budget is enough to train all of them to the end, that is
    /// done.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    public static HalvingPlan Create(
        double budget, int epochs, int runs = 1, double factor = 3, int leastEpochs = 1, int? candidates = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(epochs, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(runs, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(candidates ?? 1, 1);
        if (!(budget >= runs))
        {
            throw new ArgumentOutOfRangeException(nameof(budget), budget, $"The budget is for at least one candidate, of {runs} runs.");
        }

        if (!(factor > 1))
        {
            throw new ArgumentOutOfRangeException(nameof(factor), factor, "The factor is above 1.");
        }

        ArgumentOutOfRangeException.ThrowIfLessThan(leastEpochs, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(leastEpochs, epochs);
        if (candidates is { } few && (double)few * runs <= budget)
        {
            return new(epochs, runs, [new(epochs, few)]);
        }

        // The cost grows with the number of candidates, so that the largest that is paid for is found by halves.
        int low = 1, high = Math.Min(candidates ?? Most, Most) + 1;
        while (high - low > 1)
        {
            int middle = low + ((high - low) / 2);
            (low, high) = CostOf(RungsOf(middle), runs, epochs) <= budget ? (middle, high) : (low, middle);
        }

        return new(epochs, runs, RungsOf(low));

        ImmutableArray<HalvingRung> RungsOf(int all)
        {
            int above = Enumerable.Range(0, 64).Last(count => count == 0 || epochs / Math.Pow(factor, count) >= leastEpochs - 1e-9);
            HalvingRung[] rungs =
            [
                .. Enumerable.Range(0, above + 1).Select(rung => new HalvingRung(
                    (int)Math.Ceiling((epochs / Math.Pow(factor, above - rung)) - 1e-9),
                    Math.Max(1, (int)Math.Floor((all / Math.Pow(factor, rung)) + 1e-9)))),
            ];

            // Where nobody is left behind, nothing is to be judged.
            return [.. rungs.Where((rung, i) => i == above || rung.Candidates > rungs[i + 1].Candidates)];
        }
    }

    private static double CostOf(ImmutableArray<HalvingRung> rungs, int runs, int epochs)
    {
        long sum = 0;
        int before = 0;
        foreach (HalvingRung rung in rungs)
        {
            sum += (long)rung.Candidates * (rung.Epochs - before);
            before = rung.Epochs;
        }

        return (double)sum * runs / epochs;
    }
}

/// <summary>A rung of successive halving.</summary>
/// <param name="epochs">The epochs that a candidate has been trained for when it is judged here.</param>
/// <param name="candidates">How many candidates are judged here.</param>
public sealed class HalvingRung(int epochs, int candidates)
{
    /// <summary>Gets the epochs that a candidate has been trained for when it is judged here.</summary>
    public int Epochs { get; } = epochs;

    /// <summary>Gets how many candidates are judged here.</summary>
    public int Candidates { get; } = candidates;

    /// <summary>Returns both numbers.</summary>
    public override string ToString() => FormattableString.Invariant($"{Candidates} candidates, {Epochs} epochs");
}
