using System.Collections.Immutable;
using SsMfar.ConsoleApp.Commands;
using SsMfar.Data;
using SsMfar.Metrics;
using SsMfar.Tasks;

namespace SsMfar.ConsoleApp.Ablation;

/// <summary>How much a row's mean scores are above another's on the same faces, and how sure that is.</summary>
/// <param name="Table">The row's table.</param>
/// <param name="Row">The row.</param>
/// <param name="LessTable">The other's table: the same, or that of another recipe on the same data.</param>
/// <param name="Less">The other row.</param>
/// <param name="Intervals">The differences, by a paired bootstrap.</param>
internal sealed record AblationComparison(
    AblationTable Table, AblationRow Row, AblationTable LessTable, AblationRow Less, AffectScoreIntervals Intervals)
{
    /// <summary>Which of the two, for readers: by method within a table, by recipe between tables.</summary>
    public string Title => Table == LessTable
        ? $"{Row.Paper.Method} less {Less.Paper.Method}"
        : $"{Row.Paper.Method}, {Table.Recipe} less {LessTable.Recipe}";

    public ScoreInterval? Expression => Intervals.ExpressionMacroF1;

    public ScoreInterval? ActionUnits => Learned(AffectTaskNames.ActionUnits) ? Intervals.ActionUnitMeanF1 : null;

    public ScoreInterval? ValenceArousal => Learned(AffectTaskNames.ValenceArousal) ? Intervals.ValenceArousalMean : null;

    public ScoreInterval? Overall => ActionUnits is not null && ValenceArousal is not null ? Intervals.PMtl : null;

    /// <summary>Each row with its neighbour in the table, then with the same row of each earlier recipe.</summary>
    public static ImmutableArray<AblationComparison> Of(ImmutableArray<AblationTable> tables, ImageGrouping grouping) =>
    [
        .. from table in tables
           from row in table.Rows
           where row.HasScores && table.Neighbour(row) is { HasScores: true }
           select Compare(table, row, table, table.Neighbour(row)!, grouping),
        .. from table in tables
           from earlier in tables.TakeWhile(other => other != table)
           where earlier.Set == table.Set
           from row in table.Rows
           from less in earlier.Rows
           where row.Paper == less.Paper && row.HasScores && less.HasScores
           select Compare(table, row, earlier, less, grouping),
    ];

    private static AblationComparison Compare(AblationTable table, AblationRow row, AblationTable lessTable, AblationRow less, ImageGrouping grouping) => new(
        table, row, lessTable, less, Bootstrap.Compare(table.Set.Validation, row.Predictions, less.Predictions, new() { GroupBy = grouping.GroupBy() }));

    // Of a task that was not learned the predictions say nothing.
    private bool Learned(string task) => Table.Set.Tasks.Contains(task);
}
