using System.Globalization;
using System.Text;
using System.Text.Json;
using SsMfar.Data;
using SsMfar.Metrics;
using SsMfar.Submissions;

namespace SsMfar.Tests.Metrics;

/// <summary>Golden/metrics.json, written by scikit-learn and NumPy, through arrays and through files.</summary>
public class GoldenMetricsTests
{
    private static readonly JsonElement Golden = JsonDocument.Parse(
        File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Golden", "metrics.json")))
        .RootElement.GetProperty("cases");

    public static TheoryData<int> Cases => [.. Enumerable.Range(0, Golden.GetArrayLength())];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Arrays_score_as_the_reference(int index)
    {
        JsonElement golden = Golden[index];
        AnnotationSet truth = AnnotationSet.Read(new StringReader(Annotations(golden)));

        AffectScores scores = AffectScorer.Score(
            truth, [.. golden.GetProperty("predicted_expression").EnumerateArray().Select(e => e
                .GetInt32())], Flat(golden, "au_probabilities"), Flat(golden, "predicted_va"));

        ShouldBe(scores, golden.GetProperty("expected"));
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Files_score_as_the_reference_in_any_order(int index)
    {
        JsonElement golden = Golden[index];
        AnnotationSet truth = AnnotationSet.Read(new StringReader(Annotations(golden)));
        StringWriter text = new(CultureInfo.InvariantCulture);
        Predicted(golden).Write(text);

        Submission read = Submission.Read(new StringReader(text.ToString()));

        ShouldBe(AffectScorer.Score(truth, read), golden.GetProperty("expected"));
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void The_confusion_matrix_is_the_references(int index)
    {
        JsonElement golden = Golden[index];
        ConfusionMatrix matrix = new(8);
        foreach ((JsonElement truth, JsonElement predicted) in golden.GetProperty("expression").EnumerateArray()
            .Zip(golden.GetProperty("predicted_expression").EnumerateArray()))
        {
            if (truth.GetInt32() >= 0)
            {
                matrix.Add(truth.GetInt32(), predicted.GetInt32());
            }
        }

        JsonElement expected = golden.GetProperty("expected").GetProperty("confusion");
        for (int i = 0; i < 8; i++)
        {
            Enumerable.Range(0, 8).Select(k => matrix[i, k]).Should().Equal(expected[i].EnumerateArray().Select(e => e.GetInt64()));
        }
    }

    private static void ShouldBe(AffectScores scores, JsonElement expected)
    {
        double[] actual = [
            .. scores.Expression!.F1, scores.Expression.MacroF1, .. scores.ActionUnits!.F1, scores.ActionUnits.MeanF1,
            scores.ValenceArousal!.Valence!.Value, scores.ValenceArousal.Arousal!.Value, scores.ValenceArousal.Mean, scores.PMtl!.Value];
        double[] golden = [
            .. Values(expected.GetProperty("f1_per_class")), expected.GetProperty("macro_f1").GetDouble(),
            .. Values(expected.GetProperty("f1_per_au")), expected.GetProperty("au_f1").GetDouble(),
            .. Values(expected.GetProperty("ccc")), expected.GetProperty("va").GetDouble(), expected.GetProperty("p_mtl").GetDouble()];
        actual.Should().HaveCount(golden.Length);
        double tolerance = 1e-9 * Math.Max(1, golden.Max(Math.Abs));
        actual.Zip(golden, (a, g) => Math.Abs(a - g)).Max().Should().BeLessThanOrEqualTo(tolerance);
    }

    private static string Annotations(JsonElement golden)
    {
        StringBuilder text = new("image,valence,arousal,expression,aus\n");
        for (int i = 0; i < golden.GetProperty("expression").GetArrayLength(); i++)
        {
            // The raw text of the numbers, so that no digit is lost on the way.
            IEnumerable<JsonElement> fields = [
                .. golden.GetProperty("va")[i].EnumerateArray(), golden.GetProperty("expression")[i], .. golden.GetProperty("au")[i]
                    .EnumerateArray()];
            text.Append(CultureInfo.InvariantCulture, $"{i}.jpg,{string.Join(',', fields.Select(field => field.GetRawText()))}\n");
        }

        return text.ToString();
    }

    private static Submission Predicted(JsonElement golden) => new(
        Enumerable.Range(0, golden.GetProperty("expression").GetArrayLength()).Reverse().Select(i => new SubmissionRow(
            $"{i}.jpg",
            golden.GetProperty("predicted_va")[i][0].GetDouble(),
            golden.GetProperty("predicted_va")[i][1].GetDouble(),
            golden.GetProperty("predicted_expression")[i].GetInt32(),
            ActionUnitLabels.From([.. Values(golden.GetProperty("au_probabilities")[i]).Select(p => (bool?)(p > 0.5))]))));

    private static IEnumerable<double> Values(JsonElement array) => array.EnumerateArray().Select(e => e.GetDouble());

    private static double[] Flat(JsonElement golden, string name) => [.. golden.GetProperty(name).EnumerateArray().SelectMany(Values)];
}
