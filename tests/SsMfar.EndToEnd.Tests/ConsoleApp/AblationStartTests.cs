using System.Text.Json;
using SsMfar.Models;
using SsMfar.Randomness;
using SsMfar.Weights;

namespace SsMfar.Tests.ConsoleApp;

/// <summary>What <c>ablate --weights</c> starts rows from, and what is said of those that the paper starts from other data.</summary>
public sealed class AblationStartTests(AblationRun run) : IClassFixture<AblationRun>
{
    private const string Instead = " (ImageNet instead of AffectNet)";

    [Fact]
    public async Task ImageNet_serves_every_row_but_that_from_scratch()
    {
        JsonElement[] rows = await PlanAsync("--weights", "imagenet");

        rows.Select(Start).Should().Equal([.. Enumerable.Repeat("imagenet 0.0005", 7), "none 0.002"]);
        rows.Select(row => row.GetProperty("method").GetString()).Should().Equal(
            "MFAR", "MFAR-RS", "SS-MFAR", "SS-MFAR-RS", "SS-MFAR-NOKL", "SSP-MFAR" + Instead, "SSP-MFAR-SA" + Instead, "SS-MFAR-50");
        Differences(rows[5]).Should().BeEmpty("both start from the same");
        Differences(rows[7]).Should().Equal(
            "Backbone: resnet18 → resnet50", "Optimizer.BackboneLearningRate: 0.0005 → 0.002", "PretrainedWeights: imagenet → none");
        (await PlanAsync("--weights", "imagenet", "--recipes", "paper")).Select(Start).Should()
            .Equal([.. Enumerable.Repeat("imagenet 0.001", 7), "none 0.001"], "the paper's rates are those from pretrained weights");
    }

    [Fact]
    public async Task Weights_of_a_rows_own_data_come_first()
    {
        string file = Weights();

        JsonElement[] rows = await PlanAsync("--weights", "imagenet", "--pretrained", $"AffectNet={file}");
        rows[2..].Select(row => $"{row.GetProperty("method")}: {Start(row)}").Should().Equal(
            "SS-MFAR: imagenet 0.0005", "SS-MFAR-RS: imagenet 0.0005", "SS-MFAR-NOKL: imagenet 0.0005",
            "SSP-MFAR: affectnet.safetensors (rgb) 0.0005", "SSP-MFAR-SA: affectnet.safetensors (rgb) 0.0005", "SS-MFAR-50: none 0.002");
        (await PlanAsync("--weights", file))[4..7].Select(row => $"{row.GetProperty("method")}: {Start(row)}").Should().Equal(
            "SS-MFAR-NOKL: affectnet.safetensors (rgb) 0.0005",
            "SSP-MFAR (other weights instead of AffectNet): affectnet.safetensors (rgb) 0.0005",
            "SSP-MFAR-SA (other weights instead of AffectNet): affectnet.safetensors (rgb) 0.0005");
    }

    [Fact]
    public async Task The_plan_says_what_takes_whose_place_and_what_lacking_weights_there_are()
    {
        string[] arguments = ["ablate", "--out", run.PathOf("said"), "--plan", "--tables", "1", "--variants", "ss-mfar,ssp-mfar"];

        (await ConsoleProgram.RunAsync([.. arguments, "--weights", "imagenet"])).Output.Should().Contain(
            $"SSP-MFAR{Instead} (ssp-mfar): as SS-MFAR, but weights pretrained on AffectNet in the paper, ImageNet here");
        (await ConsoleProgram.RunAsync(arguments)).Output.Should().Contain(
            "SSP-MFAR (ssp-mfar): weights not given: --pretrained AffectNet=FILE, or --weights imagenet");
        (await ConsoleProgram.RefusalAsync([.. arguments, "--weights", "gone.pth"])).Should()
            .Contain("--weights 'gone.pth': there is no such file");
    }

    [Fact]
    public async Task Runs_start_from_it_and_the_tables_say_so()
    {
        string output = run.PathOf("imagenet");
        string[] arguments =
        [
            "ablate", "--out", output, "--faces", "96", "--validation-faces", "64", .. AblationRun.Budget, "--tables", "1",
            "--variants", "mfar,ssp-mfar", "--set", "Optimizer.FrozenBackboneEpochs=1", "--keep-models",
        ];

        await ConsoleProgram.JsonAsync([.. arguments, "--weights", "imagenet"]);

        string[] text = await File.ReadAllLinesAsync(Path.Combine(output, "table.txt"));
        text.Should().Contain(line => line.StartsWith("SSP-MFAR" + Instead)).And.Contain(
            "From ImageNet, where the paper starts from MS-Celeb-1M (--pretrained MS-Celeb-1M=FILE): MFAR.");
        using ResNet expected = new(18, RandomKey.FromSeed(1));
        ImageNetWeights.ResNet18.LoadInto(expected);
        foreach (string model in Directory.GetFiles(output, "model.safetensors", SearchOption.AllDirectories))
        {
            using SafetensorsReader reader = SafetensorsReader.Open(model);
            using TorchSharp.torch.Tensor first = reader.Read("backbone.conv1.weight");
            first.bytes.SequenceEqual(expected.state_dict()["conv1.weight"].bytes).Should().BeTrue(model);
        }

        string[] models = Directory.GetFiles(output, "model.safetensors", SearchOption.AllDirectories);
        await ConsoleProgram.JsonAsync(
            [.. arguments.Where(argument => argument != "--keep-models"), "--weights", "imagenet", "--resume"]);
        models.Should().HaveCount(2).And.OnlyContain(model => File.Exists(model), "an earlier start kept them");

        (await ConsoleProgram.RefusalAsync([.. arguments, "--resume"])).Should().Contain("--weights, --pretrained was imagenet, is none");
    }

    private static string Start(JsonElement row) =>
        $"{row.GetProperty("configuration").GetProperty("PretrainedWeights")} " +
        $"{row.GetProperty("configuration").GetProperty("Optimizer.BackboneLearningRate")}";

    private static string[] Differences(JsonElement row) =>
        [.. row.GetProperty("differences").EnumerateArray().Select(difference => difference.GetString()!)];

    private async Task<JsonElement[]> PlanAsync(params string[] more)
    {
        JsonElement planned = await ConsoleProgram.JsonAsync(["ablate", "--out", run.PathOf("starts"), "--plan", "--tables", "1", .. more]);
        return [.. planned.GetProperty("tables")[0].GetProperty("rows").EnumerateArray()];
    }

    private string Weights()
    {
        string path = run.PathOf("affectnet.safetensors");
        using ResNet network = new(18, RandomKey.FromSeed(11));
        SafetensorsWriter.Write(path, network.state_dict());
        return path;
    }
}
