using System.Collections.Immutable;
using System.Globalization;
using SsMfar.ConsoleApp.Pages;
using SsMfar.ConsoleApp.Shell;
using SsMfar.Reports.Charts;
using SsMfar.Reports.Pages;
using SsMfar.Training;

namespace SsMfar.ConsoleApp.Searching;

/// <summary>A search as an HTML page.</summary>
internal static class SearchPage
{
    public static string Write(SearchOutcome outcome) => ConsolePages.Render("search", new SearchView(outcome));
}

/// <summary>What the page of a search shows.</summary>
internal sealed class SearchView(SearchOutcome outcome)
{
    // As many as there are colours.
    private const int Curves = 8;

    // More numbers than these are of a range.
    private const int MostValues = 6;

    public string Rungs => SearchText.Rungs(outcome.Plan);

    public string Cost => outcome.Cost.ToString("0.##", CultureInfo.InvariantCulture);

    public string Epochs => outcome.Plan.Epochs.ToString(CultureInfo.InvariantCulture);

    public string Seeds => string.Join(", ", outcome.Arguments.Seeds);

    public string Options => outcome.Best is { } best ? SearchText.Command(outcome, best) : "";

    public string Score => TextTable.Number(outcome.Standings[0].Score, 3);

    /// <summary>The unchanged candidate, as far as it came.</summary>
    public string Unchanged
    {
        get
        {
            HalvingStanding start = outcome.Standings.First(standing => standing.Candidate == 0);
            return $"{TextTable.Number(start.Score, 3)} after {outcome.EpochsOf(start)} epochs";
        }
    }

    public ImmutableArray<string> Names =>
        [.. outcome.Candidates.SelectMany(candidate => candidate.Values.Keys).Distinct(StringComparer.Ordinal)];

    public ImmutableArray<RowView> Rows =>
    [
        .. outcome.Standings.Select(standing => new RowView(
            $"{standing.Candidate}",
            standing.Score is null ? "failed" : TextTable.Number(standing.Score, 3),
            SearchText.BestEpochs(outcome, standing),
            $"{outcome.EpochsOf(standing)}",
            [.. Names.Select(name => outcome.Candidates[standing.Candidate].Values.GetValueOrDefault(name, ""))])),
    ];

    /// <summary>The candidates that came furthest, by epoch.</summary>
    public ImmutableArray<FigureView> Courses
    {
        get
        {
            HalvingStanding[] shown = [.. outcome.Standings.Where(standing => standing.Score is not null).Take(Curves)];
            return shown.Length == 0
                ? []
                :
                [
                    FigureView.Of(new EpochChart(
                        "Score on the validation set, by epoch",
                        [
                            .. shown.Select((standing, i) => new ChartCurve(
                                $"candidate {standing.Candidate}", ChartTone.Of(i), outcome.Course(standing))),
                        ],
                        outcome.Plan.Epochs,
                        null)),
                ];
        }
    }

    /// <summary>What each value of a setting came to on the lowest rung, where all candidates stood.</summary>
    public ImmutableArray<SettingView> Settings => [.. Names.Select(Setting).Where(setting => setting.Values.Length > 0)];

    // Numbers of a range are all different: they are put in three parts.
    private SettingView Setting(string name)
    {
        (string Value, double Score)[] all =
        [
            .. from standing in outcome.Standings
               let value = outcome.Candidates[standing.Candidate].Values.GetValueOrDefault(name)
               where value is not null && standing.Scores[0] is not null
               select (value, standing.Scores[0]!.Value),
        ];
        double?[] numbers = [.. all.Select(one =>
            double.TryParse(one.Value, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) ? number : (double?)null)];
        bool isRange = all.Select(one => one.Value).Distinct(StringComparer.Ordinal).Count() > MostValues &&
            numbers.All(number => number is not null);
        var groups = isRange
            ? all.Zip(numbers).OrderBy(pair => pair.Second).Select((pair, i) => (pair.First, Part: 3 * i / all.Length))
                .GroupBy(pair => pair.Part, pair => pair.First).Select(part => (Name: $"{part.First().Value} to {part.Last().Value}", part))
            : all.GroupBy(one => one.Value, StringComparer.Ordinal).Select(part => (Name: part.Key, part: part.GroupBy(_ => 0).First()));
        return new(name, [.. groups.Select(group => new ValueView(
            group.Name, $"{group.part.Count()}", TextTable.Number(group.part.Average(one => one.Score), 3),
            TextTable.Number(group.part.Max(one => one.Score), 3)))]);
    }

    /// <summary>A candidate.</summary>
    internal sealed record RowView(string Candidate, string Score, string BestEpoch, string Epochs, ImmutableArray<string> Values);

    /// <summary>A setting.</summary>
    internal sealed record SettingView(string Name, ImmutableArray<ValueView> Values);

    /// <summary>A value of a setting, or a part of a range.</summary>
    internal sealed record ValueView(string Value, string Candidates, string Mean, string Best);
}
