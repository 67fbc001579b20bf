using System.Collections.Immutable;
using SsMfar.Data;
using SsMfar.Metrics;
using SsMfar.Reports.Charts;
using SsMfar.Reports.Pages;

namespace SsMfar.Reports;

/// <summary>What the page of a report shows.</summary>
internal sealed class AffectReportView(AffectReport report)
{
    // More dots hide each other.
    private const int MostDots = 1000;

    private readonly AffectReportOptions _options = report.Options;
    private readonly ReportRows _rows = report.Rows;

    public string Title => _options.Title;

    public string Predictions => _options.Predictions ?? "";

    public string Annotations => _options.Annotations ?? "";

    public string Rows => PageNumbers.Whole(_rows.Count);

    public string Level => PageNumbers.Level(_options.Bootstrap.Level);

    public string Resamples => PageNumbers.Whole(report.Intervals.Resamples);

    public string Groups => PageNumbers.Whole(report.Intervals.Groups);

    public string GroupBy => _options.GroupByName;

    public ImmutableArray<TileView> Tiles =>
    [
        new("expression", "Expression, macro F1", report.Scores.Expression?.MacroF1, report.Intervals.ExpressionMacroF1),
        new("units", "Action units, mean F1", report.Scores.ActionUnits?.MeanF1, report.Intervals.ActionUnitMeanF1),
        new("affect", "Valence and arousal, CCC", report.Scores.ValenceArousal?.Mean, report.Intervals.ValenceArousalMean),
        new("all", "", report.Scores.PMtl, report.Intervals.PMtl),
    ];

    public GateView Gate => new(report.Gate, _options.NotWorseThanName);

    public SubgroupsView Subgroups => new(report.Subgroups);

    public ImmutableArray<ClassView> Classes => report.Scores.Expression is { } scores
        ?
        [
            .. _rows.Truth.ExpressionClasses.Names.Select((name, i) => new ClassView(
                name, PageNumbers.Whole(Labels(i)), PageNumbers.Whole(Decisions(i)), PageNumbers.Text(report.Confusion.Precision(i)),
                PageNumbers.Text(report.Confusion.Recall(i)), IntervalView.Of(report.Intervals.ExpressionF1[i], scores.F1[i]), "")),
        ]
        : [];

    public HeatView Confusion => report.Confusion.Total == 0
        ? HeatView.None
        : HeatView.Confusion("label", _rows.Truth.ExpressionClasses.Names, (truth, read) => report.Confusion[truth, read]);

    public ImmutableArray<ClassView> Units => report.Scores.ActionUnits is { } scores
        ? [.. scores.Units.Units.Select((unit, i) => Unit(unit, i, scores.F1[i]))]
        : [];

    public ImmutableArray<FigureView> Planes => report.Scores.ValenceArousal is { } scores
        ?
        [
            .. Plane("Valence", scores.Valence, report.Intervals.Valence, _rows.Valence()),
            .. Plane("Arousal", scores.Arousal, report.Intervals.Arousal, _rows.Arousal()),
        ]
        : [];

    public string Dots =>
        Math.Max(_rows.Valence().Count(), _rows.Arousal().Count()) > MostDots ? PageNumbers.Whole(MostDots) : "";

    public ImmutableArray<FigureView> Reliability =>
    [
        .. Diagram(
            "The most probable expression: how sure, and how often right", ChartTone.Expression, report.Calibration?.Expression),
        .. Diagram("Action units: how probable, and how often present", ChartTone.ActionUnits, report.Calibration?.ActionUnits),
    ];

    public ImmutableArray<FigureView> Learning => [.. _options.LearningCurves.Select(curves => FigureView.Of(new EpochChart(
        curves.Caption,
        [.. curves.Curves.Select((curve, i) => new ChartCurve(curve.Name, ChartTone.Of(i), curve.Values))],
        curves.Curves.Max(curve => curve.Values.Length),
        curves.Maximum)))];

    public ImmutableArray<MistakesView> Hardest =>
    [
        .. new[]
        {
            Faces(
                "Expressions", _rows.Predictions is null ? "" : "how improbable the label was",
                Mistakes.Expressions(_rows, _options.HardestFaces)),
            Faces("Valence and arousal", "the distance in the plane", Mistakes.Affect(_rows, _options.HardestFaces)),
            Faces("Action units", "how many units are wrong", Mistakes.Units(_rows, _options.HardestFaces)),
        }.Where(faces => faces.Faces.Length > 0),
    ];

    /// <summary>The model's card; none or one.</summary>
    public ImmutableArray<ModelCardView> Cards => _options.Card is { } card ? [new(card)] : [];

    public ImmutableArray<string> Remarks => _options.Remarks;

    private long Labels(int index) => Enumerable.Range(0, report.Confusion.ClassCount).Sum(read => report.Confusion[index, read]);

    private long Decisions(int index) => Enumerable.Range(0, report.Confusion.ClassCount).Sum(truth => report.Confusion[truth, index]);

    private ClassView Unit(ActionUnit unit, int place, double f1)
    {
        (long hits, long extra, long missed, long absent) = _rows.Unit(ActionUnits.IndexOf(unit));
        CalibrationScores? calibration = report.Calibration?.OfUnit(unit);
        return new(
            ActionUnits.NameOf(unit), $"{PageNumbers.Whole(hits + missed)} of {PageNumbers.Whole(hits + extra + missed + absent)}",
            PageNumbers.Whole(hits + extra), Ratio(hits, hits + extra), Ratio(hits, hits + missed),
            IntervalView.Of(report.Intervals.ActionUnitF1[place], f1), PageNumbers.Text(calibration?.ExpectedCalibrationError));
    }

    private static string Ratio(long some, long all) => PageNumbers.Text(all == 0 ? 0 : (double)some / all);

    // None of what has no label.
    private IEnumerable<FigureView> Plane(
        string name, double? ccc, ScoreInterval? interval, IEnumerable<(double Label, double Prediction)> pairs)
    {
        if (ccc is null)
        {
            return [];
        }

        (double Label, double Prediction)[] all = [.. pairs];
        int step = Math.Max(1, (all.Length + MostDots - 1) / MostDots);
        ScatterChart chart = new(
            $"{name}: CCC {PageNumbers.Text(ccc)}, {Level} interval {PageNumbers.Ends(interval)}",
            "a row",
            ChartTone.ValenceArousal,
            [.. all.Where((_, i) => i % step == 0)]);
        return [FigureView.OfScatter(chart, "label and prediction agree")];
    }

    private static IEnumerable<FigureView> Diagram(string caption, ChartTone tone, CalibrationScores? scores) => scores is null
        ? []
        : [FigureView.OfReliability(
            new(caption, [new($"ECE {PageNumbers.Text(scores.ExpectedCalibrationError)}", tone, scores.Bins)]), "as sure as right")];

    private MistakesView Faces(string name, string measure, ImmutableArray<Mistake> mistakes) => new(
        name,
        measure,
        [
            .. mistakes.Select(mistake => new FaceView(
                _rows.Truth[mistake.Row].Image, Thumbnail.Of(_options.Images, _rows.Truth[mistake.Row].Image), mistake.Label, mistake.Read,
                mistake.Much is { } much ? FormattableString.Invariant($"{much:0.##}") : "")),
        ]);

    /// <summary>A score, large.</summary>
    /// <param name="Tone">The task.</param>
    /// <param name="Name">The score's name; empty for the sum of all.</param>
    /// <param name="Score">The score.</param>
    /// <param name="Interval">Its interval.</param>
    internal sealed record TileView(string Tone, string Name, double? Score, ScoreInterval? Interval)
    {
        public string Value => PageNumbers.Text(Score);

        public string Ends => PageNumbers.Ends(Interval);
    }

    /// <summary>A class or a unit.</summary>
    internal sealed record ClassView(
        string Name, string Labels, string Decided, string Precision, string Recall, IntervalView F1, string Error);

    /// <summary>The faces of a kind of mistake.</summary>
    internal sealed record MistakesView(string Name, string Measure, ImmutableArray<FaceView> Faces);

    /// <summary>A face that was read wrong.</summary>
    internal sealed record FaceView(string Image, string Picture, string Label, string Read, string Much);
}
