using System.Globalization;
using System.Text;
using System.Text.Json;

namespace SsMfar.Tests.ConsoleApp;

/// <summary><c>stats</c> and <c>score</c> on small files, against hand counts and Golden/metrics.json.</summary>
public sealed class StatsAndScoreTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Stats_counts_and_weighs()
    {
        string file = Write(
            "a.txt",
            """
            image,valence,arousal,expression,aus
            a/1.jpg,0.5,-0.5,0,1,0,0,0,0,0,0,0,0,0,0,0
            a/2.jpg,-5,-5,4,-1,-1,-1,-1,-1,-1,-1,-1,-1,-1,-1,-1
            a/3.jpg,0.1,0.2,4,0,0,1,0,0,0,0,0,0,0,0,0
            a/4.jpg,0.1,0.2,-1,0,-1,1,0,0,0,0,0,0,0,0,0
            """);

        JsonElement stats = await ConsoleProgram.JsonAsync("stats", "--annotations", file);

        stats.GetProperty("rows").GetInt32().Should().Be(4);
        stats.GetProperty("expressionClasses").EnumerateArray().Select(e => e.GetString()).Should()
            .Equal("Neutral", "Anger", "Disgust", "Fear", "Happiness", "Sadness", "Surprise", "Other");
        stats.GetProperty("actionUnitNames").EnumerateArray().Select(e => e.GetString()).Should()
            .Equal("AU1", "AU2", "AU4", "AU6", "AU7", "AU10", "AU12", "AU15", "AU23", "AU24", "AU25", "AU26");
        stats.GetProperty("invalid").GetRawText().Where(char.IsDigit).Should().Equal('1', '1', '1');
        Numbers(stats.GetProperty("expressionCounts")).Should().Equal(1, 0, 0, 0, 2, 0, 0, 0);
        Numbers(stats.GetProperty("expressionWeights")).Should().Equal(3, null, null, null, 1.5, null, null, null);
        Numbers(stats.GetProperty("actionUnitPositives")).Should().Equal(1, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0);
        Numbers(stats.GetProperty("actionUnitNegatives")).Should().Equal(2, 2, 1, 3, 3, 3, 3, 3, 3, 3, 3, 3);
        Numbers(stats.GetProperty("actionUnitWeights")).Should().StartWith(new double?[] { 2, null, 0.5, null });
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public async Task Score_is_the_references(int index)
    {
        JsonElement golden = JsonDocument.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Golden", "metrics.json")))
            .RootElement.GetProperty("cases")[index];

        JsonElement scores = await ConsoleProgram.JsonAsync(
            "score", "--annotations", Write("truth.txt", Truth(golden)), "--predictions", Write("predicted.txt", Predictions(golden)));

        JsonElement expected = golden.GetProperty("expected");
        double?[] actual =
        [
            .. Numbers(scores.GetProperty("expression").GetProperty("f1")), Number(scores, "expression", "macroF1"),
            .. Numbers(scores.GetProperty("actionUnits").GetProperty("f1")), Number(scores, "actionUnits", "meanF1"),
            .. Numbers(scores.GetProperty("valenceArousal")
                .GetProperty("ccc")), Number(scores, "valenceArousal", "mean"), Number(scores, "pMtl"),
        ];
        double?[] reference =
        [
            .. Numbers(expected.GetProperty("f1_per_class")), Number(expected, "macro_f1"),
            .. Numbers(expected.GetProperty("f1_per_au")), Number(expected, "au_f1"),
            .. Numbers(expected.GetProperty("ccc")), Number(expected, "va"), Number(expected, "p_mtl"),
        ];
        actual.Should().HaveSameCount(reference);
        actual.Zip(reference, (a, r) => Math.Abs(a!.Value - r!.Value)).Max().Should().BeLessThan(1e-9);
    }

    [Fact]
    public async Task A_task_without_labels_scores_null_and_keeps_its_shape()
    {
        const string Header = "image,valence,arousal,expression,aus\n";
        string truth = Write("truth.txt", Header + "1.jpg,0.5,0.5,-1,1,0,0,0,0,0,0,0,0,0,0,0\n2.jpg,-0.5,0.1,-1,1,0,0,0,0,0,0,0,0,0,0,0\n");
        string predicted = Write(
            "predicted.txt",
            Header + "2.jpg,-0.5,0.1,0,1,0,0,0,0,0,0,0,0,0,0,0\n1.jpg,0.5,0.5,0,1,0,0,0,0,0,0,0,0,0,0,0\n");

        JsonElement scores = await ConsoleProgram.JsonAsync("score", "--annotations", truth, "--predictions", predicted);

        Number(scores, "expression", "macroF1").Should().BeNull();
        Numbers(scores.GetProperty("expression").GetProperty("f1")).Should().Equal(new double?[8]);
        Number(scores, "pMtl").Should().BeNull();
        Number(scores, "valenceArousal", "mean").Should().BeApproximately(1, 1e-12);
    }

    private static double? Number(JsonElement element, params string[] path)
    {
        JsonElement value = path.Aggregate(element, (inner, name) => inner.GetProperty(name));
        return value.ValueKind == JsonValueKind.Null ? null : value.GetDouble();
    }

    private static double?[] Numbers(JsonElement array) => [.. array.EnumerateArray().Select(value => Number(value))];

    private static string Truth(JsonElement golden) => Rows(golden, i =>
        [.. golden.GetProperty("va")[i].EnumerateArray(), golden.GetProperty("expression")[i], .. golden.GetProperty("au")[i]
            .EnumerateArray()]);

    private static string Predictions(JsonElement golden)
    {
        StringBuilder text = new("image,valence,arousal,expression,aus\n");
        for (int i = golden.GetProperty("expression").GetArrayLength() - 1; i >= 0; i--)
        {
            IEnumerable<string> units = golden.GetProperty("au_probabilities")[i].EnumerateArray()
                .Select(p => p.GetDouble() > 0.5 ? "1" : "0");

            // A submission holds valence and arousal within [-1, 1].
            IEnumerable<string> affect = golden.GetProperty("predicted_va")[i].EnumerateArray()
                .Select(v => Math.Clamp(v.GetDouble(), -1, 1).ToString("R", CultureInfo.InvariantCulture));
            text.Append(
                CultureInfo.InvariantCulture,
                $"{i}.jpg,{string.Join(',', [.. affect, golden.GetProperty("predicted_expression")[i].GetRawText(), .. units])}\n");
        }

        return text.ToString();
    }

    private static string Rows(JsonElement golden, Func<int, IEnumerable<JsonElement>> fields)
    {
        StringBuilder text = new("image,valence,arousal,expression,aus\n");
        for (int i = 0; i < golden.GetProperty("expression").GetArrayLength(); i++)
        {
            text.Append(CultureInfo.InvariantCulture, $"{i}.jpg,{string.Join(',', fields(i).Select(field => field.GetRawText()))}\n");
        }

        return text.ToString();
    }

    private string Write(string name, string text)
    {
        File.WriteAllText(_folder.File(name), text);
        return _folder.File(name);
    }
}
