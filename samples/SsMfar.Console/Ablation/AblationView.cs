using System.Collections.Immutable;
using SsMfar.Metrics;

namespace SsMfar.ConsoleApp.Ablation;

/// <summary>What the ablation's page shows.</summary>
internal sealed class AblationView(
    ImmutableArray<AblationTable> tables, ImmutableArray<AblationComparison> comparisons, AblationArguments arguments)
{
    // Whose faces these are is said at once: scores of drawn faces say nothing of the paper's.
    public string Faces => arguments.Given is null ? "drawn" : "the given";

    public string TrainingFaces => FormattableString.Invariant($"{tables[0].Set.Training.Count:N0}");

    public string ValidationFaces => FormattableString.Invariant($"{tables[0].Set.Validation.Count:N0}");

    public string Seeds => string.Join(
        ", ",
        tables.SelectMany(table => table.Rows).SelectMany(row => row.Runs).Select(run => run.Seed).Distinct().Order());

    /// <summary>The share of expression labels that were hidden; empty without any.</summary>
    public string Hidden => Share(arguments.HideExpressions);

    /// <summary>The share of all labels that were hidden; empty without any.</summary>
    public string HiddenLabels => Share(arguments.HideLabels);

    public ImmutableArray<TableView> Tables => [.. tables.Select(table => new TableView(table))];

    public string DifferencesNote => comparisons.IsEmpty ? "" : AblationText.DifferencesNote(comparisons, arguments.Grouping);

    public ImmutableArray<DifferenceView> Differences => [.. comparisons.Select(comparison => new DifferenceView(comparison))];

    public ImmutableArray<string> Notes =>
        [.. AblationText.Notes(tables).Split('\n', StringSplitOptions.RemoveEmptyEntries)];

    private static string Share(double share) => share > 0 ? FormattableString.Invariant($"{share:P0}") : "";

    /// <summary>How much one row is above another.</summary>
    internal sealed class DifferenceView(AblationComparison comparison)
    {
        public string Title => comparison.Title;

        public string Data => comparison.Table.Set.Title;

        public ImmutableArray<string> Values =>
        [
            .. new ScoreInterval?[] { comparison.Expression, comparison.ActionUnits, comparison.ValenceArousal, comparison.Overall }
                .Select(AblationText.Difference),
        ];
    }
}
