using SsMfar.Data;
using SsMfar.Imaging;
using SsMfar.Metrics;
using SsMfar.Runtime;
using TorchSharp;
using static TorchSharp.torch;

namespace SsMfar.ConsoleApp.Demo;

/// <summary>
/// The linear floor: ridge regression from grey pixels to every output, on the rows whose label is known. The expression is the largest
/// of one regression a class; a unit counts above 0.5. The penalty is the one that scores best on the validation set itself, which
/// flatters this baseline.
/// </summary>
internal static class RidgeBaseline
{
    /// <summary>Pixels a side that the regression sees.</summary>
    public const int Side = 32;


    private static readonly double[] Values = [3, 10, 30, 100, 300, 1000];

    /// <summary>The number of penalties tried.</summary>
    public static int Penalties => Values.Length;

    /// <summary>Fits on one set and scores on another.</summary>
    /// <param name="images">The images of both sets.</param>
    /// <param name="training">The rows to fit.</param>
    /// <param name="validation">The rows to score.</param>
    /// <param name="progress">Told the number of penalties tried.</param>
    /// <param name="cancellationToken">Stops between two images or penalties.</param>
    public static AffectScores Score(
        IImageSource images, AnnotationSet training, AnnotationSet validation, IProgress<int> progress, CancellationToken cancellationToken)
    {
        TorchRuntime.Initialize();
        using DisposeScope scope = NewDisposeScope();
        using var noGradient = no_grad();
        Tensor fit = Pixels(images, training, cancellationToken);
        Tensor judged = Pixels(images, validation, cancellationToken);
        LinearTarget[] targets = Targets(training);
        AffectScores? best = null;
        for (int i = 0; i < Values.Length; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            AffectScores scores = Score(validation, targets, Predict(fit, judged, targets, Values[i]));
            best = best is null || scores.PMtl > best.PMtl ? scores : best;
            progress.Report(i + 1);
        }

        return best!;
    }

    // float64 [N, 1024], grey, 0 to 1.
    private static Tensor Pixels(IImageSource images, AnnotationSet rows, CancellationToken cancellationToken)
    {
        byte[] pixels = new byte[rows.Count * Side * Side * 3];
        Parallel.For(0, rows.Count, new ParallelOptions { CancellationToken = cancellationToken }, i => ImageDecoder.Default.DecodeResized(
            images, rows[i].Image, null, Side, Side, pixels.AsSpan(i * Side * Side * 3, Side * Side * 3)));

        // A number beside a tensor is kept until libtorch has read it (docs/extending.md).
        using Scalar white = 255.0.ToScalar();
        return tensor(pixels, [rows.Count, Side * Side, 3]).to(ScalarType.Float64).mean([2]) / white;
    }

    private static LinearTarget[] Targets(AnnotationSet rows)
    {
        IEnumerable<LinearTarget> classes = Enumerable.Range(0, rows.ExpressionClasses.Count)
            .Select(k => new LinearTarget(
                "expression",
                rows.Select(row => row.Expression is { } expression ? (expression == k ? 1.0 : 0.0) : (double?)null)));
        IEnumerable<LinearTarget> units = Enumerable.Range(0, ActionUnits.Count)
            .Select(k => new LinearTarget(
                "units",
                rows.Select(row => row.ActionUnits[k] is { } present ? (present ? 1.0 : 0.0) : (double?)null)));
        IEnumerable<LinearTarget> affect =
        [
            new("affect", rows.Select(row => (double?)row.ValenceArousal?.Valence)),
            new("affect", rows.Select(row => (double?)row.ValenceArousal?.Arousal)),
        ];
        return [.. classes, .. units, .. affect];
    }

    // One column a target. Targets that are known in the same rows share one factorisation.
    private static double[][] Predict(Tensor fit, Tensor judged, LinearTarget[] targets, double penalty)
    {
        double[][] predictions = new double[targets.Length][];
        foreach (IGrouping<string, int> group in Enumerable.Range(0, targets.Length).GroupBy(i => targets[i].KnownRows))
        {
            using DisposeScope scope = NewDisposeScope();
            int[] columns = [.. group];
            Tensor known = tensor(targets[columns[0]].Rows);
            Tensor x = fit.index_select(0, known);
            Tensor mean = x.mean([0], keepdim: true);
            x -= mean;
            Tensor y = stack([.. columns.Select(i => tensor(targets[i].Values))], 1);
            Tensor intercept = y.mean([0], keepdim: true);
            using Scalar strength = penalty.ToScalar(), one = 1.0.ToScalar();
            Tensor gram = x.t().mm(x).add(eye(x.shape[1], dtype: ScalarType.Float64), strength);
            Tensor weights = linalg.solve(gram, x.t().mm(y - intercept));
            Tensor predicted = (judged - mean).mm(weights).add(intercept, one);
            for (int k = 0; k < columns.Length; k++)
            {
                predictions[columns[k]] = predicted.select(1, k).contiguous().data<double>().ToArray();
            }
        }

        return predictions;
    }

    private static AffectScores Score(AnnotationSet truth, LinearTarget[] targets, double[][] predictions)
    {
        double[][] classes = OfKind("expression");
        double[][] units = OfKind("units");
        double[][] affect = OfKind("affect");
        return AffectScorer.Score(
            truth,
            [.. Enumerable.Range(0, truth.Count).Select(row => Enumerable.Range(0, classes.Length).MaxBy(k => classes[k][row]))],
            Interleave(units),
            Interleave(affect));

        double[][] OfKind(string kind) => [.. predictions.Where((_, i) => targets[i].Kind == kind)];

        double[] Interleave(double[][] columns) =>
            [.. Enumerable.Range(0, truth.Count).SelectMany(row => columns.Select(column => column[row]))];
    }

    private sealed class LinearTarget
    {
        public LinearTarget(string kind, IEnumerable<double?> values)
        {
            Kind = kind;
            (double? Value, long Row)[] known = [.. values.Select((value, row) => (value, (long)row))
                .Where(entry => entry.value is not null)];
            Values = [.. known.Select(entry => entry.Value!.Value)];
            Rows = [.. known.Select(entry => entry.Row)];
            KnownRows = string.Join(',', Rows);
        }

        public string Kind { get; }

        public double[] Values { get; }

        public long[] Rows { get; }

        /// <summary>The rows as text, to find targets that share them.</summary>
        public string KnownRows { get; }
    }
}
