using SsMfar.Data;
using SsMfar.Submissions;

namespace SsMfar.Tests.Metrics;

/// <summary>Faces of groups of people, and simulated predictions that are as good in each as they are made.</summary>
internal static class GroupedFaces
{
    private static readonly ExpressionClassSet Classes = ExpressionClassSet.AffWild2;

    /// <summary>Labels of all tasks in a column <c>group</c>, and predictions.</summary>
    /// <param name="seed">What all follows from.</param>
    /// <param name="rows">The rows of each group.</param>
    /// <param name="right">
    /// For each group, how often an expression is right; where it is not, the class is drawn. With balanced classes F1 is
    /// right + (1 - right) / 8.
    /// </param>
    public static (AnnotationSet Truth, Submission Predictions) Draw(int seed, int rows, params double[] right)
    {
        Random random = new(seed);
        List<AnnotationRow> truth = [];
        List<SubmissionRow> predictions = [];
        for (int group = 0; group < right.Length; group++)
        {
            for (int i = 0; i < rows; i++)
            {
                int label = random.Next(Classes.Count);
                float valence = Uniform(random), arousal = Uniform(random);
                ActionUnitLabels units = ActionUnitLabels.Unknown, read = ActionUnitLabels.Unknown;
                for (int unit = 0; unit < ActionUnits.Count; unit++)
                {
                    bool present = random.NextDouble() < 0.3;
                    units = units.With(unit, present);
                    read = read.With(unit, random.NextDouble() < 0.85 ? present : !present);
                }

                string image = $"person{i}/{group}_{i}.jpg";
                truth.Add(new(image, new(valence, arousal), label, units) { Text = new[] { $"group {group}" } });
                predictions.Add(new(
                    image,
                    Math.Clamp(valence + (0.4 * Uniform(random)), -1, 1),
                    Math.Clamp(arousal + (0.4 * Uniform(random)), -1, 1),
                    random.NextDouble() < right[group] ? label : random.Next(Classes.Count),
                    read));
            }
        }

        return (new(truth, Classes, textColumns: ["group"]), new(predictions, Classes));
    }

    private static float Uniform(Random random) => (2 * random.NextSingle()) - 1;
}
