using System.Collections.Immutable;
using SsMfar.Metadata;
using SsMfar.Metrics;
using SsMfar.Reports.Pages;

namespace SsMfar.Reports.Ablation;

/// <summary>What the ablation's page shows.</summary>
internal sealed class AblationView(AblationReport report)
{
    // Whose faces these are is said at once: scores of drawn faces say nothing of the paper's.
    public string Faces => report.Faces;

    public string TrainingFaces => PageNumbers.Whole(report.TrainingFaces);

    public string ValidationFaces => PageNumbers.Whole(report.ValidationFaces);

    public string Seeds => report.Seeds;

    public string Hidden => report.Hidden;

    public string HiddenLabels => report.HiddenLabels;

    public string IntervalsNote => report.IntervalsNote;

    public ImmutableArray<AblationTableView> Tables => [.. report.Tables.Select(table => new AblationTableView(table))];

    public string DifferencesNote => report.DifferencesNote;

    public ImmutableArray<AblationDifference> Differences => report.Differences;

    public ImmutableArray<string> Notes => report.Notes;

    public ImmutableArray<string> Origins => report.Origins;
}

/// <summary>A table of the ablation's page: scores, and below them whatever its finished runs have to show.</summary>
internal sealed class AblationTableView(AblationReportTable table)
{
    private const int Faces = 12;

    // The columns of a run's scores, in their order, and the tasks that each needs.
    private static readonly ImmutableArray<(string Name, ImmutableArray<string> Tasks)> Scores =
    [
        ("Exp-F1 score", [AffectTaskNames.Expression]),
        ("AU-F1 score", [AffectTaskNames.ActionUnits]),
        ("VA-Score", [AffectTaskNames.ValenceArousal]),
        ("Overall", [AffectTaskNames.Expression, AffectTaskNames.ActionUnits, AffectTaskNames.ValenceArousal]),
    ];

    private readonly AblationReportRow[] _finished = [.. table.Finished];

    private readonly ImmutableArray<int> _columns =
        [.. Enumerable.Range(0, Scores.Length).Where(column => Scores[column].Tasks.All(table.Tasks.Contains))];

    public string Title => table.Title;

    public string Data => table.Data;

    public string PaperData => table.PaperData;

    /// <summary>Where these are the paper's data, its numbers stand beside the others; else below them, apart.</summary>
    public bool IsPapersData => table.IsPapersData;

    /// <summary>Those of the tasks that were learned.</summary>
    public string[] Columns => [.. _columns.Select(column => Scores[column].Name)];

    public ImmutableArray<RowView> Rows => [.. table.Rows.Select(row => new RowView(row, _columns))];

    /// <summary>The rows that the paper has.</summary>
    public ImmutableArray<RowView> PaperRows => [.. Rows.Where(row => row.IsInPaper)];

    public string Configurations => table.Configurations;

    public bool HasRuns => _finished.Length > 0;

    public bool HasBands => _finished.Any(row => row.Runs.Length > 1);

    public ImmutableArray<FigureView> Learning =>
        HasRuns ? [.. AblationCharts.Learning(table).Select(one => FigureView.Of(one.Chart))] : [];

    public ImmutableArray<FigureView> Policies => [.. AblationCharts.Policies(table).Select(one => FigureView.Of(one.Chart))];

    public ImmutableArray<FigureView> Planes =>
        [.. AblationCharts.Planes(table).Select(one => FigureView.OfScatter(one.Chart, "label and prediction agree"))];

    public HeatView ClassScores =>
        F1(table.Truth.ExpressionClasses.Names, run => run.ExpressionF1, intervals => intervals.ExpressionF1);

    /// <summary>Without rows where units were not learned.</summary>
    public HeatView UnitScores => table.Tasks.Contains(AffectTaskNames.ActionUnits)
        ? F1(table.Truth.Units.Names, run => run.ActionUnitF1, intervals => intervals.ActionUnitF1)
        : HeatView.None;

    public ImmutableArray<HeatView> Confusions =>
    [
        .. _finished.Select(row => HeatView.Confusion(
            row.Method,
            table.Truth.ExpressionClasses.Names,
            (truth, read) => row.Runs.Sum(run => run.Confusion[(truth * table.Truth.ExpressionClasses.Count) + read]))),
    ];

    public ImmutableArray<MistakesView> Hardest => !HasRuns
        ? []
        :
        [
            .. new MistakesView[]
            {
                new("Expressions", RunMistakes.Expressions(table, Faces)),
                new("Valence and arousal", table.Tasks.Contains(AffectTaskNames.ValenceArousal) ? RunMistakes.Affect(table, Faces) : []),
                new("Action units", table.Tasks.Contains(AffectTaskNames.ActionUnits) ? RunMistakes.Units(table, Faces) : []),
            }.Where(kind => kind.Faces.Length > 0),
        ];

    // The score is the runs' own: one whose labels all lie in one group has no interval, and is not undefined for that.
    private HeatView F1(
        IReadOnlyList<string> names,
        Func<AblationReportRun, ImmutableArray<double>> scores,
        Func<AffectScoreIntervals, ImmutableArray<ScoreInterval?>> intervals) => new(
        "F1, mean over seeds",
        names,
        [
            .. _finished.Select(row => new HeatRowView(
                row.Method,
                [
                    .. names.Select((_, i) => Cell(
                        Spread.Of(row.Runs.Select(run => scores(run) is { IsEmpty: false } own ? own[i] : (double?)null)).Mean,
                        row.Intervals is { } drawn ? intervals(drawn)[i] : null)),
                ])),
        ]);

    private static HeatCellView Cell(double? mean, ScoreInterval? interval) => mean is { } score
        ? HeatCellView.OfScore(score) with { Ends = PageNumbers.Ends(interval) }
        : new("-", "0", "");

    /// <summary>A row of the scores' table.</summary>
    /// <param name="row">The row.</param>
    /// <param name="columns">The scores that are shown, by their places among a run's.</param>
    internal sealed class RowView(AblationReportRow row, ImmutableArray<int> columns)
    {
        public string Method => row.Method;

        public string Note => row.Note;

        /// <summary>Mean and deviation over seeds, and the interval of the mean.</summary>
        public ImmutableArray<ValueView> Values => [.. columns.Select(column => new ValueView(
            Spread.Of(row.Runs.Select(run => run.Scores[column])).ToString(), PageNumbers.Ends(Interval(column))))];

        public bool IsInPaper => row.Paper.Any(score => score is not null);

        public ImmutableArray<string> Paper => [.. columns.Select(column => PageNumbers.Text(row.Paper[column]))];

        /// <summary>The epochs that the scores are of, one for each seed.</summary>
        public string Epochs => row.HasScores ? string.Join(", ", row.Runs.Select(run => run.BestEpoch)) : "";

        /// <summary>How long a run took, on average.</summary>
        public string Time => row.HasScores ? Clock(TimeSpan.FromSeconds(Math.Round(row.Runs.Average(run => run.Seconds)))) : "";

        public string Change => row.Change;

        public ImmutableArray<string> Differences => row.Differences;

        // More hours than a day has, where it took them.
        private static string Clock(TimeSpan time) => FormattableString.Invariant($"{(long)time.TotalHours}:{time:mm\\:ss}");

        private ScoreInterval? Interval(int column) => row.Intervals is not { } intervals ? null : column switch
        {
            0 => intervals.ExpressionMacroF1,
            1 => intervals.ActionUnitMeanF1,
            2 => intervals.ValenceArousalMean,
            _ => intervals.PMtl,
        };
    }

    /// <summary>A score.</summary>
    internal sealed record ValueView(string Text, string Ends);

    /// <summary>Faces that were read wrong.</summary>
    internal sealed record MistakesView(string Name, ImmutableArray<MistakenFace> Faces);
}
