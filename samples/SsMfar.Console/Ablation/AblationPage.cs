using System.Collections.Immutable;
using System.Globalization;
using SsMfar.Imaging;
using SsMfar.Metrics;
using SsMfar.Reports.Ablation;

namespace SsMfar.ConsoleApp.Ablation;

/// <summary>What the page and the figures about an ablation are made of. Equal runs give equal pages, but for the times.</summary>
internal static class AblationPage
{
    // What the paper's numbers are of: s-Aff-Wild2 has as many images. The paper counts the lines of headers too.
    private const int PapersTraining = 142_382;
    private const int PapersValidation = 26_876;

    /// <summary>Whether sets are as large as those that the paper's numbers are of.</summary>
    public static bool IsPapers(int training, int validation) => (training, validation) == (PapersTraining, PapersValidation);

    public static AblationReport Of(
        ImmutableArray<AblationTable> tables,
        ImmutableArray<AblationComparison> comparisons,
        AblationArguments arguments,
        IReadOnlyDictionary<AblationSet, IImageSource> images) => new()
        {
            Faces = arguments.Given is null ? "drawn" : "the given",
            TrainingFaces = tables[0].Set.Training.Count,
            ValidationFaces = tables[0].Set.Validation.Count,
            Seeds = string.Join(
                ", ", tables.SelectMany(table => table.Rows).SelectMany(row => row.Runs).Select(run => run.Seed).Distinct().Order()),
            Hidden = Share(arguments.HideExpressions),
            HiddenLabels = Share(arguments.HideLabels),
            Tables = [.. tables.Select(table => Table(table, images[table.Set]))],
            IntervalsNote = AblationText.IntervalsNote(tables, arguments.Grouping),
            DifferencesNote = comparisons.IsEmpty ? "" : AblationText.DifferencesNote(comparisons, arguments.Grouping),
            Differences =
            [
                .. comparisons.Select(one => new AblationDifference(
                    one.Title,
                    one.Table.Set.Title,
                    [
                        .. new ScoreInterval?[] { one.Expression, one.ActionUnits, one.ValenceArousal, one.Overall }
                            .Select(AblationText.Difference),
                    ])),
            ],
            Notes = [.. AblationText.Notes(tables).Split('\n', StringSplitOptions.RemoveEmptyEntries)],
            Origins =
            [
                .. tables.SelectMany(table => table.Rows).SelectMany(row => row.Runs).Select(run => run.Origin).OfType<string>().Distinct(),
            ],
        };

    private static AblationReportTable Table(AblationTable table, IImageSource images) => new()
    {
        Title = table.Title,
        FileName = string.Create(CultureInfo.InvariantCulture, $"table-{table.Set.Table}-{table.Recipe}"),
        Data = table.Set.Title,
        PaperData = table.Set.Table == 1 ? "s-Aff-Wild2" : "Synthetic Data Challenge",
        IsPapersData = table.Set.Table == 1 && IsPapers(table.Set.Training.Count, table.Set.Validation.Count),
        Tasks = table.Set.Tasks,
        Rows = [.. table.Rows.Select(row => Row(table, row))],
        Truth = table.Set.Validation,
        Images = images,
        Configurations = AblationText.Configurations([table]),
    };

    private static AblationReportRow Row(AblationTable table, AblationRow row)
    {
        PaperScores paper = AblationText.InPaper(table, row);
        return new()
        {
            Method = row.Paper.Method,
            Note = row.Note ?? "",
            Change = table.Neighbour(row) is { } neighbour ? $"{neighbour.Paper.Method}, but {row.Paper.Change}" : row.Paper.Change,
            Differences = table.Differences(row),
            Paper = [paper.Expression, paper.ActionUnits, paper.ValenceArousal, paper.Overall],
            Runs = [.. row.Runs.Select(Run)],
            Predictions = row.Predictions,
            Intervals = row.Intervals,
        };
    }

    private static AblationReportRun Run(RunResult run) => new(
        run.Seed, run.BestEpoch, [run.Expression, run.ActionUnits, run.ValenceArousal, run.Overall], [.. run.ExpressionF1 ?? []],
        [.. run.ActionUnitF1 ?? []], [.. run.Confusion], run.Affect, [.. run.Epochs], run.Seconds);

    private static string Share(double share) => share > 0 ? FormattableString.Invariant($"{share:P0}") : "";
}
