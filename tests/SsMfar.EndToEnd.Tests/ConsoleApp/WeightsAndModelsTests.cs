using System.Text.Json;
using System.Text.Json.Nodes;
using SsMfar.Imaging;
using SsMfar.Models;
using SsMfar.Randomness;
using SsMfar.Runtime;
using SsMfar.Tests.Export;
using SsMfar.Tests.Models;
using SsMfar.Tests.Weights.PyTorch;
using SsMfar.Weights;
using TorchSharp;

namespace SsMfar.Tests.ConsoleApp;

/// <summary>Models and weights that are broken, of another kind, or of another network, as the console tells of them.</summary>
public sealed class WeightsAndModelsTests(TrainedRun run) : IClassFixture<TrainedRun>
{
    [Fact]
    public async Task A_model_that_gives_no_numbers_is_one_line_of_every_command()
    {
        string model = ChangedModel.Weights(run.Model, run.PathOf("nan.safetensors"), "heads.valence_arousal.output.bias", values =>
            values[0] = float.NaN);
        string[] faces = ["--list", run.Validation, "--data", run.Data];
        string expected = $"{model}: output 0 of the task 'valence_arousal' is NaN";

        (await ConsoleProgram.RefusalAsync("evaluate", "--model", model, "--data", run.Data, "--annotations", run.Validation))
            .Should().Contain(expected);
        (await ConsoleProgram.RefusalAsync(["predict", "--model", model, .. faces])).Should().Contain(expected);
        (await ConsoleProgram.RefusalAsync(["predict", "--model", model, .. faces, "--out", run.PathOf("nan.txt"), "--on-bad-image",
            "fill"])).Should().Contain(expected);
        (await ConsoleProgram.RefusalAsync(["predict", "--model", run.Model, "--model", model, .. faces])).Should().Contain(expected);
        (await ConsoleProgram.RefusalAsync("tune", "--model", model, "--data", run.Data, "--annotations", run.Validation, "--out",
            run.PathOf("tuned-nan.safetensors"))).Should().Contain(expected);
        File.Exists(run.PathOf("nan.txt")).Should().BeFalse();

        ChildProcess.Outcome json = await ConsoleProgram.RunAsync(["predict", "--model", model, .. faces, "--json"]);
        json.ExitCode.Should().Be(2);
        JsonDocument.Parse(json.Output).RootElement.GetProperty("predictions")[0].GetProperty("error").GetString()
            .Should().Contain("valence_arousal");
    }

    [Fact]
    public async Task A_file_of_another_kind_in_place_of_a_model_is_told_with_the_command_that_takes_it()
    {
        string pytorch = Fixtures.Path("plain.zip.pth");
        string onnx = run.PathOf("exported.onnx");
        string weights = run.PathOf("bare.safetensors");
        (await ConsoleProgram.RunAsync("export", "--model", run.Model, "--out", onnx)).ExitCode.Should().Be(0);
        using (torch.Tensor tensor = torch.ones(2))
        {
            SafetensorsWriter.Write(weights, [new("conv1.weight", tensor)]);
        }

        foreach (string[] command in Commands())
        {
            (await ConsoleProgram.RefusalAsync([.. command, "--model", pytorch]))
                .Should().StartWith($"--model '{pytorch}' is a PyTorch file, not a model: convert").And.Contain("--weights");
        }

        (await ConsoleProgram.RefusalAsync("export", "--out", run.PathOf("never.onnx"), "--model", onnx))
            .Should().Contain($"--model '{onnx}' is an ONNX model").And.Contain("export");

        (await ConsoleProgram.RefusalAsync("predict", "--list", run.Validation, "--data", run.Data, "--model", weights))
            .Should().Contain("not a model: inspect");
        (await ConsoleProgram.RefusalAsync("inspect", Fixtures.Path("script.pt")))
            .Should().Contain("TorchScript program").And.NotContain("compressed");

        string[][] Commands() =>
        [
            ["predict", "--list", run.Validation, "--data", run.Data],
            ["evaluate", "--annotations", run.Validation, "--data", run.Data],
            ["export", "--out", run.PathOf("never.onnx")],
        ];
    }

    [Fact]
    public async Task Another_network_is_neither_recommended_nor_trained_from()
    {
        string weights = run.PathOf("se.safetensors");
        using (torch.Tensor gate = torch.ones(4, 64, 1, 1))
        using (ResNet network = new(18, RandomKey.FromSeed(1)))
        {
            SafetensorsWriter.Write(weights, [.. network.state_dict(), new("layer1.0.se.fc1.weight", gate)]);
        }

        JsonElement inspected = await ConsoleProgram.JsonAsync("inspect", weights);
        ChildProcess.Outcome text = await ConsoleProgram.RunAsync("inspect", weights);

        inspected.GetProperty("contents").GetString().Should().Be("tensors");
        inspected.GetProperty("network").GetProperty("foreign").EnumerateArray().Select(name => name.GetString())
            .Should().Equal("layer1.0.se.fc1.weight");
        text.Output.Should().Contain("another network than resnet18, which it resembles: train does not take it").And
            .Contain("layer1.0.se.fc1.weight").And.NotContain("weights for train --weights");
        string output = run.PathOf("from-se");
        (await ConsoleProgram.RefusalAsync(run.Arguments(output, "--weights", weights)))
            .Should().Contain("another network than a ResNet-18: layer1.0.se.fc1.weight has no place in it");
        Directory.Exists(output).Should().BeFalse();
    }

    // It fits, and what enters its graph is not known.
    [Fact]
    public async Task An_exported_model_is_not_recommended_where_training_refuses_it()
    {
        string file = run.PathOf("resnet.safetensors"), onnx = run.PathOf("resnet.onnx");
        using (MultiTaskModel model = OnnxModels.Trained())
        {
            ModelFile.Save(file, model, OnnxModels.Metadata(32, ChannelOrder.Rgb));
        }

        await ConsoleProgram.JsonAsync("export", "--model", file, "--out", onnx);
        JsonElement inspected = await ConsoleProgram.JsonAsync("inspect", onnx);
        ChildProcess.Outcome text = await ConsoleProgram.RunAsync("inspect", onnx);
        string refused = await ConsoleProgram.RefusalAsync(run.Arguments(run.PathOf("from-onnx"), "--weights", onnx));

        refused.Should().Contain(onnx).And.EndWith("Give the file that it was exported from.");
        inspected.GetProperty("network").GetProperty("refusal").GetString().Should().Be(refused);
        text.Output.Should().StartWith("onnx, ").And.Contain("resnet18 behind ''").And.Contain($"train does not take it: {refused}").And
            .NotContain("weights for train --weights");
    }

    [Fact]
    public async Task Weights_that_are_no_numbers_are_not_recommended()
    {
        string weights = run.PathOf("no-numbers.safetensors");
        using (ResNet network = new(18, RandomKey.FromSeed(1)))
        using (torch.no_grad())
        {
            network.state_dict()["conv1.weight"].fill_(Scalars.Of(double.NaN));
            SafetensorsWriter.Write(weights, network.state_dict());
        }

        string refused = await ConsoleProgram.RefusalAsync(run.Arguments(run.PathOf("from-no-numbers"), "--weights", weights));
        (await ConsoleProgram.RunAsync("inspect", weights)).Output.Should().Contain($"train does not take it: {refused}");
    }

    [Fact]
    public async Task Class_names_with_the_separator_of_model_files_are_trained_and_loaded()
    {
        string[] arguments = run.SmallArguments(run.PathOf("separators"), "--classes",
            "Neutral|X,Anger\\,Disgust,Fear,Happiness,Sadness,Surprise,Other");
        arguments[Array.IndexOf(arguments, "--epochs") + 1] = "1";

        JsonElement printed = await ConsoleProgram.JsonAsync(arguments);

        JsonElement evaluated = await ConsoleProgram.JsonAsync(
            "evaluate", "--model", printed.GetProperty("model").GetString()!, "--data", run.Data, "--annotations", run.Validation);
        evaluated.GetProperty("expressionClasses").EnumerateArray().Select(name => name.GetString()).Take(2)
            .Should().Equal("Neutral|X", "Anger\\");
    }

    [Fact]
    public async Task A_model_whose_lists_of_classes_contradict_each_other_is_refused()
    {
        string model = ChangedModel.Text(run.Model, run.PathOf("contradicting.safetensors"), "metadata", document =>
            document["expressionClasses"] = new JsonArray("Anger", "Neutral", "Disgust", "Fear", "Happiness", "Sadness", "Surprise",
                "Other"));

        (await ConsoleProgram.RefusalAsync("predict", "--model", model, "--list", run.Validation, "--data", run.Data))
            .Should().StartWith(model).And.Contain("'Anger', 'Neutral'").And.Contain("decoder's are 'Neutral', 'Anger'");
    }
}
