using System.Collections.Immutable;
using SsMfar.Reports.Pages;
using SsMfar.ConsoleApp.Shell;
using SsMfar.Data;

namespace SsMfar.ConsoleApp.Ablation;

/// <summary>A table of the ablation's page: scores, and below them whatever its finished runs have to show.</summary>
internal sealed class TableView(AblationTable table)
{
    private readonly AblationRow[] _finished = [.. table.Rows.Where(row => row.HasScores)];

    public string Title => table.Title;

    public string Data => table.Set.Title;

    public string PaperData => IsFull ? "s-Aff-Wild2" : "Synthetic Data Challenge";

    public string[] Columns => IsFull ? ["Exp-F1 score", "AU-F1 score", "VA-Score", "Overall"] : ["Exp-F1 score"];

    public ImmutableArray<RowView> Rows => [.. table.Rows.Select(row => new RowView(table, row, IsFull))];

    public string Configurations => AblationText.Configurations([table]);

    public bool HasRuns => _finished.Length > 0;

    public ImmutableArray<FigureView> Learning => [.. LearningCurve.Of(table).Select(curve => FigureView.Of(curve.Chart(table)))];

    /// <summary>Of the rows with a pseudo-label policy: confident rows together, thresholds each.</summary>
    public ImmutableArray<FigureView> Policies => _finished.Any(row => row.HasPolicy)
        ?
        [
            FigureView.Of(LearningCurve.ConfidentShare.Chart(table, row => row.HasPolicy)),
            .. _finished.Where(row => row.HasPolicy).Select(row => FigureView.Of(LearningCurve.Thresholds(row, table.Set.Classes))),
        ]
        : [];

    public HeatView ClassScores => F1(table.Set.Classes.Names, run => run.ExpressionF1);

    /// <summary>Without rows where one did not learn units.</summary>
    public HeatView UnitScores => _finished.All(row => row.Runs[0].ActionUnitF1 is not null)
        ? F1(ActionUnits.Names, run => run.ActionUnitF1)
        : HeatView.None;

    public ImmutableArray<HeatView> Confusions => [
        .. _finished.Select(row => HeatView.Confusion(
            row.Paper.Method,
            table.Set.Classes.Names,
            (truth, read) => row.Runs.Sum(run => run.Confusion[(truth * table.Set.Classes.Count) + read]))),
    ];

    public ImmutableArray<PlanesView> Planes => _finished.Any(row => row.Runs[0].Affect.Length > 0)
        ? [.. _finished.Select(row => new PlanesView(row))]
        : [];

    private bool IsFull => table.Set.Table == 1;

    private HeatView F1(IReadOnlyList<string> names, Func<RunResult, double[]?> values) => new(
        "F1, mean over seeds",
        names,
        [
            .. _finished.Select(row => new HeatRowView(
                row.Paper.Method,
                [.. names.Select((_, i) => HeatCellView.OfScore(row.Runs.Average(run => values(run)![i])))])),
        ]);

    /// <summary>A row of the scores' table.</summary>
    internal sealed class RowView(AblationTable table, AblationRow row, bool isFull)
    {
        public string Method => row.Paper.Method;

        /// <summary>Why there are no scores; empty where there are.</summary>
        public string Note => row.Note ?? "";

        public ImmutableArray<string> Values =>
        [
            .. (isFull ? [row.Expression, row.ActionUnits, row.ValenceArousal, row.Overall] : new[] { row.Expression })
                .Select(value => value.ToString()),
        ];

        public ImmutableArray<string> Paper
        {
            get
            {
                PaperScores paper = AblationText.InPaper(table, row);
                double?[] scores = isFull ? [paper.Expression, paper.ActionUnits, paper.ValenceArousal, paper.Overall] : [paper.Expression];
                return [.. scores.Select(score => TextTable.Number(score, 3))];
            }
        }

        public string Change =>
            table.Neighbour(row) is { } neighbour ? $"{neighbour.Paper.Method}, but {row.Paper.Change}" : row.Paper.Change;

        public ImmutableArray<string> Differences => table.Differences(row);
    }
}
