using System.Globalization;
using System.Text;
using System.Text.Json;
using SsMfar.Data;
using SsMfar.Inference;
using SsMfar.Metadata;
using SsMfar.Models;
using SsMfar.Onnx;
using SsMfar.Predictions;

namespace SsMfar.Tests.ConsoleApp;

/// <summary>
/// Another set of units through every command, a newcomer's folder with valence alone in three commands, and lists of other classes.
/// </summary>
[Collection(TrainedRun.Collection)]
public sealed class OwnUnitsTests(TrainedRun run) : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Disfas_units_train_export_predict_and_score_by_name()
    {
        string train = Renamed(run.Train, "train.txt"), validation = Renamed(run.Validation, "validation.txt");
        string[] names = [.. ActionUnitSet.Disfa.Names];
        string model = _folder.File("run/model.safetensors"), table = _folder.File("probabilities.csv"), onnx = _folder.File("model.onnx");

        JsonElement stats = await ConsoleProgram.JsonAsync("stats", "--annotations", train);
        JsonElement trained = await ConsoleProgram.JsonAsync(
            "train", "--data", run.Data, "--train", train, "--validation", validation, "--weights", "none", "--size", "32", "--epochs", "1",
            "--batch-size", "32", "--variant", "mfar", "--device", "cpu", "--set", "Imbalance.WeightCap=10", "--out", _folder.File("run"));
        ChildProcess.Outcome predicted = await ConsoleProgram.RunAsync(
            "predict", "--model", model, "--list", validation, "--data", run.Data, "--probabilities", table);
        JsonElement scored = await ConsoleProgram.JsonAsync(
            "score", "--annotations", validation, "--predictions", table, "--bootstrap", "20", "--against", table);
        JsonElement evaluated = await ConsoleProgram.JsonAsync(
            "evaluate", "--model", model, "--annotations", validation, "--data", run.Data, "--device", "cpu");
        await ConsoleProgram.JsonAsync("export", "--model", model, "--out", onnx);

        foreach (JsonElement document in new[] { stats, trained.GetProperty("score"), scored, evaluated })
        {
            document.GetProperty("actionUnitNames").EnumerateArray().Select(name => name.GetString()).Should().Equal(names);
        }

        trained.GetProperty("tasks").EnumerateArray().Select(task => task.GetString()).Should().Equal("action_units");
        predicted.ExitCode.Should().Be(0, predicted.Everything);
        File.ReadLines(table).First().Should().EndWith(string.Join(',', names.Select(name => $"{name}>0.5")));
        scored.GetProperty("actionUnits").GetProperty("meanF1").GetDouble().Should()
            .BeApproximately(evaluated.GetProperty("actionUnits").GetProperty("meanF1").GetDouble(), 1e-9);
        scored.GetProperty("difference").GetProperty("actionUnits").GetProperty("f1").GetArrayLength().Should().Be(12);
        scored.GetProperty("bootstrap").GetProperty("actionUnits").GetProperty("f1").GetArrayLength().Should().Be(12);
        using OnnxAffectPredictor predictor = OnnxAffectPredictor.Load(onnx);
        predictor.Metadata.Units().Should().Be(ActionUnitSet.Disfa);
        string image = AnnotationSet.Load(validation)[0].Image;
        AffectPrediction read = predictor.Predict(Path.Combine(run.Data, image));
        JsonElement printed = (await ConsoleProgram.JsonAsync("predict", "--model", model, "--image", Path.Combine(run.Data, image)))
            .GetProperty("predictions")[0].GetProperty("actionUnitProbabilities");
        printed.EnumerateObject().Select(unit => unit.Name).Should().Equal(names);
        printed.GetProperty("AU17").GetSingle().Should().BeApproximately(read.ActionUnits!.Probability(ActionUnit.AU17), 1e-4f);

        // Reports judge the twelve.
        File.Exists(_folder.File("run/report.html")).Should().BeFalse();
        (await ConsoleProgram.RefusalAsync(
            "report", "--model", model, "--annotations", validation, "--data", run.Data, "--out", _folder.File("report"))).Should()
            .ContainAll("AU17", "Use evaluate or score");

        // The submission format stays the twelve.
        (await ConsoleProgram.RefusalAsync("predict", "--model", model, "--list", validation, "--data", run.Data)).Should()
            .ContainAll("AU17", "the submission format is of AU1", "--probabilities");
        (await ConsoleProgram.RefusalAsync("ablate", "--data", run.Data, "--train", train, "--validation", validation, "--out",
            _folder.File("ablation"))).Should().ContainAll(train, "AU17", "train instead");
    }

    [Fact]
    public async Task A_list_may_be_of_any_classes()
    {
        string image = AnnotationSet.Load(run.Validation)[0].Image;
        string list = Write("list.txt", $"#classes,Calm,Tense,Glad\nimage,expression\n{image},Glad\n");

        JsonElement json = await ConsoleProgram.JsonAsync("predict", "--model", run.Model, "--list", list, "--data", run.Data);

        json.GetProperty("predictions")[0].GetProperty("image").GetString().Should().Be(image);
        json.GetProperty("expressionClasses").GetArrayLength().Should().Be(8);
    }

    [Fact]
    public async Task A_newcomers_folder_with_valence_alone_takes_three_commands()
    {
        AnnotationSet drawn = AnnotationSet.Load(run.Train);
        Directory.CreateDirectory(_folder.File("Fotos"));
        StringBuilder table = new("\uFEFFDatei;Gefühl;Valenz\r\n");
        string[] words = ["Neutral", "Ärger", "Ekel", "Angst", "Freude", "Trauer", "Überraschung", "Anderes"];
        for (int i = 0; i < 300; i++)
        {
            AnnotationRow row = drawn[i % drawn.Count];
            string name = $"Bild {i + 1} über.jpg";
            File.Copy(Path.Combine(run.Data, row.Image), _folder.File("Fotos/" + name));
            float? known = i % 4 == 1 ? null : row.Valence ?? 0.1f;
            string valence = known?.ToString(CultureInfo.InvariantCulture).Replace('.', ',') ?? "";
            table.Append(CultureInfo.InvariantCulture, $"{name};{(i % 3 == 2 ? "" : words[i % 8])};{valence}\r\n");
        }

        string csv = Write("Bewertung.csv", table.ToString());
        string classes = Write("Klassen.csv", string.Concat(words.Zip(ExpressionClassSet.AffWild2.Names).Select(
            pair => $"{pair.First},{pair.Second}\r\n")));
        string labels = _folder.File("labels.txt"), photos = _folder.File("Fotos"), model = _folder.File("lauf/model.safetensors");

        JsonElement imported = await ConsoleProgram.JsonAsync(
            "import", "--csv", csv, "--map", "image=Datei,expression=Gefühl,valence=Valenz", "--class-names", classes, "--data", photos,
            "--out", labels);
        JsonElement trained = await ConsoleProgram.JsonAsync(
            "train", "--data", photos, "--train", labels, "--validation-share", "0.2", "--size", "32", "--epochs", "1", "--weights", "none",
            "--device", "cpu", "--out", _folder.File("lauf"));
        ChildProcess.Outcome predicted = await ConsoleProgram.RunAsync(
            "predict", "--model", model, "--images", photos, "--out", _folder.File("predictions.txt"));

        imported.GetProperty("rows").GetInt32().Should().Be(300);
        imported.GetProperty("known").GetProperty("valence").GetInt32().Should().Be(225);
        trained.GetProperty("tasks").EnumerateArray().Select(task => task.GetString()).Should().Equal("expression", "valence_arousal");
        JsonElement ccc = trained.GetProperty("score").GetProperty("valenceArousal").GetProperty("ccc");
        ccc[0].ValueKind.Should().Be(JsonValueKind.Number);
        ccc[1].ValueKind.Should().Be(JsonValueKind.Null);
        predicted.ExitCode.Should().Be(0, predicted.Everything);
        predicted.Error.Should().Contain("its arousal means nothing");
        File.ReadLines(_folder.File("predictions.txt")).Should().HaveCount(301);
        ModelFile.ReadDescription(model).Metadata.Notes[ModelMetadata.NotLearned].Should().Be("arousal");
    }

    // The twelve drawn units under the names of DISFA's.
    private string Renamed(string file, string name)
    {
        AnnotationSet drawn = AnnotationSet.Load(file);
        AnnotationSet renamed = new(
            drawn.Select(row =>
            {
                ActionUnitLabels labels = ActionUnitLabels.Unknown;
                for (int i = 0; i < ActionUnits.Count; i++)
                {
                    labels = labels.With(ActionUnitSet.Disfa[i], row.ActionUnits[i]);
                }

                return new AnnotationRow(row.Image, null, null, labels);
            }),
            units: ActionUnitSet.Disfa);
        renamed.Save(_folder.File(name), AnnotationFileLayout.Compact);
        return _folder.File(name);
    }

    private string Write(string name, string text)
    {
        File.WriteAllText(_folder.File(name), text);
        return _folder.File(name);
    }
}
