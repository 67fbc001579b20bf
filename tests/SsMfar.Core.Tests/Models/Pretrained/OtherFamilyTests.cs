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

/// <summary>Weights of one built-in backbone are refused as those of another, by name.</summary>
public sealed class OtherFamilyTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly DisposeScope _scope = torch.NewDisposeScope();

    /// <summary>One of each family, small, and what messages call it.</summary>
    private static readonly (string Name, string Title)[] Small =
    [
        ("resnet18", "a ResNet-18"), ("efficientnet_b0", "an EfficientNet-B0"), ("mobilefacenet", "a MobileFaceNet"),
        ("iresnet18", "an IResNet-18"),
    ];

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
    [InlineData("efficientnet_b2", "tf_efficientnet_b0", "*it holds an EfficientNet-B2, but an EfficientNet-B0 is needed*no place in it*")]
    [InlineData("iresnet50", "iresnet18", "*it holds an IResNet-50, but an IResNet-18 is needed*no place in it*")]
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
        // B1 is as deep as B2, and narrower; the stages of an IResNet-34 are shorter; the larger MobileFaceNet has a stage in a unit's
        // place.
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

    [Fact]
    public void What_a_file_in_another_layout_lacks_has_that_layouts_name()
    {
        SafetensorsWriter.Write(Path, [
            new("conv_stem.weight", torch.ones(32, 3, 3, 3)), new("blocks.0.0.se.conv_reduce.weight", torch.ones(8, 32, 1, 1))]);
        IBackbone network = Make("efficientnet_b0", 1);
        using IDisposable module = network.Module;

        PretrainedWeights.FromFile(Path, ChannelOrder.Rgb).Invoking(weights => weights.LoadInto(network)).Should()
            .Throw<ModelFileException>().Which.Message.Should().Contain("the file lacks b").And.NotContain("features.");
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

        weights.Invoking(w => w.LoadInto(own)).Should().Throw<ArgumentException>()
            .WithMessage("*'tiny' is no built-in backbone*WeightFile*");
        weights.Invoking(w => w.Compare(own)).Should().Throw<ArgumentException>();
        (await Tiny.Builder().UseBackbone(TinyBackbone.Factory, weights).Build()
            .Awaiting(trainer => trainer.FitAsync(TinyFaces.Dataset(32))).Should().ThrowAsync<TrainingConfigurationException>())
            .WithMessage("*read into built-in backbones; tiny is none*");
    }

    private static string Title(string name) => Small.First(network => network.Name == name).Title;

    private static IBackbone Make(string name, long seed)
    {
        TorchRuntime.Initialize();
        return BackboneFactory.Parse(name).Create(RandomKey.FromSeed(seed));
    }

    private void Write(IBackbone network, string prefix) => SafetensorsWriter.Write(
        Path, network.Module.state_dict().Select(pair => KeyValuePair.Create(prefix + pair.Key, pair.Value)));
}
