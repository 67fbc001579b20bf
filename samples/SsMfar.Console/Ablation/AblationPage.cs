using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using SsMfar.ConsoleApp.Commands;
using SsMfar.ConsoleApp.Demo;
using SsMfar.ConsoleApp.Shell;
using SsMfar.Data;
using SsMfar.Metrics;

namespace SsMfar.ConsoleApp.Ablation;

/// <summary>One HTML page that needs nothing beside itself. It says nothing about time, so that equal runs give equal pages.</summary>
internal static class AblationPage
{
    private const string Template = "ablation.html";

    public static string Write(
        ImmutableArray<AblationTable> tables,
        ImmutableArray<AblationComparison> comparisons,
        AblationArguments arguments)
    {
        StringBuilder page = new(ReadTemplate());
        page.Replace("{{title}}", Encode(Title(arguments)));
        page.Replace("{{summary}}", Summary(tables, arguments.HideExpressions));
        page.Replace("{{tables}}", string.Concat(tables.Select(Section)));
        page.Replace("{{differences}}", comparisons.IsEmpty ? "" : Differences(comparisons, arguments.Grouping));
        page.Replace("{{notes}}", string.Concat(
            AblationText.Notes(tables).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(note => $"<p>{Encode(note)}</p>")));
        return page.ToString();
    }

    // Whose faces these are not is said at once: scores of drawn faces say nothing of the paper's.
    private static string Title(AblationArguments arguments) =>
        arguments.Given is null ? "The rows of the paper's tables, on drawn faces" : "The rows of the paper's tables, on the given faces";

    private static string Encode(string text) => ReportPage.Encode(text);

    private static string ReadTemplate()
    {
        using Stream stream = typeof(AblationPage).Assembly.GetManifestResourceStream(typeof(AblationPage), Template)
            ?? throw new InvalidOperationException($"The program lacks its resource {Template}.");
        using StreamReader reader = new(stream);
        return reader.ReadToEnd();
    }

    private static string Summary(ImmutableArray<AblationTable> tables, double hidden)
    {
        AblationSet first = tables[0].Set;
        string seeds = string.Join(
            ", ",
            tables.SelectMany(table => table.Rows).SelectMany(row => row.Runs).Select(run => run.Seed).Distinct().Order());
        string hiding = hidden > 0 ? FormattableString.Invariant($" {hidden:P0} of the training set's expression labels were hidden.") : "";
        return FormattableString.Invariant(
            $"{first.Training.Count:N0} faces to learn from, {first.Validation.Count:N0} to judge by; seeds {seeds}.{hiding}");
    }

    private static string Section(AblationTable table)
    {
        AblationRow[] run = [.. table.Rows.Where(row => row.HasScores)];
        return $"""
                <section><h2>{Encode(table.Title)}</h2>
                {Scores(table)}
                {(run.Length > 0 ? Details(table, run) : "")}
                <details><summary>Effective configurations</summary><pre>{Encode(AblationText.Configurations([table]))}</pre></details>
                </section>

                """;
    }

    private static string Details(AblationTable table, AblationRow[] rows)
    {
        StringBuilder text = new();
        text.Append(
            "<h3>How they learned</h3><p class=\"soft\">Means over seeds, on the validation set, by epoch.</p><div class=\"charts\">");
        text.Append(PageCharts.Learning(table, rows)).Append("</div>");
        if (rows.Any(row => row.Runs[0].Epochs[0].Thresholds is not null))
        {
            text.Append("<h3>Thresholds and confident rows</h3><p class=\"soft\">The threshold of each class, and the share of unlabelled rows above theirs.</p><div class=\"charts\">");
            text.Append(PageCharts.Policies(table, rows)).Append("</div>");
        }

        text.Append("<h3>Class by class</h3>").Append(F1(rows, table.Set.Classes.Names, run => run.ExpressionF1));
        if (rows.All(row => row.Runs[0].ActionUnitF1 is not null))
        {
            text.Append("<h3>Unit by unit</h3>").Append(F1(rows, ActionUnits.Names, run => run.ActionUnitF1));
        }

        text.Append("<h3>Expressions taken for each other</h3><p class=\"soft\">Labels down, predictions across, in per cent of the label's rows; all seeds together.</p><div class=\"charts\">");
        text.Append(string.Concat(rows.Select(row => PageMatrices.Confusion(row, table.Set.Classes)))).Append("</div>");
        if (rows.Any(row => row.Runs[0].Affect.Length > 0))
        {
            text.Append("<h3>Valence and arousal</h3><p class=\"soft\">Labels across, predictions up, each from -1 to 1; the first seed. On the line they agree.</p><div class=\"charts\">");
            text.Append(string.Concat(rows.Select(PageMatrices.Affect))).Append("</div>");
        }

        return text.ToString();
    }

    private static string Scores(AblationTable table)
    {
        bool full = table.Set.Table == 1;
        string[] columns = full ? ["Exp-F1 score", "AU-F1 score", "VA-Score", "Overall"] : ["Exp-F1 score"];
        string names = string.Concat(columns.Select(column => $"<th>{column}</th>"));
        string data = full ? "s-Aff-Wild2" : "Synthetic Data Challenge";
        StringBuilder text = new("<div class=\"wide\"><table class=\"scores\"><thead>");
        text.Append(CultureInfo.InvariantCulture, $"""
            <tr><th></th><th colspan="{columns.Length}" class="group">{Encode(table.Set.Title)}</th>
            <th colspan="{columns.Length}" class="group">in the paper, on {data}</th><th></th></tr>
            <tr><th>Method</th>{names}{names}<th class="change">what is different</th></tr></thead><tbody>
            """);
        foreach (AblationRow row in table.Rows)
        {
            text.Append(CultureInfo.InvariantCulture, $"<tr><td>{row.Paper.Method}</td>");
            Spread[] values = full ? [row.Expression, row.ActionUnits, row.ValenceArousal, row.Overall] : [row.Expression];
            text.Append(row.Note is { } note
                ? $"<td colspan=\"{values.Length}\" class=\"missing\">{note}</td>"
                : string.Concat(values.Select(value => $"<td>{value}</td>")));
            PaperScores scores = AblationText.InPaper(table, row);
            double?[] paper = full ? [scores.Expression, scores.ActionUnits, scores.ValenceArousal, scores.Overall] : [scores.Expression];
            text.Append(string.Concat(paper.Select(score => $"<td class=\"paper\">{TextTable.Number(score, 3)}</td>")));
            text.Append(CultureInfo.InvariantCulture, $"<td class=\"change\">{Change(table, row)}</td></tr>");
        }

        return text.Append("</tbody></table></div>").ToString();
    }

    private static string Differences(ImmutableArray<AblationComparison> comparisons, ImageGrouping grouping)
    {
        StringBuilder text = new("<section><h2>How sure the differences are</h2>");
        text.Append(CultureInfo.InvariantCulture, $"<p class=\"soft\">{Encode(AblationText.DifferencesNote(comparisons, grouping))}</p><div class=\"wide\"><table class=\"scores\">");
        text.Append("<thead><tr><th></th><th>Exp-F1 score</th><th>AU-F1 score</th><th>VA-Score</th><th>Overall</th></tr></thead><tbody>");
        foreach (AblationComparison comparison in comparisons)
        {
            ScoreInterval?[] values = [comparison.Expression, comparison.ActionUnits, comparison.ValenceArousal, comparison.Overall];
            text.Append(
                CultureInfo.InvariantCulture,
                $"<tr><td>{Encode(comparison.Title)}<small>{Encode(comparison.Table.Set.Title)}</small></td>");
            text.Append(string.Concat(values.Select(value => $"<td>{AblationText.Difference(value)}</td>"))).Append("</tr>");
        }

        return text.Append("</tbody></table></div></section>").ToString();
    }

    private static string Change(AblationTable table, AblationRow row)
    {
        string change = table.Neighbour(row) is { } neighbour ? $"{neighbour.Paper.Method}, but {row.Paper.Change}" : row.Paper.Change;
        string differences = string.Concat(table.Differences(row).Select(difference => $"<small>{Encode(difference)}</small>"));
        return Encode(change) + differences;
    }

    private static string F1(AblationRow[] rows, IReadOnlyList<string> names, Func<RunResult, double[]?> values)
    {
        StringBuilder text = new("<div class=\"wide\"><table class=\"heat\"><thead><tr><th>F1, mean over seeds</th>");
        text.Append(string.Concat(names.Select(name => $"<th>{Encode(name)}</th>"))).Append("</tr></thead><tbody>");
        foreach (AblationRow row in rows)
        {
            text.Append(CultureInfo.InvariantCulture, $"<tr><td>{row.Paper.Method}</td>");
            for (int i = 0; i < names.Count; i++)
            {
                double mean = row.Runs.Average(run => values(run)![i]);
                text.Append(CultureInfo.InvariantCulture, $"<td style=\"--share:{100 * mean:F0}%\">{mean:F3}</td>");
            }

            text.Append("</tr>");
        }

        return text.Append("</tbody></table></div>").ToString();
    }
}
