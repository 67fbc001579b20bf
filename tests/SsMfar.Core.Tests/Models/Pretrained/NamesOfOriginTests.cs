using System.Globalization;
using SsMfar.Imaging;
using SsMfar.Models;
using SsMfar.Randomness;
using SsMfar.Runtime;
using SsMfar.Tests.Training;
using SsMfar.Training;
using SsMfar.Weights;
using TorchSharp;

namespace SsMfar.Tests.Models;

/// <summary>Weights of every built-in backbone under the names of the libraries that they come from.</summary>
public sealed class NamesOfOriginTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly DisposeScope _scope = torch.NewDisposeScope();

    public static TheoryData<string, bool> Layouts
    {
        get
        {
            TheoryData<string, bool> data = [];
            foreach (string name in BackboneFactory.All.Select(backbone => backbone.Name))
            {
                data.Add(name, false);
                if (name.Contains("efficientnet", StringComparison.Ordinal))
                {
                    data.Add(name, true);
                }
            }

            return data;
        }
    }

    private string Path => _folder.File("weights.safetensors");

    public void Dispose()
    {
        _scope.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [MemberData(nameof(Layouts))]
    public void A_file_is_told_by_its_names_and_loaded_behind_any_prefix(string name, bool ofTimm)
    {
        foreach (string prefix in new[] { "", "state_dict.module." })
        {
            IBackbone source = Make(name, 1), network = Make(name, 2);
            using IDisposable first = source.Module, second = network.Module;
            Formulas.Fill(source.Module);
            IEnumerable<string> names = ofTimm ? TimmNames(source.Module) : source.Module.state_dict().Keys;
            SafetensorsWriter.Write(Path, [
                .. names.Zip(source.Module.state_dict().Values, (tensor, value) => KeyValuePair.Create(prefix + tensor, value)),
                .. AfterTheFeatures(name).Select(tensor => KeyValuePair.Create(prefix + tensor.Key, tensor.Value)),
            ]);
            PretrainedWeights weights = PretrainedWeights.FromFile(Path, ChannelOrder.Rgb);

            weights.DetectBackbone()!.Name.Should().Be(name.Replace("tf_", "", StringComparison.Ordinal), "the files are alike");
            PretrainedReport compared = weights.Compare(network), report = weights.LoadInto(network);

            report.Should().BeEquivalentTo(compared, options => options.WithStrictOrdering());
            report.Prefix.Should().Be(prefix);
            report.IsComplete.Should().BeTrue();
            report.Matched.Should().Equal(network.Module.state_dict().Keys.Order(StringComparer.Ordinal));
            report.Unexpected.Should().BeEquivalentTo(AfterTheFeatures(name).Keys.Select(tensor => prefix + tensor));
            foreach (var ((tensor, expected), (_, actual)) in source.Module.state_dict().Zip(network.Module.state_dict()))
            {
                Build.Difference(actual, expected).Should().Be(0, tensor);
            }
        }
    }

    [Theory]
    [InlineData("efficientnet_b0")]
    [InlineData("mobilefacenet")]
    [InlineData("iresnet18")]
    public void Weights_of_BGR_images_take_RGB_after_loading(string name)
    {
        using var noGradient = torch.no_grad();
        IBackbone source = Make(name, 1), network = Make(name, 2);
        using IDisposable first = source.Module, second = network.Module;
        Formulas.Fill(source.Module);
        Write(source, "");
        PretrainedWeights.FromFile(Path, ChannelOrder.Bgr).LoadInto(network);
        source.Module.eval();
        network.Module.eval();
        torch.Tensor images = Build.Images(2, 48), expected = source.Module.call(images.flip(1));

        Build.Difference(network.Module.call(images), expected).Should().BeLessThan(1e-4 * expected.abs().max().item<float>());
        Build.Difference(source.Module.call(images), expected).Should().BeGreaterThan(1e-2 * expected.abs().max().item<float>());
    }

    [Fact]
    public async Task A_training_starts_from_them()
    {
        IBackbone source = Make("mobilefacenet", 1);
        using IDisposable module = source.Module;
        Formulas.Fill(source.Module);
        Write(source, "backbone.");

        using TrainingResult result = await MultiTaskTrainer.CreateBuilder()
            .UseBackbone(BackboneFactory.MobileFaceNet, PretrainedWeights.FromFile(Path, ChannelOrder.Rgb))
            .UseDevice(ComputeDevice.Cpu).Configure(Tiny.Small).Configure(options =>
            {
                options.Epochs = 1;
                options.EmaDecay = null;
                options.Optimizer.BackboneLearningRate = options.Optimizer.HeadLearningRate = 1e-9;
            }).Build().FitAsync(TinyFaces.Dataset(16));

        Build.Difference(
            result.Model.Backbone.Module.get_parameter("layers.0.layers.0.weight")!,
            source.Module.get_parameter("layers.0.layers.0.weight")!).Should().BeLessThan(1e-6);
    }

    // Layer by layer in the order that timm's modules have them; the library maps each name by its parts.
    private static IEnumerable<string> TimmNames(torch.nn.Module network)
    {
        List<string> own = [.. network.named_parameters().Select(parameter => Layer(parameter.name)).Distinct()];
        int[] blocks = [.. own.Select(layer => layer.Split('.')).Where(parts => parts[1] is not ("0" or "8"))
            .GroupBy(parts => parts[1]).Select(stage => stage.Select(parts => parts[2]).Distinct().Count())];
        string[] theirs =
        [
            "conv_stem", "bn1",
            .. blocks.SelectMany((count, stage) => Enumerable.Range(0, count).SelectMany(block => Block(
                string.Create(CultureInfo.InvariantCulture, $"blocks.{stage}.{block}."), isSeparable: stage == 0))),
            "conv_head", "bn2",
        ];
        theirs.Should().HaveSameCount(own);
        Dictionary<string, string> layers = own.Zip(theirs).ToDictionary(pair => pair.First, pair => pair.Second);
        return network.state_dict().Keys.Select(name => layers[Layer(name)] + name[Layer(name).Length..]);

        static string Layer(string name) => name[..name.LastIndexOf('.')];

        static IEnumerable<string> Block(string start, bool isSeparable)
        {
            string[] names = isSeparable
                ? ["conv_dw", "bn1", "se.conv_reduce", "se.conv_expand", "conv_pw", "bn2"]
                : ["conv_pw", "bn1", "conv_dw", "bn2", "se.conv_reduce", "se.conv_expand", "conv_pwl", "bn3"];
            return names.Select(name => start + name);
        }
    }

    // Classifiers and identity layers, as the origins have them.
    private static Dictionary<string, torch.Tensor> AfterTheFeatures(string name) => name switch
    {
        _ when name.Contains("efficientnet", StringComparison.Ordinal) =>
            new() { ["classifier.1.weight"] = torch.ones(8, 1280), ["classifier.1.bias"] = torch.ones(8) },
        "mobilefacenet" => new()
        {
            ["features.layers.0.layers.0.weight"] = torch.ones(512, 1, 7, 7),
            ["features.layers.2.weight"] = torch.ones(8, 512),
            ["features.layers.3.running_var"] = torch.ones(8),
        },
        _ when name.StartsWith("iresnet", StringComparison.Ordinal) =>
            new() { ["fc.weight"] = torch.ones(8, 25088), ["fc.bias"] = torch.ones(8), ["features.running_mean"] = torch.ones(8) },
        _ => new() { ["fc.weight"] = torch.ones(8, 512) },
    };

    private static IBackbone Make(string name, long seed)
    {
        TorchRuntime.Initialize();
        return BackboneFactory.Parse(name).Create(RandomKey.FromSeed(seed));
    }

    private void Write(IBackbone network, string prefix) => SafetensorsWriter.Write(
        Path, network.Module.state_dict().Select(pair => KeyValuePair.Create(prefix + pair.Key, pair.Value)));
}
