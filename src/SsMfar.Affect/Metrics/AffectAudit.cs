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

    private static readonly double[] Coefficients =
    [
        -1.26551223, 1.00002368, 0.37409196, 0.09678418, -0.18628806, 0.27886807, -1.13520398, 1.48851587, -0.82215223, 0.17087277,
    ];

    /// <summary>Every row with valence, arousal or both that was predicted.</summary>
    /// <param name="truth">The labels.</param>
    /// <param name="predictions">A prediction for each row, of a model that did not learn from it.</param>
    /// <param name="evidence">What is expected by; null: the predictions alone.</param>
    public static AuditedTask Of(AnnotationSet truth, IReadOnlyList<AffectPrediction> predictions, LabelEvidence? evidence)
    {
        Dictionary<int, Judged> valence = Side(0, affect => affect.Valence), arousal = Side(1, affect => affect.Arousal);
        int[] rows =
        [
            .. Enumerable.Range(0, truth.Count)
                .Where(row => truth.Columns.HasValenceOrArousal(row) && predictions[row].ValenceArousal is not null),
        ];
        return new(
            rows.Length,
            [
                .. rows.Where(row => valence.ContainsKey(row) || arousal.ContainsKey(row))
                    .Select(row => Doubt(truth.Columns.Images[row], row, Find(valence, row), Find(arousal, row))),
            ]);

        static Judged? Find(Dictionary<int, Judged> side, int row) => side.TryGetValue(row, out Judged judged) ? judged : null;

        Dictionary<int, Judged> Side(int side, Func<ValenceArousal, float> read)
        {
            int[] labelled =
            [
                .. Enumerable.Range(0, truth.Count).Where(
                    row => !double.IsNaN(truth.Columns.ValenceArousal[(2 * row) + side]) && predictions[row].ValenceArousal is not null),
            ];
            if (labelled.Length < FewestRows)
            {
                return [];
            }

            double[] labels = [.. labelled.Select(row => truth.Columns.ValenceArousal[(2 * row) + side])];
            (double[] expected, double[] off) = Deviations(
                labels, [.. labelled.Select(row => (double)read(predictions[row].ValenceArousal!.Value))],
                evidence?.Affect(labelled, side));
            return labelled.Index().ToDictionary(
                at => at.Item, at => new Judged(labels[at.Index], Math.Clamp(expected[at.Index], -1, 1), off[at.Index]));
        }
    }

    private static DoubtfulLabel Doubt(string image, int row, Judged? valence, Judged? arousal)
    {
        // Of independent normal deviations, the share of rows that lie nearer.
        double square = ((valence?.Off ?? 0) * (valence?.Off ?? 0)) + ((arousal?.Off ?? 0) * (arousal?.Off ?? 0));
        double doubt = 1 - (valence is null || arousal is null ? Complement(Math.Sqrt(square / 2)) : Math.Exp(-square / 2));
        return new()
        {
            Row = row,
            Image = image,
            Task = ScoredTask.ValenceArousal,
            Label = Words(valence?.Label, arousal?.Label),
            Suggested = Words(valence?.Expected, arousal?.Expected),
            Doubt = doubt,
            IsSuspect = doubt > SuspectDoubt,
        };
    }

    // The complementary error function, to 1.2e-7 of its value (Press et al., Numerical Recipes in C, 1992, section 6.2).
    private static double Complement(double x)
    {
        double t = 1 / (1 + (0.5 * x)), sum = 0;
        for (int i = Coefficients.Length - 1; i >= 0; i--)
        {
            sum = Coefficients[i] + (t * sum);
        }

        return t * Math.Exp(sum - (x * x));
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

    private static string Words(double? valence, double? arousal) => string.Join(
        ", ",
        new[] { ("valence", valence), ("arousal", arousal) }.Where(side => side.Item2 is not null)
            .Select(side => FormattableString.Invariant($"{side.Item1} {side.Item2:+0.00;-0.00;0.00}")));

    /// <summary>A row's label of one side.</summary>
    /// <param name="Label">The label.</param>
    /// <param name="Expected">What is expected.</param>
    /// <param name="Off">How far the label is from that, in robust deviations.</param>
    private readonly record struct Judged(double Label, double Expected, double Off);
}
