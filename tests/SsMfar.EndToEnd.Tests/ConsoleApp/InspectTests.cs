using System.Text;
using System.Text.Json;
using SsMfar.Imaging;
using SsMfar.Metadata;
using SsMfar.Models;
using SsMfar.Randomness;
using SsMfar.Runtime;
using SsMfar.Tests.Models;
using SsMfar.Tests.Weights.PyTorch;

namespace SsMfar.Tests.ConsoleApp;

/// <summary><c>inspect</c>, and PyTorch files in <c>train</c> and <c>convert</c>.</summary>
public sealed class InspectTests(TrainedRun run) : IClassFixture<TrainedRun>
{
    [Fact]
    public async Task A_checkpoint_of_pytorch_is_listed()
    {
        JsonElement printed = await ConsoleProgram.JsonAsync("inspect", Fixtures.Path("checkpoint.legacy.pth"));

        printed.GetProperty("format").GetString().Should().Be("pytorch-legacy");
        printed.GetProperty("contents").GetString().Should().Be("tensors");
        printed.GetProperty("network").ValueKind.Should().Be(JsonValueKind.Null);
        printed.GetProperty("metadata").GetProperty("best_perf").GetString().Should().Be("1.125");
        JsonElement tensor = printed.GetProperty("tensors").EnumerateArray()
            .Single(t => t.GetProperty("name").GetString() == "state_dict.0.weight");
        tensor.GetProperty("type").GetString().Should().Be("Float32");
        tensor.GetProperty("shape").EnumerateArray().Select(n => n.GetInt64()).Should().Equal(2, 3);

        ChildProcess.Outcome text = await ConsoleProgram.RunAsync("inspect", Fixtures.Path("checkpoint.zip.pth"));
        text.ExitCode.Should().Be(0, text.Everything);
        text.Output.Should().Contain("pytorch-zip").And.MatchRegex(@"state_dict\.0\.weight +Float32 +\[2, 3\]");
    }

    [Fact]
    public async Task Names_in_a_file_are_shown_in_a_line_each_and_not_acted_on()
    {
        string file = run.PathOf("names.safetensors");
        byte[] header = Encoding.UTF8.GetBytes(
            """
            {"__metadata__":{"key\u001B[31m\nred":"value"},
            "weight\u001B[2J\r\nhidden":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},
            "second":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}
            """);
        await File.WriteAllBytesAsync(file, [.. BitConverter.GetBytes((long)header.Length), .. header, .. new byte[8]]);

        ChildProcess.Outcome text = await ConsoleProgram.RunAsync("inspect", file);

        text.ExitCode.Should().Be(0, text.Everything);
        text.Output.Should().NotContain("\u001B").And.Contain(@"key\u001B[31m red: value").And.Contain(@"weight\u001B[2J hidden");
        text.Output.Split("\n\n")[^1].TrimEnd().Split('\n').Should().HaveCount(3, "a header and two tensors");
    }

    [Fact]
    public async Task A_model_of_ours_is_told_with_its_backbone()
    {
        JsonElement printed = await ConsoleProgram.JsonAsync("inspect", run.Model);

        printed.GetProperty("contents").GetString().Should().Be("model");
        JsonElement network = printed.GetProperty("network");
        network.GetProperty("name").GetString().Should().Be("resnet18");
        network.GetProperty("prefix").GetString().Should().Be("backbone.");
        network.GetProperty("matched").GetInt32().Should().Be(120);
        network.GetProperty("missing").GetArrayLength().Should().Be(0);
    }

    [Fact]
    public async Task Training_takes_a_pytorch_file_whatever_its_name()
    {
        string weights = run.PathOf("resnet18.bin");
        using (ResNet network = new(18, RandomKey.FromSeed(1)))
        {
            PyTorchForge.Save(
                weights,
                network.state_dict().Select(pair => KeyValuePair.Create("state_dict.module." + pair.Key, pair.Value)));
        }

        string[] arguments = run.Arguments(run.PathOf("from-pytorch"), "--weights", weights, "--channel-order", "bgr");
        arguments[Array.IndexOf(arguments, "--epochs") + 1] = "1";
        JsonElement printed = await ConsoleProgram.JsonAsync(arguments);

        ModelMetadata metadata = ModelFile.ReadDescription(printed.GetProperty("model").GetString()!).Metadata;
        metadata.Input.Mean.Should().Be(new ChannelValues(0.406f, 0.456f, 0.485f));
    }

    [Fact]
    public async Task A_published_checkpoint_becomes_a_model_that_predicts()
    {
        string checkpoint = run.PathOf("best.pth.tar");
        string model = run.PathOf("published.safetensors");
        using (MultiTaskModel published = Build.Paper())
        {
            PyTorchForge.Save(checkpoint, PublishedLayout.TensorsOf(published, "state_dict.module."));
        }

        (await ConsoleProgram.JsonAsync("inspect", checkpoint)).GetProperty("contents").GetString().Should().Be("published-checkpoint");
        JsonElement printed = await ConsoleProgram.JsonAsync("convert", "--weights", checkpoint, "--out", model, "--size", "64");

        printed.GetProperty("backbone").GetString().Should().Be("resnet18");
        printed.GetProperty("channelOrder").GetString().Should().Be("bgr");
        string image = Directory.EnumerateFiles(Path.Combine(run.Data, "images"), "*.jpg", SearchOption.AllDirectories).First();
        JsonElement prediction = await ConsoleProgram.JsonAsync("predict", "--model", model, "--image", image);
        prediction.GetProperty("predictions").GetArrayLength().Should().Be(1);
    }

    [Fact]
    public async Task Files_that_cannot_be_used_are_bad_input()
    {
        string hostile = run.PathOf("hostile.pth");
        byte[] pickle = new PickleBuilder().Global("os", "system").Op("(").Text("true").Op("tR").Stop();
        await File.WriteAllBytesAsync(hostile, PyTorchForge.Zip(new PyTorchForge.Entry("a/data.pkl", pickle)));

        (await ConsoleProgram.RefusalAsync("inspect", hostile)).Should().ContainAll(hostile, "'os system'");
        (await ConsoleProgram.RefusalAsync(run.Arguments(run.PathOf("hostile"), "--weights", hostile))).Should()
            .ContainAll(hostile, "'os system'");
        (await ConsoleProgram.RefusalAsync("convert", "--weights", run.Model, "--out", run.PathOf("converted"))).Should()
            .Contain("exp_classifier");
        (await ConsoleProgram.RefusalAsync("inspect", run.PathOf("gone.pth"))).Should().Contain("gone.pth");
    }
}
