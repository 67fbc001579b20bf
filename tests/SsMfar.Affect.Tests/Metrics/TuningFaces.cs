using SsMfar.Data;
using SsMfar.Predictions;
using SsMfar.Tests.Predictions;

namespace SsMfar.Tests.Metrics;

/// <summary>Faces of three classes whose true probabilities are known, and models that are wrong about them in known ways.</summary>
internal static class TuningFaces
{
    public static readonly ExpressionClassSet Classes = new("calm", "wild", "odd");

    /// <summary>Labels drawn by softmax(logits), each face in a video of ten.</summary>
    public static (AnnotationSet Truth, float[][] Logits) Draw(int count, int seed, double spread = 1.5)
    {
        Random random = new(seed);
        float[][] logits = [.. Enumerable.Range(0, count)
            .Select(_ => Classes.Names.Select(_ => (float)(spread * Normal(random))).ToArray())];
        return (new(logits.Select((own, i) => new AnnotationRow(
            $"video{i / 10}/{i:00000}.jpg", null, Choose(ExpressionDecisionTests.Softmax(own, 1), random), ActionUnitLabels.Unknown)),
            Classes), logits);
    }

    /// <summary>The probabilities of a model that gives the logits times a number, with offsets to the classes.</summary>
    public static float[] Probabilities(float[][] logits, double scale = 1, params double[] offsets) =>
        [.. logits.SelectMany(own => ExpressionDecisionTests.Softmax(
            [.. own.Select((logit, k) => (float)((scale * logit) + (offsets.Length > 0 ? offsets[k] : 0)))], 1).Select(p => (float)p))];

    public static AffectPrediction[] Predictions(float[] probabilities, ExpressionDecision? decision = null) =>
        [.. probabilities.Chunk(Classes.Count).Select(own => new AffectPrediction
        {
            Expression = (decision ?? ExpressionDecision.MostProbable).Decide(Classes, own),
        })];

    public static double MacroF1(AnnotationSet truth, float[] probabilities, IReadOnlyList<float> weights)
    {
        int[] decided = [.. probabilities.Chunk(Classes.Count).Select(own =>
        {
            double[] products = [.. own.Select((p, k) => (double)p * weights[k])];
            return Array.IndexOf(products, products.Max());
        })];
        return Enumerable.Range(0, Classes.Count).Average(k =>
        {
            int hits = truth.Where((row, i) => row.Expression == k && decided[i] == k).Count();
            int all = truth.Count(row => row.Expression == k)
                + truth.Where((row, i) => row.Expression is not null && decided[i] == k).Count();
            return all == 0 ? 0 : 2.0 * hits / all;
        });
    }

    private static int Choose(double[] probabilities, Random random)
    {
        double left = random.NextDouble();
        int chosen = 0;
        while (chosen < probabilities.Length - 1 && (left -= probabilities[chosen]) > 0)
        {
            chosen++;
        }

        return chosen;
    }

    private static double Normal(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
