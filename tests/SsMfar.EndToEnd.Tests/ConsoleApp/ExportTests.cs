using System.Text.Json;
using SsMfar.Inference;
using SsMfar.Onnx;
using SsMfar.Predictions;

namespace SsMfar.Tests.ConsoleApp;

public sealed class ExportTests(TrainedRun run) : IClassFixture<TrainedRun>
{
    [Fact]
    public async Task An_exported_model_predicts_what_the_console_predicts()
    {
        string onnx = run.PathOf("exported.onnx");
        JsonElement exported = await ConsoleProgram.JsonAsync("export", "--model", run.Model, "--out", onnx);
        exported.GetProperty("onnx").GetString().Should().Be(onnx);
        exported.GetProperty("bytes").GetInt64().Should().Be(new FileInfo(onnx).Length);

        JsonElement expected = (await ConsoleProgram.JsonAsync(
            "predict",
            "--model",
            run.Model,
            "--list",
            run.Validation,
            "--data",
            run.Data)).GetProperty("predictions");
        using OnnxAffectPredictor predictor = OnnxAffectPredictor.Load(onnx);
        foreach (JsonElement line in expected.EnumerateArray())
        {
            AffectPrediction face = predictor.Predict(Path.Combine(run.Data, line.GetProperty("image").GetString()!));
            face.Expression!.Name.Should().Be(line.GetProperty("expression").GetString());
            face.Expression.Probabilities
                .Zip(line.GetProperty("expressionProbabilities").EnumerateObject(), (a, b) => Math.Abs(a - b.Value.GetDouble()))
                .Max()
                .Should()
                .BeLessThan(1e-4);
            face.Valence.Should().BeApproximately(line.GetProperty("valence").GetSingle(), 1e-4f);
        }
    }

    [UnixFact]
    public async Task The_size_is_that_of_the_file_which_a_link_leads_to_and_none_of_a_device()
    {
        string link = run.PathOf("link.onnx"), file = run.PathOf("behind-a-link.onnx");
        File.CreateSymbolicLink(link, file);

        JsonElement linked = await ConsoleProgram.JsonAsync("export", "--model", run.Model, "--out", link);
        JsonElement thrown = await ConsoleProgram.JsonAsync("export", "--model", run.Model, "--out", "/dev/null");

        linked.GetProperty("bytes").GetInt64().Should().Be(new FileInfo(file).Length);
        thrown.GetProperty("bytes").ValueKind.Should().Be(JsonValueKind.Null);
    }

    [Fact]
    public async Task Normalised_input_is_an_option_and_bad_paths_are_bad_input()
    {
        string onnx = run.PathOf("normalised.onnx");
        await ConsoleProgram.JsonAsync("export", "--model", run.Model, "--out", onnx, "--normalized-input");
        using var session = new Microsoft.ML.OnnxRuntime.InferenceSession(onnx);
        session.InputNames.Should().Equal("images");

        (await ConsoleProgram.RefusalAsync("export", "--model", run.PathOf("none.safetensors"), "--out", onnx)).Should()
            .Contain("none.safetensors");
        (await ConsoleProgram.RefusalAsync("export", "--model", run.Model, "--out", run.PathOf("no/such/folder.onnx"))).Should()
            .Contain("folder.onnx");
        (await ConsoleProgram.RefusalAsync("export", "--model", run.Validation, "--out", onnx)).Should().Contain("validation.txt");
        (await ConsoleProgram.RefusalAsync("predict", "--model", onnx, "--images", run.Data, "--device", "cuda:1")).Should()
            .StartWith($"--device cuda:1: '{onnx}' is an ONNX model").And.Contain("leave --device out");
    }

    [Fact]
    public async Task Lower_precisions_are_judged_by_evaluate_and_predict_as_the_model_is()
    {
        string whole = run.PathOf("whole.onnx"), half = run.PathOf("half.onnx"), small = run.PathOf("small.onnx");
        await ConsoleProgram.JsonAsync("export", "--model", run.Model, "--out", whole);
        (await ConsoleProgram.JsonAsync("export", "--model", run.Model, "--out", half, "--precision", "float16"))
            .GetProperty("precision").GetString().Should().Be("float16");
        JsonElement exported = await ConsoleProgram.JsonAsync(
            "export", "--model", run.Model, "--out", small, "--precision", "int8", "--calibrate", run.Train, "--data", run.Data,
            "--calibration-images", "24");
        exported.GetProperty("precision").GetString().Should().Be("int8");
        exported.GetProperty("calibrationImages").GetInt32().Should().Be(24);
        new FileInfo(small).Length.Should().BeLessThan((long)(0.3 * new FileInfo(whole).Length));

        float[] expected = await Valences(run.Model);
        (await Valences(whole)).Zip(expected, (a, b) => Math.Abs(a - b)).Max().Should().BeLessThan(1e-4f);
        (await Valences(half)).Zip(expected, (a, b) => Math.Abs(a - b)).Max().Should().BeLessThan(0.01f);
        (await Valences(small)).Zip(expected, (a, b) => Math.Abs(a - b)).Max().Should().BeInRange(1e-6f, 0.2f);
        double judged = await Score(small), before = await Score(run.Model);
        judged.Should().BeApproximately(before, 0.3);

        // A folder's images will do.
        await ConsoleProgram.JsonAsync(
            "export", "--model", run.Model, "--out", small, "--precision", "int8", "--calibrate", Path.Combine(run.Data, "images"));

        async Task<float[]> Valences(string model) =>
        [
            .. (await ConsoleProgram.JsonAsync("predict", "--model", model, "--list", run.Validation, "--data", run.Data))
                .GetProperty("predictions").EnumerateArray().Select(line => line.GetProperty("valence").GetSingle()),
        ];

        async Task<double> Score(string model) =>
            (await ConsoleProgram.JsonAsync("evaluate", "--model", model, "--annotations", run.Validation, "--data", run.Data))
                .GetProperty("pMtl").GetDouble();
    }

    [Fact]
    public async Task Precision_and_calibration_images_go_together()
    {
        string[] export = ["export", "--model", run.Model, "--out", run.PathOf("never.onnx")];
        (await ConsoleProgram.RefusalAsync([.. export, "--precision", "int8"])).Should().Contain("--calibrate FILE --data DIR");
        (await ConsoleProgram.RefusalAsync([.. export, "--calibrate", run.Train, "--data", run.Data])).Should()
            .StartWith("--calibrate is about int8");
        (await ConsoleProgram.RefusalAsync([.. export, "--precision", "float16", "--calibration-images", "3"])).Should()
            .StartWith("--calibration-images is about int8");
        (await ConsoleProgram.RefusalAsync([.. export, "--precision", "int8", "--calibrate", run.Train])).Should()
            .Contain("--calibrate FILE and --data DIR go together");
        (await ConsoleProgram.RefusalAsync([.. export, "--precision", "int8", "--calibrate", run.Data, "--data", run.Data])).Should()
            .Contain("Leave --data out");
        (await ConsoleProgram.RefusalAsync([.. export, "--precision", "int4"])).Should().Contain("float32, float16, int8");

        string empty = run.PathOf("no-images");
        Directory.CreateDirectory(empty);
        (await ConsoleProgram.RefusalAsync([.. export, "--precision", "int8", "--calibrate", empty])).Should()
            .StartWith($"--calibrate '{empty}' has no JPEG");
        (await ConsoleProgram.RefusalAsync([.. export, "--precision", "int8", "--calibrate", $"{empty}-here"])).Should()
            .StartWith($"--calibrate '{empty}-here': there is neither a folder nor a list of images. Check the path.");

        string list = run.PathOf("calibration.txt");
        await File.WriteAllTextAsync(list, "image\nnone.png\n");
        (await ConsoleProgram.RefusalAsync([.. export, "--precision", "int8", "--calibrate", list, "--data", run.Data])).Should()
            .Contain("none.png");
        File.Exists(run.PathOf("never.onnx")).Should().BeFalse();
    }
}
