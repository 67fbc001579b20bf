using System.Collections.Immutable;
using SsMfar.ConsoleApp.Commands;
using SsMfar.Metadata;
using SsMfar.Metrics;
using SsMfar.Tasks;

namespace SsMfar.ConsoleApp.Ablation;

/// <summary>How much a row's mean scores are above another's on the same faces, and how sure that is.</summary>
/// <param name="Table">The row's table.</param>
/// <param name="Row">The row.</param>
/// <param name="LessTable">The other's table: the same, or that of another recipe on the same data.</param>
/// <param name="Less">The other row.</param>
/// <param name="Title">Which of the two, for readers: by method within a table, by recipe between tables.</param>
/// <param name="Intervals">The differences, by a paired bootstrap.</param>
internal sealed record AblationComparison(
    AblationTable Table, AblationRow Row, AblationTable LessTable, AblationRow Less, string Title, AffectScoreIntervals Intervals)
{
    public ScoreInterval? Expression => Intervals.ExpressionMacroF1;

    public ScoreInterval? ActionUnits => Learned(AffectTaskNames.ActionUnits) ? Intervals.ActionUnitMeanF1 : null;

    public ScoreInterval? ValenceArousal => Learned(AffectTaskNames.ValenceArousal) ? Intervals.ValenceArousalMean : null;

    public ScoreInterval? Overall => ActionUnits is not null && ValenceArousal is not null ? Intervals.PMtl : null;

    /// <summary>Each row with its neighbour in the table, then with the same row of each earlier recipe.</summary>
    /// <param name="tables">The tables.</param>
    /// <param name="grouping">What is drawn.</param>
    /// <param name="progress">Makes a receiver of the comparisons done, of so many in all.</param>
    /// <param name="cancellationToken">Stops between two resamples.</param>
    public static ImmutableArray<AblationComparison> Of(
        ImmutableArray<AblationTable> tables,
        ImageGrouping grouping,
        Func<int, IProgress<int>> progress,
        CancellationToken cancellationToken)
    {
        Pair[] pairs =
        [
            .. from table in tables
               from row in table.Rows
               where row.HasScores && table.Neighbour(row) is { HasScores: true }
               select new Pair(table, row, table, table.Neighbour(row)!),
            .. from table in tables
               from earlier in tables.TakeWhile(other => other != table)
               where earlier.Set == table.Set
               from row in table.Rows
               from less in earlier.Rows
               where row.Paper == less.Paper && row.HasScores && less.HasScores
               select new Pair(table, row, earlier, less),
        ];
        IProgress<int> done = progress(pairs.Length);
        BootstrapOptions options = new() { GroupBy = grouping.GroupBy() };
        bool severalRecipes = tables.Select(table => table.Recipe).Distinct().Skip(1).Any();
        var comparisons = ImmutableArray.CreateBuilder<AblationComparison>(pairs.Length);
        foreach (Pair pair in pairs)
        {
            AffectScoreIntervals intervals = Bootstrap.Compare(
                pair.Table.Set.Validation, pair.Row.Predictions, pair.Less.Predictions, options, cancellationToken: cancellationToken);
            comparisons.Add(new(pair.Table, pair.Row, pair.LessTable, pair.Less, pair.Title(severalRecipes), intervals));
            done.Report(comparisons.Count);
        }

        return comparisons.ToImmutable();
    }

    // Of a task that was not learned the predictions say nothing.
    private bool Learned(string task) => Table.Set.Tasks.Contains(task);

    private sealed record Pair(AblationTable Table, AblationRow Row, AblationTable LessTable, AblationRow Less)
    {
        public string Title(bool severalRecipes) => Table == LessTable
            ? $"{Row.Paper.Method} less {Less.Paper.Method}{(severalRecipes ? $", {Table.Recipe}" : "")}"
            : $"{Row.Paper.Method}, {Table.Recipe} less {LessTable.Recipe}";
    }
}
