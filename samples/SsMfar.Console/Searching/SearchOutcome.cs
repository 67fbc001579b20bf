using System.Collections.Immutable;
using SsMfar.Training;

namespace SsMfar.ConsoleApp.Searching;

/// <summary>A finished search.</summary>
/// <param name="Arguments">What was asked for.</param>
/// <param name="Plan">What was planned.</param>
/// <param name="Candidates">By number.</param>
/// <param name="Standings">From the best.</param>
/// <param name="Trials">By candidate and the epochs of a rung, a trial for each seed.</param>
/// <param name="Unused">The settings of a candidate that its own run has no use for.</param>
internal sealed record SearchOutcome(
    SearchArguments Arguments,
    HalvingPlan Plan,
    ImmutableArray<SearchCandidate> Candidates,
    ImmutableArray<HalvingStanding> Standings,
    IReadOnlyDictionary<(int Candidate, int Epochs), SearchTrial[]> Trials,
    Func<SearchCandidate, ImmutableArray<string>> Unused)
{
    /// <summary>The best candidate; null where none has a score.</summary>
    public SearchCandidate? Best => Standings[0].Score is null ? null : Candidates[Standings[0].Candidate];

    /// <summary>All epochs that were planned, in full runs; those of runs that failed included.</summary>
    public double Cost => Plan.Cost;

    /// <summary>What was trained, by the time that its epochs took.</summary>
    public double Seconds => Standings.Sum(standing => Last(standing).Sum(trial => trial.Seconds));

    /// <summary>The epochs of the highest rung that a candidate stood on.</summary>
    public int EpochsOf(HalvingStanding standing) => Plan.Rungs[standing.Scores.Length - 1].Epochs;

    /// <summary>A candidate's trials on that rung.</summary>
    public SearchTrial[] Last(HalvingStanding standing) => Trials[(standing.Candidate, EpochsOf(standing))];

    /// <summary>The score of each epoch, the mean over seeds; null where a run has none.</summary>
    public ImmutableArray<double?> Course(HalvingStanding standing)
    {
        SearchTrial[] trials = Last(standing);
        return [.. Enumerable.Range(0, trials.Min(trial => trial.Course.Length)).Select(epoch =>
            trials.Any(trial => trial.Course[epoch] is null) ? null : trials.Average(trial => trial.Course[epoch]))];
    }
}
