using System.Text.Json;
using SsMfar.Inference;
using SsMfar.Onnx;
using SsMfar.Predictions;

namespace SsMfar.Tests.ConsoleApp;

[Collection(TrainedRun.Collection)]
public sealed class ExportTests(TrainedRun run)
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
    }
}
