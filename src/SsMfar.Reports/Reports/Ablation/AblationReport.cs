using System.Collections.Immutable;
using SsMfar.Data;
using SsMfar.Imaging;
using SsMfar.Metadata;
using SsMfar.Metrics;
using SsMfar.Reports.Pages;
using SsMfar.Submissions;

namespace SsMfar.Reports.Ablation;

/// <summary>What the page about an ablation is made of. All of its numbers but the times follow from the runs.</summary>
internal sealed record AblationReport
{
    /// <summary>Whose faces: "drawn" or "the given".</summary>
    public required string Faces { get; init; }

    public required int TrainingFaces { get; init; }

    public required int ValidationFaces { get; init; }

    public required string Seeds { get; init; }

    /// <summary>The share of expression labels that were hidden; empty without any.</summary>
    public required string Hidden { get; init; }

    /// <summary>The share of all labels that were hidden; empty without any.</summary>
    public required string HiddenLabels { get; init; }

    public required ImmutableArray<AblationReportTable> Tables { get; init; }

    /// <summary>What the intervals are, in words.</summary>
    public required string IntervalsNote { get; init; }

    public required string DifferencesNote { get; init; }

    public required ImmutableArray<AblationDifference> Differences { get; init; }

    public required ImmutableArray<string> Notes { get; init; }

    /// <summary>The programs, with their commits, and the machines that the runs are of.</summary>
    public required ImmutableArray<string> Origins { get; init; }

    /// <summary>The page, which needs nothing beside itself.</summary>
    public string ToHtml() => PageTemplate.Own.Render("ablation", new AblationView(this));
}

/// <summary>Rows on one data set under one recipe.</summary>
internal sealed record AblationReportTable
{
    public required string Title { get; init; }

    /// <summary>What its figures' files begin with.</summary>
    public required string FileName { get; init; }

    public required string Data { get; init; }

    /// <summary>The data that the paper's numbers are of.</summary>
    public required string PaperData { get; init; }

    /// <summary>Whether these are the same, so that the numbers may stand side by side.</summary>
    public required bool IsPapersData { get; init; }

    /// <summary>The tasks that were learned, by the names of <see cref="AffectTaskNames"/>; expressions always are.</summary>
    public required ImmutableArray<string> Tasks { get; init; }

    public required ImmutableArray<AblationReportRow> Rows { get; init; }

    /// <summary>The validation set.</summary>
    public required AnnotationSet Truth { get; init; }

    /// <summary>The faces, or null; they stay the caller's.</summary>
    public IImageSource? Images { get; init; }

    /// <summary>Every row's configuration, in words.</summary>
    public required string Configurations { get; init; }

    public IEnumerable<AblationReportRow> Finished => Rows.Where(row => row.HasScores);
}

/// <summary>A method with its runs.</summary>
internal sealed record AblationReportRow
{
    public required string Method { get; init; }

    /// <summary>Why there are no scores; empty where there are.</summary>
    public required string Note { get; init; }

    /// <summary>What is different from another row, in words.</summary>
    public required string Change { get; init; }

    /// <summary>The same, setting by setting.</summary>
    public required ImmutableArray<string> Differences { get; init; }

    /// <summary>The paper's scores: expression, units, valence and arousal, their sum.</summary>
    public required ImmutableArray<double?> Paper { get; init; }

    /// <summary>The runs, by seed.</summary>
    public required ImmutableArray<AblationReportRun> Runs { get; init; }

    /// <summary>What each run decided on the validation set.</summary>
    public required ImmutableArray<Submission> Predictions { get; init; }

    /// <summary>The means over the runs, with intervals; null without scores.</summary>
    public required AffectScoreIntervals? Intervals { get; init; }

    public bool HasScores => Note.Length == 0 && !Runs.IsEmpty;

    /// <summary>The epochs of the longest run; those that stopped early have fewer.</summary>
    public int Epochs => Runs.Max(run => run.Epochs.Length);

    /// <summary>Whether a pseudo-label policy chose rows to learn from. Asked of a row that has scores.</summary>
    public bool HasPolicy => Runs[0].Epochs[0].Thresholds is not null;

    /// <summary>By epoch, a value over the runs that reached it.</summary>
    public ImmutableArray<Spread> Course(Func<AblationEpoch, double?> value) =>
    [
        .. Enumerable.Range(0, Epochs)
            .Select(epoch => Spread.Of(Runs.Where(run => run.Epochs.Length > epoch).Select(run => value(run.Epochs[epoch])))),
    ];
}

/// <summary>A finished run.</summary>
/// <param name="Seed">Its seed.</param>
/// <param name="BestEpoch">The epoch that its scores are of.</param>
/// <param name="Scores">Expression, units, valence and arousal, their sum; null where undefined.</param>
/// <param name="ExpressionF1">F1 of each class; empty where undefined.</param>
/// <param name="ActionUnitF1">F1 of each unit; empty where undefined.</param>
/// <param name="Confusion">Labels by decisions, row by row.</param>
/// <param name="Affect">Valence and its prediction, arousal and its prediction, of a part of the rows.</param>
/// <param name="Epochs">Its course.</param>
/// <param name="Seconds">How long its epochs took.</param>
internal sealed record AblationReportRun(
    long Seed,
    int BestEpoch,
    ImmutableArray<double?> Scores,
    ImmutableArray<double> ExpressionF1,
    ImmutableArray<double> ActionUnitF1,
    ImmutableArray<long> Confusion,
    float[][] Affect,
    ImmutableArray<AblationEpoch> Epochs,
    double Seconds);

/// <summary>An epoch of a run.</summary>
/// <param name="Loss">The total loss.</param>
/// <param name="Score">The sum of the tasks' scores.</param>
/// <param name="Expression">Macro F1.</param>
/// <param name="ActionUnits">Mean F1.</param>
/// <param name="ValenceArousal">Mean CCC.</param>
/// <param name="Thresholds">The policy's, of each class; null without a policy.</param>
/// <param name="ConfidentShare">The share of unlabelled rows that were confident; null without a policy.</param>
internal sealed record AblationEpoch(
    double Loss,
    double? Score,
    double? Expression,
    double? ActionUnits,
    double? ValenceArousal,
    double[]? Thresholds,
    double? ConfidentShare);

/// <summary>How much one row is above another.</summary>
/// <param name="Title">Which.</param>
/// <param name="Data">On what.</param>
/// <param name="Values">Differences with intervals, in words: expression, units, valence and arousal, their sum.</param>
internal sealed record AblationDifference(string Title, string Data, ImmutableArray<string> Values);
