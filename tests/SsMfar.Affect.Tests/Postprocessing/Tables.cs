using SsMfar.Data;
using SsMfar.Inference;
using SsMfar.Postprocessing;
using SsMfar.Predictions;
using SsMfar.Submissions;

namespace SsMfar.Tests.Postprocessing;

/// <summary>Tables of drawn predictions.</summary>
internal static class Tables
{
    public static readonly ExpressionClassSet Classes = new("calm", "wild", "odd");

    public static PredictionTable Random(int seed, params IEnumerable<string> images)
    {
        Random random = new(seed);
        return new(
            [.. images.Select(image => (image, Prediction(random)))],
            Classes,
            [.. Enumerable.Range(0, 12).Select(_ => 0.2f + (0.6f * random.NextSingle()))]);
    }

    public static AffectPrediction Prediction(Random random)
    {
        float[] expression = [.. Classes.Names.Select(_ => random.NextSingle())];
        float sum = expression.Sum() * 1.000001f;
        return new()
        {
            ValenceArousal = new((2 * random.NextSingle()) - 1, (2 * random.NextSingle()) - 1),
            Expression = new(Classes, [.. expression.Select(p => p / sum)]),
            ActionUnits = new([.. Enumerable.Range(0, 12).Select(_ => random.NextSingle())], [.. Enumerable.Repeat(0.5f, 12)]),
        };
    }

    /// <summary>A prediction's numbers in the order of the file.</summary>
    public static float[] Numbers(AffectPrediction prediction) =>
        [prediction.Valence!.Value, prediction.Arousal!.Value, .. prediction.Expression!.Probabilities, .. prediction.ActionUnits!.Probabilities];

    public static float[][] Numbers(PredictionTable table) => [.. Enumerable.Range(0, table.Count).Select(i => Numbers(table[i]))];

    /// <summary>A submission's rows, valence and arousal in the precision of predictions.</summary>
    public static (string, float, float, int, ActionUnitLabels)[] Rows(Submission submission) =>
        [.. submission.Select(row =>
            (row.Image, (float)row.Valence!.Value, (float)row.Arousal!.Value, row.Expression!.Value, row.ActionUnits))];
}
