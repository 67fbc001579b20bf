using System.Text.Json;
using SsMfar.Metadata;

namespace SsMfar.Reports;

public sealed partial class AffectReport
{
    // A score in a report's JSON, by the way to it.
    private static readonly (string Name, string[] Way)[] CardScores =
    [
        ("expression, macro F1", ["expression", "macroF1"]),
        ("action units, mean F1", ["actionUnits", "meanF1"]),
        ("valence and arousal, mean CCC", ["valenceArousal", "mean"]),
        ("P_MTL, their sum", ["pMtl"]),
    ];

    private static readonly (string Name, string Member)[] CardTasks =
    [
        ("expression, F1", "expression"), ("action units, F1", "actionUnits"), ("valence and arousal, CCC", "valenceArousal"),
    ];

    /// <summary>Returns the scores, with those of groups, as a model card keeps them.</summary>
    public CardEvaluation ToCardEvaluation()
    {
        using JsonDocument document = JsonDocument.Parse(ToJson());
        return CardOf(document.RootElement);
    }

    /// <summary>Reads the scores of a <c>report.json</c>, as a model card keeps them.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="InvalidDataException">The file is no such report.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static CardEvaluation ReadCardEvaluation(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        try
        {
            using JsonDocument document = JsonFile.Open(path);
            return CardOf(document.RootElement);
        }
        catch (Exception fault) when (DamagedJson.Is(fault))
        {
            throw new InvalidDataException(
                $"{path} is no report: {fault.Message.TrimEnd('.')}. Give a {JsonName} that a report wrote.", fault);
        }
    }

    private static CardEvaluation CardOf(JsonElement report)
    {
        JsonElement intervals = report.GetProperty("bootstrap");
        return new()
        {
            Rows = report.GetProperty("rows").GetInt32(),
            GroupBy = intervals.GetProperty("groupBy").GetString()!,
            Level = intervals.GetProperty("level").GetDouble(),
            Scores =
            [
                .. CardScores.Select(score => ScoreAt(report, intervals, score.Name, score.Way)).OfType<CardScore>(),
            ],
            Subgroups = [.. report.GetProperty("subgroups").EnumerateArray().SelectMany(Groups)],
        };
    }

    // One that too few resamples have has no interval, and stands without.
    private static CardScore? ScoreAt(JsonElement report, JsonElement intervals, string name, string[] way)
    {
        return At(intervals) is { ValueKind: JsonValueKind.Object } interval ? Score(name, interval)
            : At(report) is { ValueKind: JsonValueKind.Number } score ? new(name, score.GetDouble(), null, null)
            : null;

        JsonElement At(JsonElement whole) => way.Aggregate(whole, (part, member) => part.GetProperty(member));
    }

    private static IEnumerable<CardSubgroup> Groups(JsonElement column) =>
        from @group in column.GetProperty("groups").EnumerateArray()
           from task in CardTasks
           let own = @group.GetProperty(task.Member)
           where own.ValueKind == JsonValueKind.Object
           select new CardSubgroup(
               column.GetProperty("column").GetString()!, @group.GetProperty("name").GetString()!, own.GetProperty("labels").GetInt32(),
               Score(task.Name, own.GetProperty("score")), Score("gap", own.GetProperty("gap")), own.GetProperty("found").GetBoolean());

    private static CardScore Score(string name, JsonElement interval)
    {
        return new(name, Number("value"), Number("low"), Number("high"));

        double? Number(string member) =>
            interval.GetProperty(member) is { ValueKind: JsonValueKind.Number } number ? number.GetDouble() : null;
    }
}
