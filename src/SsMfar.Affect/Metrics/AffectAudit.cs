using SsMfar.Data;
using SsMfar.Predictions;

namespace SsMfar.Metrics;

/// <summary>Doubt of labels of valence and arousal: how far they lie from what the predictions lead to expect.</summary>
internal static class AffectAudit
{
    // The median of absolute deviations times this is the standard deviation of a normal distribution.
    private const double MedianToDeviation = 1.4826;
    private const double SmallestDeviation = 1e-3;
    private const double SuspectDoubt = 0.999;
    private const int FewestRows = 3;

    /// <summary>Every row with both labels that was predicted.</summary>
    /// <param name="truth">The labels.</param>
    /// <param name="predictions">A prediction for each row, of a model that did not learn from it.</param>
    /// <param name="evidence">What is expected by; null: the predictions alone.</param>
    public static AuditedTask Of(AnnotationSet truth, IReadOnlyList<AffectPrediction> predictions, LabelEvidence? evidence)
    {
        int[] rows =
        [
            .. Enumerable.Range(0, truth.Count)
                .Where(row => truth.Columns.HasValenceArousal(row) && predictions[row].ValenceArousal is not null),
        ];
        if (rows.Length < FewestRows)
        {
            return new(rows.Length, []);
        }

        (double[] Expected, double[] Off) valence = Deviations(
            Labels(0), Read(affect => affect.Valence), evidence?.Affect(rows, 0));
        (double[] Expected, double[] Off) arousal = Deviations(
            Labels(1), Read(affect => affect.Arousal), evidence?.Affect(rows, 1));
        return new(rows.Length, [.. rows.Select((row, i) => Doubt(truth, row, i, valence, arousal))]);

        double[] Labels(int side) => [.. rows.Select(row => truth.Columns.ValenceArousal[(2 * row) + side])];
        double[] Read(Func<ValenceArousal, float> side) => [.. rows.Select(row => (double)side(predictions[row].ValenceArousal!.Value))];
    }

    private static DoubtfulLabel Doubt(
        AnnotationSet truth, int row, int place, (double[] Expected, double[] Off) valence, (double[] Expected, double[] Off) arousal)
    {
        // Of two independent normal deviations, the share of rows that lie nearer.
        double square = (valence.Off[place] * valence.Off[place]) + (arousal.Off[place] * arousal.Off[place]);
        double doubt = 1 - Math.Exp(-square / 2);
        return new()
        {
            Row = row,
            Image = truth.Columns.Images[row],
            Task = ScoredTask.ValenceArousal,
            Label = Words(truth.Columns.ValenceArousal[2 * row], truth.Columns.ValenceArousal[(2 * row) + 1]),
            Suggested = Words(Math.Clamp(valence.Expected[place], -1, 1), Math.Clamp(arousal.Expected[place], -1, 1)),
            Doubt = doubt,
            IsSuspect = doubt > SuspectDoubt,
        };
    }

    private static (double[] Expected, double[] Off) Deviations(double[] labels, double[] read, double[]? byEvidence)
    {
        double[] expected = byEvidence ?? OnLine(labels, read);
        double[] off = [.. labels.Zip(expected, (label, value) => label - value)];
        double middle = Median(off);
        double deviation = Math.Max(SmallestDeviation, MedianToDeviation * Median([.. off.Select(value => Math.Abs(value - middle))]));
        return (expected, [.. off.Select(value => (value - middle) / deviation)]);
    }

    // Models shrink what they are unsure of: the line through labels over predictions takes that out.
    private static double[] OnLine(double[] labels, double[] read)
    {
        double meanLabel = labels.Average(), meanRead = read.Average();
        double spread = read.Sum(value => (value - meanRead) * (value - meanRead));
        double slope = spread > 0 ? read.Zip(labels, (value, label) => (value - meanRead) * (label - meanLabel)).Sum() / spread : 0;
        return [.. read.Select(value => meanLabel + (slope * (value - meanRead)))];
    }

    private static double Median(double[] values)
    {
        double[] sorted = [.. values.Order()];
        return ScoreVector.Quantile(sorted, 0.5);
    }

    private static string Words(double valence, double arousal) =>
        FormattableString.Invariant($"valence {valence:+0.00;-0.00;0.00}, arousal {arousal:+0.00;-0.00;0.00}");
}
