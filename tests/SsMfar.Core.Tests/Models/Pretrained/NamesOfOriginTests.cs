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

    /// <summary>One of each family, small, and what messages call it.</summary>
    private static readonly (string Name, string Title)[] Small =
    [
        ("resnet18", "a ResNet-18"), ("efficientnet_b0", "an EfficientNet-B0"), ("mobilefacenet", "a MobileFaceNet"),
        ("iresnet18", "an IResNet-18"),
    ];

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

    public static TheoryData<string, string> Pairs
    {
        get
        {
            TheoryData<string, string> data = [];
            foreach ((string held, _) in Small)
            {
                foreach ((string needed, _) in Small.Where(other => other.Name != held))
                {
                    data.Add(held, needed);
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

            report.Should().BeEquivalentTo(compared);
            report.Prefix.Should().Be(prefix);
            report.IsComplete.Should().BeTrue();
            report.Matched.Should().BeEquivalentTo(network.Module.state_dict().Keys);
            report.Unexpected.Should().BeEquivalentTo(AfterTheFeatures(name).Keys.Select(tensor => prefix + tensor));
            foreach (var ((tensor, expected), (_, actual)) in source.Module.state_dict().Zip(network.Module.state_dict()))
            {
                Build.Difference(actual, expected).Should().Be(0, tensor);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public void A_network_of_another_family_is_refused_by_its_name(string held, string needed)
    {
        IBackbone source = Make(held, 1), network = Make(needed, 2);
        using IDisposable first = source.Module, second = network.Module;
        Write(source, "model.");
        using torch.Tensor before = network.Module.parameters().First().detach().clone();
        string message = $"*it holds {Title(held)}, but {Title(needed)} is needed*Choose the other backbone*";

        foreach (PretrainedOptions options in new PretrainedOptions[] { new(), new() { Prefix = "model" }, new() { AllowPartial = true } })
        {
            PretrainedWeights weights = PretrainedWeights.FromFile(Path, ChannelOrder.Rgb, options);
            weights.Invoking(w => w.LoadInto(network)).Should().Throw<ModelFileException>().WithMessage(message);
            weights.Invoking(w => w.Compare(network)).Should().Throw<ModelFileException>().WithMessage(message);
        }

        Build.Difference(network.Module.parameters().First(), before).Should().Be(0, "nothing is changed");
    }

    [Theory]
    [InlineData("efficientnet_b0", "efficientnet_b2", "*it holds an EfficientNet-B0, but an EfficientNet-B2 is needed*")]
    [InlineData("efficientnet_b2", "tf_efficientnet_b0", "*it holds an EfficientNet-B2, but an EfficientNet-B0 is needed*have no place in it*")]
    [InlineData("iresnet50", "iresnet18", "*it holds an IResNet-50, but an IResNet-18 is needed*have no place in it*")]
    public void Another_size_is_refused_by_its_name(string held, string needed, string message)
    {
        IBackbone source = Make(held, 1), network = Make(needed, 2);
        using IDisposable first = source.Module, second = network.Module;
        Write(source, "");

        PretrainedWeights.FromFile(Path, ChannelOrder.Rgb).Invoking(weights => weights.LoadInto(network)).Should()
            .Throw<ModelFileException>().WithMessage(message);
    }

    [Fact]
    public void Sizes_that_have_no_backbone_here_are_told_all_the_same()
    {
        // B1 is as deep as B2, and narrower; in the IResNet-34 the stages are shorter; the larger MobileFaceNet has a stage in place of a unit.
        Told("efficientnet_b2", state => state["features.8.0.weight"] = torch.ones(1280, 320, 1, 1), "EfficientNet-B1");
        Told("iresnet50", state => Remove(state, tensor => tensor.StartsWith("layer3.", StringComparison.Ordinal)
            && int.Parse(tensor.Split('.')[1], CultureInfo.InvariantCulture) > 5), "IResNet-34");
        Told("mobilefacenet", state => state["layers.1.layers.0.layers.0.layers.0.weight"] = torch.ones(4, 4, 1, 1), "MobileFaceNet-large");

        void Told(string name, Action<Dictionary<string, torch.Tensor>> change, string expected)
        {
            IBackbone network = Make(name, 1);
            using IDisposable module = network.Module;
            Dictionary<string, torch.Tensor> state = network.Module.state_dict();
            change(state);
            SafetensorsWriter.Write(Path, state);
            PretrainedWeights weights = PretrainedWeights.FromFile(Path, ChannelOrder.Rgb);

            weights.Invoking(w => w.LoadInto(network)).Should().Throw<ModelFileException>().WithMessage($"*it holds *{expected}, but *");
            weights.DetectBackbone().Should().BeNull();
        }

        static void Remove(Dictionary<string, torch.Tensor> state, Func<string, bool> which)
        {
            foreach (string name in state.Keys.Where(which).ToList())
            {
                state.Remove(name);
            }
        }
    }

    [Theory]
    [InlineData("efficientnet_b0", "features.4.0.block.1.0.bias", "a bias of a convolution")]
    [InlineData("efficientnet_b0", "features.9.0.weight", "a further layer")]
    [InlineData("mobilefacenet", "layers.8.layers.0.weight", "a further layer")]
    [InlineData("mobilefacenet", "attention.conv.weight", "a convolution between the layers")]
    [InlineData("iresnet18", "layer1.0.se.fc1.weight", "a gate")]
    [InlineData("iresnet18", "layer5.0.conv1.weight", "a further stage")]
    public void What_a_network_has_more_is_refused_by_its_name(string name, string more, string because)
    {
        IBackbone network = Make(name, 1);
        using IDisposable module = network.Module;
        SafetensorsWriter.Write(Path, [.. network.Module.state_dict(), new(more, torch.ones(4, 4, 1, 1))]);
        PretrainedWeights weights = PretrainedWeights.FromFile(Path, ChannelOrder.Rgb);

        weights.Invoking(w => w.LoadInto(network)).Should().Throw<ModelFileException>(because)
            .WithMessage($"*another network than {Title(name)}: {more} has no place in it*");
        weights.Compare(network).Foreign.Should().Equal(more);
        weights.DetectBackbone().Should().BeNull();
    }

    [Theory]
    [InlineData("efficientnet_b0", "features.3.1.block.2.fc1.weight")]
    [InlineData("mobilefacenet", "layers.5.layers.2.layers.1.layers.2.weight")]
    [InlineData("iresnet18", "layer3.1.prelu.weight")]
    public void What_a_file_lacks_is_named(string name, string missing)
    {
        IBackbone network = Make(name, 1);
        using IDisposable module = network.Module;
        Dictionary<string, torch.Tensor> state = network.Module.state_dict();
        state.Remove(missing);
        SafetensorsWriter.Write(Path, state);

        PretrainedWeights.FromFile(Path, ChannelOrder.Rgb).Invoking(weights => weights.LoadInto(network)).Should()
            .Throw<ModelFileException>().WithMessage($"*for {Title(name)} the file lacks {missing}*");
        PretrainedReport report = PretrainedWeights.FromFile(Path, ChannelOrder.Rgb, new() { AllowPartial = true }).LoadInto(network);
        report.Missing.Should().Equal(missing);
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
        OnnxDisturb(source);
        Write(source, "");
        PretrainedWeights.FromFile(Path, ChannelOrder.Bgr).LoadInto(network);
        source.Module.eval();
        network.Module.eval();
        torch.Tensor images = Build.Images(2, 48), expected = source.Module.call(images.flip(1));

        Build.Difference(network.Module.call(images), expected).Should().BeLessThan(1e-4 * expected.abs().max().item<float>());
        Build.Difference(source.Module.call(images), expected).Should().BeGreaterThan(1e-2 * expected.abs().max().item<float>());
    }

    [Fact]
    public void A_file_without_such_a_network_says_what_it_looked_for()
    {
        SafetensorsWriter.Write(Path, [new("conv_stem.weight", torch.ones(32, 3, 3, 3))]);
        IBackbone network = Make("efficientnet_b0", 1);
        using IDisposable module = network.Module;

        PretrainedWeights.FromFile(Path, ChannelOrder.Rgb).Invoking(weights => weights.LoadInto(network)).Should()
            .Throw<ModelFileException>().WithMessage(
                "*no EfficientNet is in it*features.0.0.weight and features.1.0.block.1.fc1.weight, nor conv_stem.weight and " +
                "blocks.0.0.se.conv_reduce.weight*1 tensors are conv_stem.weight*an EfficientNet with torchvision's or timm's names*");
    }

    [Fact]
    public async Task A_backbone_of_ones_own_has_no_names_that_are_known()
    {
        using var own = new TinyBackbone(RandomKey.FromSeed(1));
        Write(Make("resnet18", 1), "");
        PretrainedWeights weights = PretrainedWeights.FromFile(Path, ChannelOrder.Rgb);

        weights.Invoking(w => w.LoadInto(own)).Should().Throw<ArgumentException>().WithMessage("*'tiny' is no built-in backbone*WeightFile*");
        weights.Invoking(w => w.Compare(own)).Should().Throw<ArgumentException>();
        (await Tiny.Builder().UseBackbone(TinyBackbone.Factory, weights).Build()
            .Awaiting(trainer => trainer.FitAsync(TinyFaces.Dataset(32))).Should().ThrowAsync<TrainingConfigurationException>())
            .WithMessage("*read into built-in backbones; tiny is none*");
    }

    [Fact]
    public async Task A_training_starts_from_them()
    {
        IBackbone source = Make("mobilefacenet", 1);
        using IDisposable module = source.Module;
        OnnxDisturb(source);
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

    private static void OnnxDisturb(IBackbone network) => Export.OnnxModels.Disturb(network.Module, seed: 3);

    private static string Title(string name) => Small.First(network => network.Name == name).Title;

    private void Write(IBackbone network, string prefix) => SafetensorsWriter.Write(
        Path, network.Module.state_dict().Select(pair => KeyValuePair.Create(prefix + pair.Key, pair.Value)));
}
