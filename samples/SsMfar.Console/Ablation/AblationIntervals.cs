using System.Collections.Immutable;
using SsMfar.ConsoleApp.Commands;
using SsMfar.Metrics;

namespace SsMfar.ConsoleApp.Ablation;

/// <summary>How sure each row's mean scores are.</summary>
internal static class AblationIntervals
{
    /// <summary>The tables, whose finished rows have intervals; of tasks that were not learned there are none.</summary>
    /// <param name="tables">The tables.</param>
    /// <param name="grouping">What is drawn.</param>
    /// <param name="progress">Makes a receiver of the rows done, of so many in all.</param>
    /// <param name="cancellationToken">Stops between two resamples.</param>
    public static ImmutableArray<AblationTable> Of(
        ImmutableArray<AblationTable> tables,
        ImageGrouping grouping,
        Func<int, IProgress<int>> progress,
        CancellationToken cancellationToken)
    {
        IProgress<int> done = progress(tables.Sum(table => table.Rows.Count(row => row.HasScores)));
        BootstrapOptions options = new() { GroupBy = grouping.GroupBy() };
        int count = 0;
        return
        [
            .. tables.Select(table => table with
            {
                Rows = [.. table.Rows.Select(row => row.HasScores ? row with { Intervals = Draw(table, row) } : row)],
            }),
        ];

        AffectScoreIntervals Draw(AblationTable table, AblationRow row)
        {
            AffectScoreIntervals drawn = Bootstrap.Score(
                table.Set.Validation, row.Predictions, options, cancellationToken: cancellationToken);
            done.Report(++count);
            return drawn;
        }
    }
}
