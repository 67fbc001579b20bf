using System.Globalization;
using SsMfar.Imaging;
using SsMfar.Models;
using SsMfar.Randomness;
using SsMfar.Runtime;
using SsMfar.Tests.Weights.PyTorch;
using SsMfar.Weights;
using TorchSharp;

namespace SsMfar.Tests.Models;

/// <summary>Names in files put onto a ResNet's: prefixes, sections, numbers, parts.</summary>
public sealed class WeightNamesTests(WeightNamesTests.Source source) : IClassFixture<WeightNamesTests.Source>, IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly DisposeScope _scope = torch.NewDisposeScope();

    private string Path => _folder.File("weights");

    public void Dispose()
    {
        _scope.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("", false)]
    [InlineData("state_dict.module.", false)]
    [InlineData("model.encoder.", false)]
    [InlineData("", true)]
    [InlineData("state_dict.module.base.", true)]
    public void A_network_is_found_behind_any_prefix_and_under_either_kind_of_name(string prefix, bool byNumber)
    {
        Write(Renamed(prefix, byNumber), new("optimizer.state.0.exp_avg", torch.ones(2)), new(prefix + "fc.weight", torch.ones(3, 512)));
        using var network = new ResNet(18, RandomKey.FromSeed(2));
        var weights = PretrainedWeights.FromFile(Path, ChannelOrder.Rgb);

        weights.DetectBackbone().Should().Be(BackboneFactory.ResNet18);
        var report = weights.LoadInto(network);

        report.Prefix.Should().Be(prefix);
        report.IsComplete.Should().BeTrue();
        report.Matched.Should().HaveCount(120);
        report.Unexpected.Should().BeEquivalentTo("optimizer.state.0.exp_avg", prefix + "fc.weight");
        Same(network, source.Network);
    }

    [Fact]
    public void The_state_dictionary_is_taken_where_averages_or_teachers_are_beside_it()
    {
        Write([.. Renamed("state_dict_ema."), .. Renamed("state_dict."), .. Renamed("teacher.")]);
        using var network = new ResNet(18, RandomKey.FromSeed(2));

        PretrainedWeights.FromPyTorch(Path, ChannelOrder.Rgb).LoadInto(network).Prefix.Should().Be("state_dict.");
        PretrainedWeights.FromPyTorch(Path, ChannelOrder.Rgb, new() { Prefix = "teacher" }).LoadInto(network).Prefix.Should()
            .Be("teacher.");
    }

    [Fact]
    public void Where_several_networks_are_equal_the_caller_chooses()
    {
        Write([.. Renamed("student."), .. Renamed("teacher.")]);
        using var network = new ResNet(18, RandomKey.FromSeed(2));

        Refused(new(), network, "*more than one network*'student.', 'teacher.'*Prefix*");
        PretrainedWeights.FromFile(Path, ChannelOrder.Rgb, new() { Prefix = "teacher." }).LoadInto(network).IsComplete.Should().BeTrue();
        Refused(new() { Prefix = "nobody" }, network, "*'nobody.'*no tensor's name starts with it*check the prefix*");
    }

    [Fact]
    public void A_file_without_a_resnet_says_what_it_has()
    {
        Write([], new("features.0.weight", torch.ones(4, 3, 3, 3)), new("conv1.weight", torch.ones(64, 3, 7, 7)));
        using var network = new ResNet(18, RandomKey.FromSeed(2));

        Refused(new(), network, "*no ResNet is in it*2 tensors are features.0.weight, conv1.weight*");
        PretrainedWeights.FromFile(Path, ChannelOrder.Rgb).DetectBackbone().Should().BeNull();
    }

    [Fact]
    public void Part_of_a_network_is_loaded_by_choice_and_the_rest_is_named()
    {
        var state = Renamed("").ToDictionary();
        state.Remove("layer4.1.bn2.bias");
        state.Remove("layer4.1.bn2.num_batches_tracked");
        state["layer4.0.conv1.weight"] = torch.ones(512, 256, 1, 1);
        Write(state);
        using var network = new ResNet(18, RandomKey.FromSeed(2));
        float[] kept = Build.Values(network.state_dict()["layer4.0.conv1.weight"]);

        Refused(new(), network, "*lacks layer4.1.bn2.bias*");
        var compared = PretrainedWeights.FromFile(Path, ChannelOrder.Rgb).Compare(network);
        var report = PretrainedWeights.FromFile(Path, ChannelOrder.Rgb, new() { AllowPartial = true }).LoadInto(network);

        report.Should().BeEquivalentTo(compared);
        report.IsComplete.Should().BeFalse();
        report.Missing.Should().Equal("layer4.1.bn2.bias");
        var mismatched = report.Mismatched.Should().ContainSingle().Subject;
        (mismatched.Name, mismatched.InFile.Name).Should().Be(("layer4.0.conv1.weight", "layer4.0.conv1.weight"));
        mismatched.Expected.Should().Equal(512, 256, 3, 3);
        mismatched.InFile.Shape.Should().Equal(512, 256, 1, 1);
        report.Matched.Should().HaveCount(117);
        Build.Values(network.state_dict()["layer4.0.conv1.weight"]).Should().Equal(kept);
        Build.Difference(network.state_dict()["conv1.weight"], source.Network.state_dict()["conv1.weight"]).Should().Be(0);
    }

    [Fact]
    public void The_channel_order_needs_the_first_convolution()
    {
        Write(Renamed("").Where(pair => pair.Key != "conv1.weight"));
        using var network = new ResNet(18, RandomKey.FromSeed(2));
        var options = new PretrainedOptions { Prefix = "", AllowPartial = true };

        ((Action)(() => PretrainedWeights.FromFile(Path, ChannelOrder.Bgr, options).LoadInto(network)))
            .Should().Throw<ModelFileException>().WithMessage("*'conv1.weight'*channel order depends on it*");
        PretrainedWeights.FromFile(Path, ChannelOrder.Rgb, options).LoadInto(network).Missing.Should().Equal("conv1.weight");
    }

    [Fact]
    public void Each_method_takes_its_format_alone()
    {
        using var network = new ResNet(18, RandomKey.FromSeed(2));
        Write(Renamed(""));
        ((Action)(() => PretrainedWeights.FromSafetensors(Path, ChannelOrder.Rgb).LoadInto(network)))
            .Should().Throw<ModelFileException>().WithMessage("*it is a PyTorch file*FromFile*");
        SafetensorsWriter.Write(Path, Renamed(""));
        ((Action)(() => PretrainedWeights.FromPyTorch(Path, ChannelOrder.Rgb).LoadInto(network)))
            .Should().Throw<ModelFileException>().WithMessage("*it is a safetensors file*FromFile*");
    }

    [Theory]
    [InlineData(34)]
    [InlineData(50)]
    public void Deeper_networks_are_told_apart(int depth)
    {
        using var deep = new ResNet(depth, RandomKey.FromSeed(3));
        Write(deep.state_dict().Select(pair => KeyValuePair.Create("model." + pair.Key, pair.Value)));
        using var network = new ResNet(depth, RandomKey.FromSeed(2));

        PretrainedWeights.FromFile(Path, ChannelOrder.Rgb).DetectBackbone()!.Name.Should()
            .Be("resnet" + depth.ToString(CultureInfo.InvariantCulture));
        PretrainedWeights.FromFile(Path, ChannelOrder.Rgb).LoadInto(network).IsComplete.Should().BeTrue();
        Same(network, deep);
    }

    [Fact]
    public void Bgr_weights_of_a_pytorch_file_compute_on_rgb_what_they_computed_on_bgr()
    {
        using var noGradient = torch.no_grad();
        Write(Renamed("state_dict.module."));
        using var network = new ResNet(18, RandomKey.FromSeed(2));
        var weights = PretrainedWeights.FromPyTorch(Path, ChannelOrder.Bgr);
        weights.LoadInto(network);
        network.eval();
        var preprocessing = weights.AdaptPreprocessing(new ImagePreprocessing { Width = 64, Height = 64 });
        byte[] pixels = new byte[64 * 64 * 3];
        new Random(1).NextBytes(pixels);
        byte[] swapped = [.. Enumerable.Range(0, pixels.Length).Select(i => pixels[(3 * (i / 3)) + 2 - (i % 3)])];
        float[] rgb = new float[pixels.Length];
        float[] bgr = new float[pixels.Length];

        // The same image: in RGB with the numbers exchanged, and in the order and with the numbers of training.
        preprocessing.Normalize(pixels, rgb);
        new ImagePreprocessing { Width = 64, Height = 64 }.Normalize(swapped, bgr);
        var actual = network.call(torch.tensor(rgb, 1, 3, 64, 64));
        var expected = source.Network.call(torch.tensor(bgr, 1, 3, 64, 64));

        preprocessing.Mean.Should().Be(new ChannelValues(0.406f, 0.456f, 0.485f));
        preprocessing.StandardDeviation.Should().Be(new ChannelValues(0.225f, 0.224f, 0.229f));
        Build.Difference(actual, expected).Should().BeLessThan(1e-5 * Math.Max(1, expected.abs().max().item<float>()));
    }

    private static void Same(ResNet actual, ResNet expected)
    {
        foreach (var ((name, a), (_, e)) in actual.state_dict().Zip(expected.state_dict()))
        {
            Build.Difference(a, e).Should().Be(0, name);
        }
    }

    private void Refused(PretrainedOptions options, ResNet network, string message) =>
        ((Action)(() => PretrainedWeights.FromFile(Path, ChannelOrder.Rgb, options).LoadInto(network)))
        .Should().Throw<ModelFileException>().WithMessage(Path + message);

    private IEnumerable<KeyValuePair<string, torch.Tensor>> Renamed(string prefix, bool byNumber = false)
    {
        string[] layers = ["conv1", "bn1", "relu", "maxpool", "layer1", "layer2", "layer3", "layer4"];
        return source.Network.state_dict().Select(pair =>
        {
            string[] parts = pair.Key.Split('.', 2);
            string layer = byNumber ? Array.IndexOf(layers, parts[0]).ToString(CultureInfo.InvariantCulture) : parts[0];
            return KeyValuePair.Create($"{prefix}{layer}.{parts[1]}", pair.Value);
        });
    }

    private void Write(IEnumerable<KeyValuePair<string, torch.Tensor>> tensors, params KeyValuePair<string, torch.Tensor>[] more) =>
        PyTorchForge.Save(Path, tensors.Concat(more));

    /// <summary>A ResNet-18 with running statistics as after training.</summary>
    public sealed class Source : IDisposable
    {
        public Source()
        {
            using var scope = torch.NewDisposeScope();
            using var noGradient = torch.no_grad();
            using var generator = new torch.Generator(4);
            foreach (var (name, buffer) in Network.named_buffers())
            {
                if (name.EndsWith("running_mean", StringComparison.Ordinal))
                {
                    buffer.normal_(0, 0.3, generator);
                }
                else if (name.EndsWith("running_var", StringComparison.Ordinal))
                {
                    buffer.uniform_(0.5, 1.5, generator);
                }
                else
                {
                    buffer.fill_(Scalars.Of(17));
                }
            }

            Network.eval();
        }

        public ResNet Network { get; } = new(18, RandomKey.FromSeed(1));

        public void Dispose() => Network.Dispose();
    }
}
