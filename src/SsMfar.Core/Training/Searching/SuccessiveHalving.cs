using System.Collections.Immutable;

namespace SsMfar.Training;

/// <summary>Successive halving: judges candidates rung by rung, and takes the best of each rung to the next.</summary>
public static class SuccessiveHalving
{
    /// <summary>Runs a plan, one candidate after another.</summary>
    /// <param name="plan">The rungs.</param>
    /// <param name="judge">
    /// Trains a candidate to the epochs of a rung, from where it was left, and returns its score, the higher the better; null or NaN where
    /// it came to nothing, after which it goes no further.
    /// </param>
    /// <param name="dropped">
    /// Told each candidate that goes no further, as soon as that is certain and once, so that what it left can be removed; those of the
    /// last rung are not told. Null for nobody.
    /// </param>
    /// <param name="cancellationToken">Handed on to <paramref name="judge"/>, and looked at between two candidates.</param>
    /// <returns>Every candidate from the best: those of a higher rung first, then by their last score, then by number.</returns>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static async Task<ImmutableArray<HalvingStanding>> RunAsync(
        HalvingPlan plan,
        Func<HalvingTrial, CancellationToken, Task<double?>> judge,
        Action<int>? dropped = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(judge);
        var scores = Enumerable.Range(0, plan.Rungs[0].Candidates).Select(_ => new List<double?>()).ToArray();
        int[] candidates = [.. Enumerable.Range(0, scores.Length)];
        for (int rung = 0; rung < plan.Rungs.Length; rung++)
        {
            int places = rung + 1 < plan.Rungs.Length ? plan.Rungs[rung + 1].Candidates : int.MaxValue;
            List<int> best = [];
            foreach (int candidate in candidates)
            {
                cancellationToken.ThrowIfCancellationRequested();
                double? score = await judge(new(candidate, rung, plan.Rungs[rung].Epochs), cancellationToken).ConfigureAwait(false);
                scores[candidate].Add(score is { } number && !double.IsNaN(number) ? number : null);
                Place(best, candidate);
            }

            candidates = [.. best.Order()];

            // A failed candidate has its place in the last rung's order, but goes to no further one.
            void Place(List<int> sorted, int candidate)
            {
                bool isLast = places == int.MaxValue;
                if (scores[candidate][^1] is null && !isLast)
                {
                    dropped?.Invoke(candidate);
                    return;
                }

                sorted.Add(candidate);
                sorted.Sort((one, other) => Compare(scores[one][^1], scores[other][^1], one, other));
                if (sorted.Count > places)
                {
                    dropped?.Invoke(sorted[^1]);
                    sorted.RemoveAt(sorted.Count - 1);
                }
            }
        }

        return
        [
            .. scores.Select((own, candidate) => new HalvingStanding(candidate, [.. own]))
                .Order(Comparer<HalvingStanding>.Create((one, other) => one.Scores.Length != other.Scores.Length
                    ? other.Scores.Length - one.Scores.Length
                    : Compare(one.Score, other.Score, one.Candidate, other.Candidate))),
        ];
    }

    private static int Compare(double? one, double? other, int first, int second) =>
        Nullable.Compare(other, one) is not 0 and var order ? order : first - second;
}

/// <summary>A candidate to judge at a rung.</summary>
/// <param name="candidate">Its number, from 0.</param>
/// <param name="rung">The rung, from 0.</param>
/// <param name="epochs">The epochs to train it to, those of earlier rungs included.</param>
public sealed class HalvingTrial(int candidate, int rung, int epochs)
{
    /// <summary>Gets the candidate's number, from 0.</summary>
    public int Candidate { get; } = candidate;

    /// <summary>Gets the rung, from 0.</summary>
    public int Rung { get; } = rung;

    /// <summary>Gets the epochs to train it to, those of earlier rungs included.</summary>
    public int Epochs { get; } = epochs;
}

/// <summary>How far a candidate came.</summary>
/// <param name="candidate">Its number, from 0.</param>
/// <param name="scores">Its score at each rung that it stood on; null where it came to nothing.</param>
public sealed class HalvingStanding(int candidate, ImmutableArray<double?> scores)
{
    /// <summary>Gets the candidate's number, from 0.</summary>
    public int Candidate { get; } = candidate;

    /// <summary>Gets its score at each rung that it stood on, from the lowest; null where it came to nothing.</summary>
    public ImmutableArray<double?> Scores { get; } = scores;

    /// <summary>Gets the score at the highest rung that it stood on.</summary>
    public double? Score => Scores.IsEmpty ? null : Scores[^1];

    /// <summary>Returns the number and the scores.</summary>
    public override string ToString() => FormattableString.Invariant($"{Candidate}: {string.Join(", ", Scores)}");
}
