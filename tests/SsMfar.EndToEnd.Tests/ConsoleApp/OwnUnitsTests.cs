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
public sealed class OwnUnitsTests(TrainedRun run) : IClassFixture<TrainedRun>, IDisposable
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
        (await ConsoleProgram.RefusalAsync("report", "--predictions", table, "--annotations", validation, "--out", _folder.File("report")))
            .Should().ContainAll(table, "AU17", "Use evaluate or score");

        // Labels of any units are audited, and their probabilities smoothed.
        string smoothed = _folder.File("smoothed.csv");
        ChildProcess.Outcome audited = await ConsoleProgram.RunAsync(
            "audit", "--annotations", validation, "--predictions", table, "--out", _folder.File("audit"));
        audited.ExitCode.Should().Be(0, audited.Everything);
        File.Exists(_folder.File("audit/without-suspects.txt")).Should().BeTrue();
        ChildProcess.Outcome smooth = await ConsoleProgram.RunAsync(
            "smooth", "--predictions", table, "--sigma", "2", "--probabilities", smoothed);
        smooth.ExitCode.Should().Be(0, smooth.Everything);
        File.ReadLines(smoothed).First().Should().Be(File.ReadLines(table).First());
        (await ConsoleProgram.RefusalAsync("smooth", "--predictions", table, "--sigma", "2")).Should()
            .ContainAll("--out", "--probabilities");

        // The submission format stays the twelve.
        (await ConsoleProgram.RefusalAsync("predict", "--model", model, "--list", validation, "--data", run.Data)).Should()
            .ContainAll("AU17", "the submission format is of AU1", "--probabilities");
        (await ConsoleProgram.RefusalAsync("ablate", "--data", run.Data, "--train", train, "--validation", validation, "--out",
            _folder.File("ablation"))).Should().ContainAll(train, "AU17", "train instead");
    }

    [Fact]
    public async Task Bp4ds_units_and_their_intensities_train_export_predict_and_score_by_name()
    {
        ActionUnitSet strong = ActionUnitSet.Parse("AU6", "AU10", "AU12", "AU14", "AU17"); // those that BP4D grades
        string train = Graded(run.Train, "train.txt", strong), validation = Graded(run.Validation, "validation.txt", strong);
        string[] names = [.. ActionUnitSet.Bp4d.Names], graded = [.. strong.Names];
        string model = _folder.File("run/model.safetensors"), table = _folder.File("probabilities.csv"), onnx = _folder.File("model.onnx");
        string[] training =
        [
            "train", "--data", run.Data, "--train", train, "--validation", validation, "--weights", "none", "--size", "32", "--epochs", "2",
            "--batch-size", "32", "--variant", "mfar", "--device", "cpu", "--set", "Imbalance.WeightCap=10", "--out", _folder.File("run"),
        ];

        JsonElement stats = await ConsoleProgram.JsonAsync("stats", "--annotations", train);
        JsonElement trained = await ConsoleProgram.JsonAsync([.. training, "--tasks", "action_unit_intensity,action_units"]);
        ChildProcess.Outcome predicted = await ConsoleProgram.RunAsync(
            "predict", "--model", model, "--list", validation, "--data", run.Data, "--probabilities", table);
        JsonElement scored = await ConsoleProgram.JsonAsync("score", "--annotations", validation, "--predictions", table);
        JsonElement evaluated = await ConsoleProgram.JsonAsync(
            "evaluate", "--model", model, "--annotations", validation, "--data", run.Data, "--device", "cpu");
        ChildProcess.Outcome printed = await ConsoleProgram.RunAsync(
            "score", "--annotations", validation, "--predictions", table, "--bootstrap", "20");
        await ConsoleProgram.JsonAsync("export", "--model", model, "--out", onnx);

        Texts(stats.GetProperty("actionUnitNames")).Should().Equal(names);
        JsonElement counted = stats.GetProperty("actionUnitIntensities");
        Texts(counted.GetProperty("names")).Should().Equal(graded);
        counted.GetProperty("rows").GetInt32().Should().Be(AnnotationSet.Load(train).Count(row => row.Intensities.AnyKnown));
        Texts(trained.GetProperty("tasks")).Should().Equal("action_units", "action_unit_intensity");
        foreach (JsonElement document in new[] { trained.GetProperty("score"), scored, evaluated })
        {
            Texts(document.GetProperty("actionUnitNames")).Should().Equal(names);
            JsonElement intensities = document.GetProperty("actionUnitIntensities");
            Texts(intensities.GetProperty("names")).Should().Equal(graded);
            intensities.GetProperty("icc").GetArrayLength().Should().Be(5);
            foreach (string score in new[] { "meanIcc", "meanPcc", "meanMae" })
            {
                intensities.GetProperty(score).GetDouble().Should().BeApproximately(
                    evaluated.GetProperty("actionUnitIntensities").GetProperty(score).GetDouble(), 1e-4);
            }
        }

        // The history of both kinds has them.
        using JsonDocument history = JsonDocument.Parse(await File.ReadAllTextAsync(_folder.File("run/history.json")));
        history.RootElement[1].GetProperty("tasks").GetProperty("action_unit_intensity").GetProperty("icc.AU17").ValueKind.Should()
            .Be(JsonValueKind.Number);
        history.RootElement[1].GetProperty("losses").TryGetProperty("action_unit_intensity", out _).Should().BeTrue();
        File.ReadLines(_folder.File("run/history.jsonl")).Last().Should().Contain("icc.AU17");

        predicted.ExitCode.Should().Be(0, predicted.Everything);
        File.ReadLines(table).First().Should().EndWith(
            $"{string.Join(',', names.Select(name => $"{name}>0.5"))},{string.Join(',', graded.Select(name => $"{name}_intensity"))}");
        printed.Output.Should().ContainAll("ICC(3,1)", "PCC", "MAE");

        string image = AnnotationSet.Load(validation)[0].Image;
        JsonElement json = (await ConsoleProgram.JsonAsync("predict", "--model", model, "--image", Path.Combine(run.Data, image)))
            .GetProperty("predictions")[0].GetProperty("actionUnitIntensities");
        json.EnumerateObject().Select(unit => unit.Name).Should().Equal(graded);
        using OnnxAffectPredictor runtime = OnnxAffectPredictor.Load(onnx);
        AffectPrediction read = runtime.Predict(Path.Combine(run.Data, image));
        read.ActionUnits!.Units.Should().Be(ActionUnitSet.Bp4d);
        read.ActionUnitIntensities!.Units.Should().Be(strong);
        foreach (ActionUnit unit in strong.Units)
        {
            json.GetProperty(ActionUnits.NameOf(unit)).GetSingle().Should().BeApproximately(read.ActionUnitIntensities[unit], 1e-3f);
        }

        // What has no place for intensities says so in a line.
        (await ConsoleProgram.RefusalAsync("predict", "--model", model, "--list", validation, "--data", run.Data)).Should()
            .ContainAll("AU17", "--probabilities");
        string alone = _folder.File("alone/model.safetensors");
        ChildProcess.Outcome single = await ConsoleProgram.RunAsync(
            [.. training[..^4], "--out", _folder.File("alone"), "--tasks", "action_unit_intensity"]); // without weights there is no cap
        single.Everything.Should().Contain("No page about the run: reports do not judge intensities").And.Contain("intensity ICC");
        (await ConsoleProgram.RefusalAsync("predict", "--model", alone, "--list", validation, "--data", run.Data)).Should()
            .ContainAll("intensities of units alone", "--probabilities");
        (await ConsoleProgram.RefusalAsync(
            "report", "--model", alone, "--annotations", validation, "--data", run.Data, "--out", _folder.File("report"))).Should()
            .ContainAll("reports do not judge", "evaluate or score");

        // Nobody asked for them: they are kept, with a line that says how they are learned.
        ChildProcess.Outcome kept = await ConsoleProgram.RunAsync([.. training[..^1], _folder.File("kept")]);
        kept.Everything.Should().Contain("not learned from: AU6_intensity").And.Contain("--tasks names action_unit_intensity");
        ModelFile.ReadDescription(_folder.File("kept/model.safetensors")).Metadata.IntensityUnits().Should().BeNull();
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

    private static IEnumerable<string?> Texts(JsonElement names) => names.EnumerateArray().Select(name => name.GetString());

    // The twelve drawn units under the names of BP4D's, five of them with intensities; unknown where the unit is.
    private string Graded(string file, string name, ActionUnitSet strong)
    {
        AnnotationSet drawn = AnnotationSet.Load(Renamed(file, name, ActionUnitSet.Bp4d)), all = AnnotationSet.Load(file);
        Dictionary<string, float?> valence = all.ToDictionary(row => row.Image, row => row.Valence);
        drawn.WithIntensities(strong, (row, unit) => row.ActionUnits[unit] is not { } present ? null
            : present ? MathF.Round(3 + (2 * valence[row.Image] ?? 0)) : 0).Save(_folder.File(name), AnnotationFileLayout.Compact);
        return _folder.File(name);
    }

    // The twelve drawn units under the names of DISFA's, or others.
    private string Renamed(string file, string name, ActionUnitSet? units = null)
    {
        ActionUnitSet named = units ?? ActionUnitSet.Disfa;
        AnnotationSet drawn = AnnotationSet.Load(file);
        AnnotationSet renamed = new(
            drawn.Select(row =>
            {
                ActionUnitLabels labels = ActionUnitLabels.Unknown;
                for (int i = 0; i < ActionUnits.Count; i++)
                {
                    labels = labels.With(named[i], row.ActionUnits[i]);
                }

                return new AnnotationRow(row.Image, null, null, labels);
            }),
            units: named);
        renamed.Save(_folder.File(name), AnnotationFileLayout.Compact);
        return _folder.File(name);
    }

    private string Write(string name, string text)
    {
        File.WriteAllText(_folder.File(name), text);
        return _folder.File(name);
    }
}
