using System.Text.Json.Nodes;
using SsMfar.ConsoleApp.Shell;
using SsMfar.Training;

namespace SsMfar.ConsoleApp.Searching;

/// <summary>
/// The document of <c>search --json</c>. It says nothing about time, so that a search in one go and one in several give the same.
/// </summary>
internal static class SearchJson
{
    public static JsonObject Of(SearchOutcome outcome) => new()
    {
        ["budget"] = outcome.Arguments.Budget,
        ["cost"] = outcome.Cost,
        ["epochs"] = outcome.Plan.Epochs,
        ["seeds"] = JsonResults.Array(outcome.Arguments.Seeds),
        ["rungs"] = new JsonArray([.. outcome.Plan.Rungs.Select(rung =>
            new JsonObject { ["epochs"] = rung.Epochs, ["candidates"] = rung.Candidates })]),
        ["best"] = outcome.Best?.Number,
        ["options"] = outcome.Best is { } best ? SearchText.Command(outcome, best) : null,
        ["candidates"] = new JsonArray([.. outcome.Standings.Select(standing => Candidate(outcome, standing))]),
    };

    private static JsonObject Candidate(SearchOutcome outcome, HalvingStanding standing) => new()
    {
        ["candidate"] = standing.Candidate,
        ["settings"] = new JsonObject(outcome.Candidates[standing.Candidate].Values
            .Select(setting => KeyValuePair.Create(setting.Key, (JsonNode?)setting.Value))),
        ["score"] = standing.Score,
        ["scores"] = JsonResults.Array(standing.Scores),
        ["epochs"] = outcome.EpochsOf(standing),
        ["bestEpochs"] = JsonResults.Array(outcome.Last(standing).Select(trial => trial.BestEpoch)),
        ["failure"] = SearchText.Failure(outcome, standing),
    };
}
