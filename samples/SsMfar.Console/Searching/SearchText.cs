using System.Globalization;
using System.Text;
using SsMfar.ConsoleApp.Commands;
using SsMfar.ConsoleApp.Shell;
using SsMfar.Training;

namespace SsMfar.ConsoleApp.Searching;

/// <summary>A search for readers of a terminal, and as comma-separated values.</summary>
internal static class SearchText
{
    /// <summary>What will be trained, a line.</summary>
    public static string Plan(HalvingPlan plan) => string.Create(
        CultureInfo.InvariantCulture,
        $"{Rungs(plan)}: {plan.Cost:0.##} full runs of {plan.Epochs} epochs.");

    /// <summary>The rungs, in words.</summary>
    public static string Rungs(HalvingPlan plan) => string.Join(", then ", plan.Rungs.Select(rung => string.Create(
        CultureInfo.InvariantCulture, $"{rung.Candidates} {(rung.Candidates == 1 ? "candidate" : "candidates")} to {rung.Epochs} epochs")));

    public static string Table(SearchOutcome outcome)
    {
        TextTable table = new("candidate", "score", "best epoch", "of", "settings");
        foreach (HalvingStanding standing in outcome.Standings)
        {
            table.Add(
                standing.Candidate.ToString(CultureInfo.InvariantCulture),
                TextTable.Number(standing.Score),
                BestEpochs(outcome, standing),
                outcome.EpochsOf(standing).ToString(CultureInfo.InvariantCulture),
                SearchCandidates.Words(outcome.Candidates[standing.Candidate]));
        }

        return $"{table}{Plan(outcome.Plan)}\n{(outcome.Best is { } found ? Best(outcome, found) : Nothing(outcome))}\n";
    }

    private static string Best(SearchOutcome outcome, SearchCandidate found)
    {
        string[] idle = [.. outcome.Arguments.Training.Settings.Values.Keys.Intersect(outcome.Unused(found))];
        return $"best: {Command(outcome, found)}" +
            (idle.Length == 0 ? "" : $"\nwithout --set {string.Join(", ", idle)}, for which it has no use");
    }

    // Candidates of lower rungs may have scores all the same.
    private static string Nothing(SearchOutcome outcome) => outcome.Standings.Any(standing => standing.Score is not null)
        ? $"No candidate came through {outcome.Plan.Epochs} epochs: those that were to failed. More --budget, with --resume, tries others."
        : "No candidate came to a score.";

    public static string Csv(SearchOutcome outcome)
    {
        string[] names = [.. outcome.Candidates.SelectMany(candidate => candidate.Values.Keys).Distinct(StringComparer.Ordinal)];
        StringBuilder text = new(Shell.Csv.Row(["place", "candidate", "score", "best_epoch", "epochs", "failure", .. names]));
        for (int place = 0; place < outcome.Standings.Length; place++)
        {
            HalvingStanding standing = outcome.Standings[place];
            var values = outcome.Candidates[standing.Candidate].Values;
            text.Append(Shell.Csv.Row(
            [
                Text(place + 1), Text(standing.Candidate), Shell.Csv.Number(standing.Score), BestEpochs(outcome, standing),
                Text(outcome.EpochsOf(standing)), Failure(outcome, standing) ?? "",
                .. names.Select(name => values.GetValueOrDefault(name, "")),
            ]));
        }

        return text.ToString();
    }

    /// <summary>The epochs of the best scores, one for each seed.</summary>
    public static string BestEpochs(SearchOutcome outcome, HalvingStanding standing) =>
        string.Join('/', outcome.Last(standing).Select(trial => Text(trial.BestEpoch)));

    /// <summary>Why a candidate came to nothing; null where it did not.</summary>
    public static string? Failure(SearchOutcome outcome, HalvingStanding standing) =>
        outcome.Last(standing).Select(trial => trial.Failure).FirstOrDefault(failure => failure is not null);

    /// <summary>
    /// The options of <c>train</c> that repeat a candidate, beside those that the search was given, as they are typed in a shell.
    /// </summary>
    public static string Command(SearchOutcome outcome, SearchCandidate candidate)
    {
        TrainArguments start = outcome.Arguments.Training;
        var used = candidate.Values.RemoveRange(outcome.Unused(candidate));
        IEnumerable<string> changes = used.Select(change => char.IsLower(change.Key[0])
            ? $"--{change.Key} {ShellWord.Of(change.Value)}"
            : $"--set {ShellWord.Of($"{change.Key}={change.Value}")}");
        IEnumerable<string> kept = new[] { ("recipe", start.Recipe.Name), ("variant", start.Variant.Name) }
            .Where(option => !candidate.Values.ContainsKey(option.Item1)).Select(option => $"--{option.Item1} {option.Item2}");
        IEnumerable<string> seed = outcome.Arguments.Seeds[0] == start.Seed
            ? [] : [string.Create(CultureInfo.InvariantCulture, $"--seed {outcome.Arguments.Seeds[0]}")];
        return string.Join(' ', [.. kept, .. changes, .. seed]);
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
