using System.Text.Json;
using SsMfar.Models;
using SsMfar.Randomness;
using SsMfar.Runtime;
using SsMfar.Weights;

namespace SsMfar.Tests.ConsoleApp;

/// <summary>The options of <c>train</c>, as the checkpoint says the trainer had them.</summary>
public sealed class TrainOptionsTests(TrainedRun run) : IClassFixture<TrainedRun>
{
    [Fact]
    public async Task Each_option_of_train_reaches_the_trainer()
    {
        string weights = run.PathOf("options.safetensors"), cache = run.PathOf("options-cache"), output = run.PathOf("options");
        using (var network = new ResNet(18, RandomKey.FromSeed(5)))
        {
            SafetensorsWriter.Write(weights, network.state_dict());
        }

        await ConsoleProgram.JsonAsync(
            "train", "--data", run.Data, "--train", run.Train, "--validation", run.Validation, "--out", output, "--device", "cpu",
            "--size", "40", "--batch-size", "20", "--epochs", "1", "--seed", "11", "--recipe", "paper", "--variant", "ss-mfar-rs",
            "--backbone", "resnet18", "--weights", weights, "--channel-order", "bgr", "--learning-rate", "0.0007", "--precision", "full",
            "--on-bad-image", "skip", "--cache", cache, "--hide-expressions", "0.5", "--set", "Heads.HiddenWidth=20",
            "--set", "EmaDecay=0.9");

        Dictionary<string, string> expected = new()
        {
            ["ImageSize"] = "40",
            ["BatchSize"] = "20",
            ["Epochs"] = "1",
            ["Seed"] = "11",
            ["Recipe"] = "paper",
            ["Variant"] = "ss-mfar-rs",
            ["Backbone"] = "resnet18",
            ["Pretrained"] = "options.safetensors (Bgr)",
            ["Optimizer.BackboneLearningRate"] = "0.0007",
            ["Optimizer.HeadLearningRate"] = "0.0007",
            ["Precision"] = "\"Full\"",
            ["OnBadImage"] = "\"Skip\"",
            ["Heads.HiddenWidth"] = "20",
            ["EmaDecay"] = "0.9",

            // What recipe and variant say beside.
            ["Heads.Dropout"] = "0.5",
            ["Imbalance.ResampleExpressions"] = "true",
        };
        Dictionary<string, string> had = StartedWith(output);
        expected.Where(entry => had[entry.Key] != entry.Value).Select(entry => $"{entry.Key} is {had[entry.Key]}").Should().BeEmpty();
        Directory.GetFiles(cache).Should().HaveCount(2, "a file for each set");

        Dictionary<string, string> plain = StartedWith(run.Out);
        had["TrainingSet"].Should().NotBe(plain["TrainingSet"], "half of the labels are hidden").And
            .StartWith(plain["TrainingSet"].Split(',')[0]);
        had["ValidationSet"].Should().Be(plain["ValidationSet"], "none of the labels that judge are");
    }

    /// <summary>What the checkpoint of a run says that the trainer was started with.</summary>
    internal static Dictionary<string, string> StartedWith(string output)
    {
        string checkpoint = Directory.GetFiles(output, "checkpoint.safetensors", SearchOption.AllDirectories).Single();
        using SafetensorsReader reader = SafetensorsReader.Open(checkpoint);
        return JsonSerializer.Deserialize<JsonElement>(reader.Metadata["run"]).EnumerateObject().Single().Value.EnumerateObject()
            .ToDictionary(entry => entry.Name, entry => entry.Value.GetString()!);
    }
}
