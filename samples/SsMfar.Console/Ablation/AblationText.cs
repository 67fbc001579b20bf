using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using SsMfar.ConsoleApp.Commands;
using SsMfar.ConsoleApp.Shell;
using SsMfar.Metrics;
using SsMfar.Models;

namespace SsMfar.ConsoleApp.Ablation;

/// <summary>Tables in the layout of the paper's, and what was run, for readers.</summary>
internal static class AblationText
{
    public const string WeightsNotGiven = "weights not given";

    private const string Note =
        "Mean ± standard deviation over seeds, of the best epoch on the validation set. The columns (paper) are the paper's, " +
        "on s-Aff-Wild2 and the Synthetic Data Challenge.";

    public static string Tables(
        ImmutableArray<AblationTable> tables,
        ImmutableArray<AblationComparison> comparisons,
        ImageGrouping grouping) =>
        string.Join('\n', tables.Select(Table)) + '\n' + Intervals(tables, grouping) + Differences(comparisons, grouping) + Notes(tables);

    /// <summary>What the intervals of differences are.</summary>
    public static string DifferencesNote(
        ImmutableArray<AblationComparison> comparisons,
        ImageGrouping grouping) => string.Create(CultureInfo.InvariantCulture,
        $"Differences of means over seeds, with {100 * comparisons[0].Intervals.Level:0.##}% intervals from " +
            $"{comparisons[0].Intervals.Resamples} resamples of the validation set's {grouping.Word()}, the same for both; * where 0 is " +
            $"outside.");

    /// <summary>What the intervals of scores are; empty where no row has any.</summary>
    public static string IntervalsNote(ImmutableArray<AblationTable> tables, ImageGrouping grouping) =>
        tables.SelectMany(table => table.Rows).Select(row => row.Intervals).OfType<AffectScoreIntervals>().FirstOrDefault() is { } drawn
            ? string.Create(
                CultureInfo.InvariantCulture,
                $"Intervals are of the mean over seeds, at {100 * drawn.Level:0.##}%, from {drawn.Resamples} resamples " +
                    $"of the validation set's {grouping.Word()}.")
            : "";

    /// <summary>A difference with its interval, for readers; a dash where undefined.</summary>
    public static string Difference(ScoreInterval? difference) => difference is { } known
        ? string.Create(CultureInfo.InvariantCulture, $"{known.Value:+0.000;-0.000;+0.000} ({known.Low:+0.000;-0.000;+0.000} to " +
            $"{known.High:+0.000;-0.000;+0.000}){(known.ExcludesZero ? '*' : ' ')}")
        : "-";

    /// <summary>
    /// The effective configuration of every row: that of each table's first in full, the others by what tells them apart.
    /// </summary>
    public static string Configurations(ImmutableArray<AblationTable> tables)
    {
        StringBuilder text = new();
        foreach (AblationTable table in tables)
        {
            text.Append(CultureInfo.InvariantCulture, $"{table.Title}: configurations\n");
            foreach (AblationRow row in table.Rows)
            {
                Configuration(text, table, row);
            }
        }

        return text.ToString();
    }

    /// <summary>What a row that was not run would need.</summary>
    public static string Missing(AblationRow row) =>
        $"{WeightsNotGiven}: --pretrained {row.Paper.Variant.PretrainedOn}=FILE, or --weights imagenet for others in their place";

    /// <summary>Remarks that the tables need to be read rightly.</summary>
    public static string Notes(ImmutableArray<AblationTable> tables)
    {
        StringBuilder notes = new(Note);
        notes.Append('\n');
        const string Option = $"--pretrained {PaperRow.UsualPretraining}=FILE";
        Append("From scratch", $"{Option}, or --weights imagenet", BackboneStart.FromScratch);
        Append($"From {ImageNetWeights.DataSet}", Option, BackboneStart.ImageNet);
        return notes.ToString();

        void Append(string from, string options, BackboneStart start)
        {
            string[] methods =
            [
                .. tables.SelectMany(table => table.Rows)
                    .Where(row => row.Paper.Variant is { FromScratch: false, PretrainedOn: null })
                    .Where(row => row.Plan.Any(run => run.Start == start))
                    .Select(row => row.Paper.Method).Distinct(),
            ];
            if (methods.Length > 0)
            {
                notes.Append(
                    CultureInfo.InvariantCulture,
                    $"{from}, where the paper starts from {PaperRow.UsualPretraining} ({options}): {string.Join(", ", methods)}.\n");
            }
        }
    }

    /// <summary>The paper's numbers for a row of a table.</summary>
    public static PaperScores InPaper(AblationTable table, AblationRow row) => table.Set.Table == 1
        ? row.Paper.Scores
        : row.Paper.Variant == Training.SsMfarVariant.SsMfar ? PaperRow.SixClasses : PaperScores.None;

    private static string Table(AblationTable table)
    {
        const string Paper = "(paper)";
        TextTable text = table.Set.Table == 1
            ? new("Method", "Exp-F1 score", Paper, "AU-F1 score", Paper, "VA-Score", Paper, "Overall", Paper)
            : new("Method", "Exp-F1 score", Paper);
        foreach (AblationRow row in table.Rows)
        {
            string first = row.Note ?? row.Expression.ToString();
            PaperScores paper = InPaper(table, row);
            text.Add(table.Set.Table == 1
                ?
                [
                    row.Paper.Method, first, Number(paper.Expression), row.ActionUnits.ToString(), Number(paper.ActionUnits),
                    row.ValenceArousal.ToString(), Number(paper.ValenceArousal), row.Overall.ToString(), Number(paper.Overall),
                ]
                : [row.Paper.Method, first, Number(paper.Expression)]);
        }

        return $"{table.Title}\n{text}";
    }

    private static string Intervals(ImmutableArray<AblationTable> tables, ImageGrouping grouping)
    {
        if (IntervalsNote(tables, grouping) is not { Length: > 0 } note)
        {
            return "";
        }

        TextTable table = new("", "Exp-F1 score", "AU-F1 score", "VA-Score", "Overall", "epochs");
        foreach ((AblationTable data, AblationRow row) in
            tables.SelectMany(data => data.Rows.Where(row => row.Intervals is not null).Select(row => (data, row))))
        {
            AffectScoreIntervals own = row.Intervals!;
            table.Add(
            [
                FormattableString.Invariant($"{row.Paper.Method}, table {data.Set.Table}, {data.Recipe}"),
                .. new[] { own.ExpressionMacroF1, own.ActionUnitMeanF1, own.ValenceArousalMean, own.PMtl }
                    .Select(score => score is { } known ? $"{Number(known.Low)} to {Number(known.High)}" : "-"),
                string.Join(", ", row.Runs.Select(run => run.BestEpoch)),
            ]);
        }

        return $"{note}\n{table}\n";
    }

    private static string Number(double? score) => TextTable.Number(score, 3);

    private static string Differences(ImmutableArray<AblationComparison> comparisons, ImageGrouping grouping)
    {
        if (comparisons.IsEmpty)
        {
            return "";
        }

        StringBuilder text = new(DifferencesNote(comparisons, grouping));
        text.Append('\n');
        foreach (var data in comparisons.GroupBy(comparison => comparison.Table.Set))
        {
            bool full = data.Key.Table == 1;
            TextTable table = full
                ? new(data.Key.Title, "Exp-F1 score", "AU-F1 score", "VA-Score", "Overall")
                : new(data.Key.Title, "Exp-F1 score");
            foreach (AblationComparison comparison in data)
            {
                string expression = Difference(comparison.Expression);
                table.Add(full
                    ?
                    [
                        comparison.Title, expression, Difference(comparison.ActionUnits), Difference(comparison.ValenceArousal),
                        Difference(comparison.Overall),
                    ]
                    : [comparison.Title, expression]);
            }

            text.Append(table).Append('\n');
        }

        return text.ToString();
    }

    private static void Configuration(StringBuilder text, AblationTable table, AblationRow row)
    {
        text.Append(CultureInfo.InvariantCulture, $"  {row.Paper.Method} ({row.Paper.Variant.Name}): ");
        if (row.Configuration is not { } configuration)
        {
            text.Append(Missing(row)).Append('\n');
        }
        else if (table.Neighbour(row) is { } neighbour)
        {
            text.Append(CultureInfo.InvariantCulture, $"as {neighbour.Paper.Method}, but {row.Paper.Change}\n");
            foreach (string difference in table.Differences(row))
            {
                text.Append(CultureInfo.InvariantCulture, $"    {difference}\n");
            }
        }
        else
        {
            text.Append(CultureInfo.InvariantCulture, $"{row.Paper.Change}\n");
            foreach ((string name, string value) in configuration)
            {
                text.Append(CultureInfo.InvariantCulture, $"    {name}: {value}\n");
            }
        }
    }
}
