using System.Collections.Immutable;
using System.Text.Json;
using SsMfar.Data;
using SsMfar.Inference;
using SsMfar.Metrics;
using SsMfar.Postprocessing;
using SsMfar.Predictions;
using SsMfar.Reports.Json;
using SsMfar.Reports.Pages;
using SsMfar.Shared;
using SsMfar.Submissions;

namespace SsMfar.Reports;

/// <summary>
/// What a model's predictions of annotated faces are worth: the challenge's scores with intervals, confusions, calibration, groups of
/// people, and whether they are worse than earlier ones; as numbers, as a page that needs nothing beside itself, and as JSON.
/// </summary>
public sealed partial class AffectReport
{
    private const string PageName = "report.html";
    private const string JsonName = "report.json";
    private const int MostFaces = 200;

    private AffectReport(ReportRows rows, AffectReportOptions options, IProgress<int>? progress, CancellationToken cancellationToken)
    {
        if (options.HardestFaces is < 0 or > MostFaces)
        {
            throw new ArgumentException($"{nameof(options.HardestFaces)} is {options.HardestFaces}; it is 0 to {MostFaces}.");
        }

        (Rows, Options) = (rows, options);
        Resampling counted = new(progress);
        Scores = AffectScorer.Score(rows.Truth, rows.Decisions);
        Intervals = Bootstrap.Score(rows.Truth, rows.Decisions, options.Bootstrap, counted.Next(), cancellationToken);
        Calibration = rows.Predictions is { } predictions ? AffectCalibration.Of(rows.Truth, predictions) : null;
        Confusion = rows.Confusion();
        if (!options.Subgroups.IsEmpty)
        {
            SubgroupOptions rules = new()
            {
                Bootstrap = options.Bootstrap,
                MinimumLabels = options.SubgroupRules.MinimumLabels,
                MinimumOccurrences = options.SubgroupRules.MinimumOccurrences,
                FalseAlarmRate = options.SubgroupRules.FalseAlarmRate,
            };
            Subgroups = Metrics.Subgroups.Compare(
                rows.Truth, rows.Decisions, options.Subgroups, rules, counted.Next(), cancellationToken);
        }

        if (options.NotWorseThan is { } earlier)
        {
            Gate = ScoreGate.Compare(
                rows.Truth, rows.Decisions, earlier, options.Margin, options.Bootstrap, counted.Next(), cancellationToken);
        }
    }

    /// <summary>Gets the scores. A task is null that was not predicted or that no row has a label of.</summary>
    public AffectScores Scores { get; }

    /// <summary>Gets the scores with their intervals.</summary>
    public AffectScoreIntervals Intervals { get; }

    /// <summary>Gets how far the probabilities can be believed; null where only decisions were given.</summary>
    public AffectCalibration? Calibration { get; }

    /// <summary>Gets the true against the predicted expression of the rows with a known one; empty where none was predicted.</summary>
    public ConfusionMatrix Confusion { get; }

    /// <summary>Gets how groups are read beside the rest; null where none were asked for.</summary>
    public SubgroupReport? Subgroups { get; }

    /// <summary>Gets whether any task is worse than in earlier predictions; null where none were given.</summary>
    public ScoreGateResult? Gate { get; }

    internal ReportRows Rows { get; }

    internal AffectReportOptions Options { get; }

    /// <summary>Judges what a model read, with its probabilities.</summary>
    /// <param name="evaluation">The labels and the model's predictions of them.</param>
    /// <param name="options">What to look into; the defaults when null.</param>
    /// <param name="progress">
    /// Told the number of resamples done, from several threads; there are as many as the options say for the scores, for the groups and
    /// for the earlier predictions each.
    /// </param>
    /// <param name="cancellationToken">Stops between two resamples.</param>
    /// <exception cref="SubmissionMismatchException">The earlier predictions are of other images.</exception>
    /// <exception cref="ArgumentException">
    /// The model has none of the three tasks, an image is annotated twice, an option is out of range, there is no such column, or there are
    /// fewer than two rows or groups.
    /// </exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static AffectReport Create(
        AffectEvaluation evaluation,
        AffectReportOptions? options = null,
        IProgress<int>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(evaluation);
        AnnotationSet truth = evaluation.Annotations;
        PredictionTable table = new(truth.Select(row => row.Image).Zip(evaluation.Predictions), truth.ExpressionClasses);
        return Create(truth, table, options, progress, cancellationToken);
    }

    /// <summary>Judges predictions with their probabilities, matched with the labels by image name.</summary>
    /// <param name="truth">The labels.</param>
    /// <param name="predictions">One row for each image of <paramref name="truth"/>, in any order, and no other.</param>
    /// <param name="options">What to look into; the defaults when null.</param>
    /// <param name="progress">As for the first overload.</param>
    /// <param name="cancellationToken">Stops between two resamples.</param>
    /// <exception cref="SubmissionMismatchException">Names are missing, extra or repeated.</exception>
    /// <exception cref="ArgumentException">The class sets differ; or as for the first overload.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static AffectReport Create(
        AnnotationSet truth,
        PredictionTable predictions,
        AffectReportOptions? options = null,
        IProgress<int>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(truth);
        ArgumentNullException.ThrowIfNull(predictions);
        Submission decisions = predictions.ToSubmission();
        ImmutableArray<AffectPrediction> own = [.. decisions.MatchTo(truth).Select(row => predictions[row])];
        return new(new(truth, decisions, own), options ?? new(), progress, cancellationToken);
    }

    /// <summary>Judges decisions, matched with the labels by image name. Without probabilities there is no calibration.</summary>
    /// <param name="truth">The labels.</param>
    /// <param name="predictions">One row for each image of <paramref name="truth"/>, in any order, and no other.</param>
    /// <param name="options">What to look into; the defaults when null.</param>
    /// <param name="progress">As for the first overload.</param>
    /// <param name="cancellationToken">Stops between two resamples.</param>
    /// <exception cref="SubmissionMismatchException">Names are missing, extra or repeated.</exception>
    /// <exception cref="ArgumentException">The class sets differ; or as for the first overload.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static AffectReport Create(
        AnnotationSet truth,
        Submission predictions,
        AffectReportOptions? options = null,
        IProgress<int>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(truth);
        ArgumentNullException.ThrowIfNull(predictions);
        return new(new(truth, predictions, null), options ?? new(), progress, cancellationToken);
    }

    /// <summary>The decisions that an earlier <c>report.json</c> was made of, for <see cref="AffectReportOptions.NotWorseThan"/>.</summary>
    /// <param name="path">The file.</param>
    /// <param name="classes">The classes of the labels.</param>
    /// <exception cref="InvalidDataException">The file is no such report, or it is of other classes.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static Submission ReadPredictions(string path, ExpressionClassSet classes)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(classes);
        try
        {
            using JsonDocument document = JsonFile.Open(path);
            string[] names = [.. document.RootElement.GetProperty("expressionClasses").EnumerateArray().Select(name => name.GetString()!)];
            string decisions = document.RootElement.GetProperty("predictions").GetString()!;
            return names.SequenceEqual(classes.Names)
                ? Submission.Read(new StringReader(decisions), path, classes)
                : throw new InvalidDataException(
                    $"{path}: its classes are {string.Join(", ", names)}, and the labels' {classes}. Give a report on the same rows.");
        }
        catch (Exception fault) when (DamagedJson.Is(fault))
        {
            throw new InvalidDataException(
                $"{path} is no report: {fault.Message.TrimEnd('.')}. Give a {JsonName}, or predictions in the submission format.", fault);
        }
    }

    /// <summary>The page, as HTML.</summary>
    public string ToHtml() => PageTemplate.Own.Render("report", new AffectReportView(this));

    /// <summary>
    /// The numbers, as JSON: what <c>score --bootstrap</c> prints, and beside it counts, confusions, groups, mistakes, and the decisions
    /// themselves, so that a later report can be compared with this one.
    /// </summary>
    public string ToJson() => ScoreJson.Write(AffectReportJson.Of(this, withPredictions: true));

    /// <summary>Writes <c>report.html</c> and <c>report.json</c>, each whole or not at all.</summary>
    /// <param name="folder">Where to; made if it is not there.</param>
    /// <exception cref="IOException">A file cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">A file may not be written.</exception>
    public void Save(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        Directory.CreateDirectory(folder);
        AtomicFile.WriteText(Path.Combine(folder, JsonName), writer => writer.Write(ToJson() + "\n"));
        AtomicFile.WriteText(Path.Combine(folder, PageName), writer => writer.Write(ToHtml()));
    }

    // Counts on from one resampling to the next.
    private sealed class Resampling(IProgress<int>? progress)
    {
        private int _before;
        private int _most;

        public IProgress<int>? Next()
        {
            _before += _most;
            _most = 0;
            return progress is null ? null : new Part(this, _before);
        }

        private sealed class Part(Resampling whole, int before) : IProgress<int>
        {
            public void Report(int value)
            {
                InterlockedMax(ref whole._most, value);
                whole.Forward(before + value);
            }
        }

        private void Forward(int value) => progress!.Report(value);

        private static void InterlockedMax(ref int most, int value)
        {
            int seen = Volatile.Read(ref most);
            while (value > seen)
            {
                int other = Interlocked.CompareExchange(ref most, value, seen);
                if (other == seen)
                {
                    return;
                }

                seen = other;
            }
        }
    }
}
