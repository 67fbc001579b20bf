using System.Text.Json;
using SsMfar.Models;
using SsMfar.Randomness;
using SsMfar.Training;
using SsMfar.Weights;
using TorchSharp;

namespace SsMfar.Tests.ConsoleApp;

/// <summary>What <c>train</c> starts a backbone from: by recipe, variant and backbone, or as it is told.</summary>
public sealed class StartTests(TrainedRun run) : IClassFixture<TrainedRun>
{
    [Fact]
    public void ImageNet_is_where_recommended_starts_if_it_has_the_network_and_the_variant_is_about_no_other_start()
    {
        IEnumerable<string> starting =
            from recipe in TrainingRecipe.All
            from variant in SsMfarVariant.All
            from backbone in BackboneFactory.All
            let start = ConsoleAssembly.DefaultStart(recipe, variant, backbone)
            where start != "none"
            select $"{recipe.Name} {variant.Name} {backbone.Name} {start}";

        starting.Should().Equal(
            "recommended mfar resnet18 imagenet", "recommended mfar-rs resnet18 imagenet", "recommended ss-mfar resnet18 imagenet",
            "recommended ss-mfar-rs resnet18 imagenet", "recommended ss-mfar-no-kl resnet18 imagenet");
    }

    [Theory]
    [InlineData("none", "none", null)]
    [InlineData("imagenet", "imagenet", null)]
    [InlineData("ImageNet", "imagenet", null)]
    [InlineData("./none", "none", "./none")]
    [InlineData("weights/imagenet", "imagenet", "weights/imagenet")]
    [InlineData("a.pth", "a.pth", "a.pth")]
    public void A_word_is_a_start_and_a_path_is_a_file(string text, string name, string? file) =>
        ConsoleAssembly.ParseStart(text).Should().Be((name, file));

    [Fact]
    public async Task The_default_is_said_written_down_and_in_the_network()
    {
        string output = run.PathOf("imagenet");

        ChildProcess.Outcome trained = await ConsoleProgram.RunAsync(Arguments(output));

        trained.ExitCode.Should().Be(0, trained.Everything);
        trained.Error.Split('\n')[0].Trim().Should().Be(
            "The backbone starts from ImageNet's resnet18, at a peak learning rate of 0.0005; --weights none starts from scratch.");
        JsonDocument.Parse(trained.Output).RootElement.GetProperty("weights").GetString().Should().Be("imagenet");
        Record(output)["--weights"].Should().Be("imagenet");
        Dictionary<string, string> had = TrainOptionsTests.StartedWith(output);
        had["Pretrained"].Should().StartWith("imagenet-resnet18.onnx (Bgr");
        (had["Optimizer.BackboneLearningRate"], had["Optimizer.HeadLearningRate"]).Should().Be(("0.0005", "0.002"));
        ModelFile.ReadDescription(Path.Combine(output, "model.safetensors")).Metadata.Notes.Should()
            .Contain("started-from", "imagenet-resnet18.onnx");
        (await ConsoleProgram.RunAsync("inspect", Path.Combine(output, "model.safetensors"))).Output.Should()
            .MatchRegex("\"started-from\": *\"imagenet-resnet18.onnx\"");

        // The backbone was frozen, so that it is still what it started from.
        using ResNet expected = new(18, RandomKey.FromSeed(1));
        ImageNetWeights.ResNet18.LoadInto(expected);
        using SafetensorsReader model = SafetensorsReader.Open(Path.Combine(output, "model.safetensors"));
        foreach ((string name, torch.Tensor tensor) in expected.state_dict().Where(entry => entry.Value.is_floating_point()))
        {
            using torch.Tensor actual = model.Read($"backbone.{name}");
            actual.bytes.SequenceEqual(tensor.bytes).Should().BeTrue(name);
        }

        (await ConsoleProgram.RefusalAsync([.. Arguments(output), "--resume", "--weights", "none"])).Should()
            .Contain("--weights was imagenet, is none");
    }

    [Fact]
    public async Task From_scratch_is_said_and_written_down_too()
    {
        string output = run.PathOf("scratch");

        ChildProcess.Outcome trained = await ConsoleProgram.RunAsync([.. Arguments(output), "--weights", "none"]);

        trained.ExitCode.Should().Be(0, trained.Everything);
        trained.Error.Split('\n')[0].Trim().Should().Be("The backbone starts from scratch, at a peak learning rate of 0.002.");
        Record(output)["--weights"].Should().Be("none");
        ModelFile.ReadDescription(Path.Combine(output, "model.safetensors")).Metadata.Notes.Should().BeEmpty();
        (await ConsoleProgram.RefusalAsync([.. Arguments(output), "--resume"])).Should().Contain("--weights was none, is imagenet");
    }

    [Fact]
    public async Task ImageNet_stands_in_for_what_a_variant_is_about_where_it_is_asked_for()
    {
        ChildProcess.Outcome trained = await ConsoleProgram.RunAsync(
            [.. Arguments(run.PathOf("stand-in")), "--variant", "ssp-mfar", "--weights", "imagenet", "--learning-rate", "0.001"]);

        trained.ExitCode.Should().Be(0, trained.Everything);
        trained.Error.Split('\n')[0].Trim().Should().Be(
            "The backbone starts from ImageNet's resnet18, at a peak learning rate of 0.001. " +
            "ImageNet stands in for AffectNet, which ssp-mfar is about.");
    }

    [Fact]
    public async Task A_frozen_backbone_has_no_rate_to_be_said()
    {
        ChildProcess.Outcome trained = await ConsoleProgram.RunAsync(
            run.SmallArguments(run.PathOf("frozen-scratch"), "--frozen", "--learning-rate", "0.01"));

        trained.ExitCode.Should().Be(0, trained.Everything);
        trained.Error.Split('\n').Select(line => line.Trim()).Should().Contain("The backbone starts from scratch.");
    }

    // One epoch in which the backbone stays as it is.
    private string[] Arguments(string output) =>
    [
        "train", "--data", run.Data, "--train", run.Train, "--validation", run.Validation, "--size", "32", "--batch-size", "32",
        "--epochs", "1", "--set", "Optimizer.FrozenBackboneEpochs=1", "--device", "cpu", "--out", output, "--json",
    ];

    private static Dictionary<string, string> Record(string output) =>
        JsonSerializer.Deserialize<Dictionary<string, string>>(File.ReadAllText(Path.Combine(output, "run.json")))!;
}
