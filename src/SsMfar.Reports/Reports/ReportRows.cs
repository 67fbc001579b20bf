using System.Collections.Immutable;
using SsMfar.Data;
using SsMfar.Metrics;
using SsMfar.Predictions;
using SsMfar.Submissions;

namespace SsMfar.Reports;

/// <summary>Labels and predictions, row for row.</summary>
internal sealed class ReportRows
{
    private readonly int[] _places;

    /// <param name="truth">The labels.</param>
    /// <param name="decisions">A row for each image of them.</param>
    /// <param name="predictions">The same with probabilities, in the order of the labels, or null.</param>
    public ReportRows(AnnotationSet truth, Submission decisions, ImmutableArray<AffectPrediction>? predictions)
    {
        (Truth, Decisions, Predictions) = (truth, decisions, predictions);
        _places = decisions.MatchTo(truth);
    }

    public AnnotationSet Truth { get; }

    public Submission Decisions { get; }

    public ImmutableArray<AffectPrediction>? Predictions { get; }

    public int Count => Truth.Count;

    /// <summary>What was decided of a row of the labels.</summary>
    public SubmissionRow Decision(int row) => Decisions[_places[row]];

    /// <summary>Labels by predictions.</summary>
    public ConfusionMatrix Confusion()
    {
        ConfusionMatrix confusion = new(Truth.ExpressionClasses.Count);
        for (int row = 0; row < Count; row++)
        {
            if (Truth[row].Expression is { } label && Decision(row).Expression is { } read)
            {
                confusion.Add(label, read);
            }
        }

        return confusion;
    }

    /// <summary>What was decided of a unit, over its known labels.</summary>
    public (long Hits, long Extra, long Missed, long Absent) Unit(int unit)
    {
        long hits = 0, extra = 0, missed = 0, absent = 0;
        for (int row = 0; row < Count; row++)
        {
            (hits, extra, missed, absent) = (Truth[row].ActionUnits[unit], Decision(row).ActionUnits[unit]) switch
            {
                (true, true) => (hits + 1, extra, missed, absent),
                (false, true) => (hits, extra + 1, missed, absent),
                (true, false) => (hits, extra, missed + 1, absent),
                (false, false) => (hits, extra, missed, absent + 1),
                _ => (hits, extra, missed, absent),
            };
        }

        return (hits, extra, missed, absent);
    }

    /// <summary>Labels and predictions of valence, of the rows that have both.</summary>
    public IEnumerable<(double Label, double Prediction)> Valence() => Pairs(row => row.Valence, read => read.Valence);

    /// <summary>Labels and predictions of arousal, of the rows that have both.</summary>
    public IEnumerable<(double Label, double Prediction)> Arousal() => Pairs(row => row.Arousal, read => read.Arousal);

    /// <summary>Labels and predictions of rows that have valence, arousal or both of both.</summary>
    public IEnumerable<AffectPair> Affect() =>
        from row in Enumerable.Range(0, Count)
        let label = Truth[row]
        let read = Decision(row)
        let hasValence = label.Valence is not null && read.Valence is not null
        let hasArousal = label.Arousal is not null && read.Arousal is not null
        where hasValence || hasArousal
        select new AffectPair(
            row,
            new(hasValence ? label.Valence : null, hasArousal ? label.Arousal : null),
            new(hasValence ? read.Valence : null, hasArousal ? read.Arousal : null));

    private IEnumerable<(double Label, double Prediction)> Pairs(
        Func<AnnotationRow, float?> labelOf, Func<SubmissionRow, double?> readOf) =>
        from row in Enumerable.Range(0, Count)
        let label = labelOf(Truth[row])
        let read = readOf(Decision(row))
        where label is not null && read is not null
        select ((double)label.Value, read.Value);
}
