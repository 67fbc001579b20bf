using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using SsMfar.Metrics;
using SsMfar.Reports.Ablation;

namespace SsMfar.ConsoleApp.Ablation;

/// <summary>The tables, and the runs behind them, as comma-separated values. What is undefined is empty.</summary>
internal static class AblationCsv
{
    public static string Tables(ImmutableArray<AblationTable> tables)
    {
        StringBuilder text = new(
            "table,recipe,method,variant,runs,exp_f1,exp_f1_sd,au_f1,au_f1_sd,va,va_sd,overall,overall_sd," +
            "paper_exp_f1,paper_au_f1,paper_va,paper_overall,note\n");
        foreach (AblationTable table in tables)
        {
            foreach (AblationRow row in table.Rows)
            {
                Spread[] values = [row.Expression, row.ActionUnits, row.ValenceArousal, row.Overall];
                PaperScores paper = AblationText.InPaper(table, row);
                Line(
                    text,
                    [
                        Number(table.Set.Table), table.Recipe, row.Paper.Method, row.Paper.Variant.Name, Number(row.Runs.Length),
                        .. values.SelectMany(value => new[] { Number(value.Mean), Number(value.Deviation) }),
                        Number(paper.Expression), Number(paper.ActionUnits), Number(paper.ValenceArousal), Number(paper.Overall),
                        row.Note ?? "",
                    ]);
            }
        }

        return text.ToString();
    }

    public static string Runs(ImmutableArray<AblationTable> tables)
    {
        StringBuilder text = new("table,recipe,variant,seed,best_epoch,exp_f1,au_f1,va,overall\n");
        foreach (AblationTable table in tables)
        {
            foreach (AblationRow row in table.Rows)
            {
                foreach (RunResult run in row.Runs)
                {
                    Line(
                        text,
                        [
                            Number(table.Set.Table), table.Recipe, row.Paper.Variant.Name, Number(run.Seed), Number(run.BestEpoch),
                            Number(run.Expression), Number(run.ActionUnits), Number(run.ValenceArousal), Number(run.Overall),
                        ]);
                }
            }
        }

        return text.ToString();
    }

    public static string Differences(ImmutableArray<AblationComparison> comparisons)
    {
        StringBuilder text = new(
            "table,recipe,variant,less_recipe,less_variant,exp_f1,exp_f1_low,exp_f1_high,au_f1,au_f1_low,au_f1_high," +
            "va,va_low,va_high,overall,overall_low,overall_high\n");
        foreach (AblationComparison comparison in comparisons)
        {
            ScoreInterval?[] values = [comparison.Expression, comparison.ActionUnits, comparison.ValenceArousal, comparison.Overall];
            Line(
                text,
                [
                    Number(comparison.Table.Set.Table), comparison.Table.Recipe, comparison.Row.Paper.Variant.Name,
                    comparison.LessTable.Recipe, comparison.Less.Paper.Variant.Name,
                    .. values.SelectMany(value => new[] { Number(value?.Value), Number(value?.Low), Number(value?.High) }),
                ]);
        }

        return text.ToString();
    }

    // No field has a comma: names are the program's own.
    private static void Line(StringBuilder text, IEnumerable<string> fields) => text.AppendJoin(',', fields).Append('\n');

    private static string Number(IFormattable? value) => value?.ToString(null, CultureInfo.InvariantCulture) ?? "";
}
