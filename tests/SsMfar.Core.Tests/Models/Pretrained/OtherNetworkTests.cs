using System.Globalization;
using SsMfar.Imaging;
using SsMfar.Models;
using SsMfar.Randomness;
using SsMfar.Runtime;
using SsMfar.Tasks;
using SsMfar.Weights;
using TorchSharp;

namespace SsMfar.Tests.Models;

/// <summary>Weights of networks that resemble a ResNet of the library, with all its names and more, are told from it.</summary>
public sealed class OtherNetworkTests(WeightNamesTests.Source source) : IClassFixture<WeightNamesTests.Source>, IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly DisposeScope _scope = torch.NewDisposeScope();

    private string Path => _folder.File("weights.safetensors");

    public void Dispose()
    {
        _scope.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("layer1.0.se.fc1.weight", "4,64,1,1", "a squeeze-and-excitation block")]
    [InlineData("layer4.1.se.fc.2.weight", "512,32", "a squeeze-and-excitation block of linear layers")]
    [InlineData("layer1.0.cbam.ChannelGate.mlp.1.bias", "4", "CBAM")]
    [InlineData("layer2.1.ca.fc1.weight", "8,128,1,1", "CBAM under other names")]
    [InlineData("layer3.0.eca.conv.weight", "1,1,5", "efficient channel attention")]
    [InlineData("conv1.bias", "64", "the stem's convolution with a bias")]
    [InlineData("layer1.0.conv1.bias", "64", "a block's convolution with a bias")]
    [InlineData("layer1.0.prelu.weight", "64", "a learned activation, as in ArcFace's networks")]
    [InlineData("layer1.0.downsample.0.weight", "64,64,1,1", "a shortcut where there is none")]
    [InlineData("layer1.2.conv1.weight", "64,64,3,3", "a third block without the rest of ResNet-34")]
    [InlineData("layer5.0.conv1.weight", "512,512,3,3", "a fifth stage")]
    [InlineData("sa.conv1.weight", "1,2,7,7", "spatial attention between the layers")]
    [InlineData("bam1.gate_s.gate_s_conv_di_0.weight", "4,4,3,3", "BAM")]
    [InlineData("maxpool.1.filt", "64,1,3,3", "an anti-aliased pool")]
    public void What_a_network_has_more_is_refused_by_its_name(string name, string shape, string because)
    {
        foreach (string prefix in new[] { "", "state_dict.module." })
        {
            Write(prefix, (prefix + name, Shape(shape)));
            using var network = new ResNet(18, RandomKey.FromSeed(2));
            float[] before = Build.Values(network.get_parameter("conv1.weight")!);
            PretrainedWeights weights = PretrainedWeights.FromFile(Path, ChannelOrder.Bgr);

            ((Action)(() => weights.LoadInto(network))).Should().Throw<ModelFileException>(because)
                .WithMessage($"{Path}*another network than a ResNet-18*{prefix}{name} has no place in it*").Which.Key
                    .Should().Be(prefix + name);
            PretrainedReport report = weights.Compare(network);
            report.Foreign.Should().Equal(prefix + name);
            report.Unexpected.Should().BeEmpty();
            report.IsComplete.Should().BeFalse();
            weights.DetectBackbone().Should().BeNull(because);
            Build.Values(network.get_parameter("conv1.weight")!).Should().Equal(before, "nothing is changed");
        }
    }

    [Theory]
    [InlineData("fc.weight", "1000,512", "torchvision's classifier")]
    [InlineData("fc.weight", "7,512,1,1", "a classifier that is a convolution")]
    [InlineData("classifier.conv.weight", "7,512,1,1", "another one")]
    [InlineData("exp_fc.0.weight", "16,512", "a head of one's own")]
    [InlineData("alpha.0.weight", "1,512", "the weight of a sample, as in SCN")]
    [InlineData("queue", "128,65536", "MoCo's queue")]
    [InlineData("bn1.num_batches_tracked", "", "a counter of another type, as after half() or an average")]
    [InlineData("layer1.0.bn1.num_batches_tracked", "1", "a counter of another shape")]
    [InlineData("layer1.0.conv1.total_ops", "1", "what a profiler (thop) left")]
    [InlineData("total_params", "1", "what a profiler left at the top")]
    [InlineData("optimizer.state.0.exp_avg", "64,3,7,7", "an optimizer's moments")]
    public void Heads_and_counters_are_no_other_network(string name, string shape, string because)
    {
        Write("", (name, Shape(shape)));
        using var network = new ResNet(18, RandomKey.FromSeed(2));
        PretrainedWeights weights = PretrainedWeights.FromFile(Path, ChannelOrder.Rgb);

        PretrainedReport report = weights.LoadInto(network);

        report.IsComplete.Should().BeTrue(because);
        report.Foreign.Should().BeEmpty();
        weights.DetectBackbone().Should().Be(BackboneFactory.ResNet18);
    }

    [Fact]
    public void A_network_beside_the_one_that_was_named_is_none_of_its_layers()
    {
        var teacher = source.Network.state_dict().Select(pair => ("teacher." + pair.Key, pair.Value));
        Write("", [.. teacher, ("teacher.layer1.0.se.fc.weight", torch.ones(4, 64))]);
        using var network = new ResNet(18, RandomKey.FromSeed(2));

        PretrainedWeights.FromFile(Path, ChannelOrder.Rgb, new() { Prefix = "" }).LoadInto(network).IsComplete.Should().BeTrue();
        ((Action)(() => PretrainedWeights.FromFile(Path, ChannelOrder.Rgb, new() { Prefix = "teacher" }).LoadInto(network)))
            .Should().Throw<ModelFileException>().WithMessage("*teacher.layer1.0.se.fc.weight has no place in it*");
    }

    [Fact]
    public void Layers_with_numbers_are_looked_into_too()
    {
        string[] layers = ["conv1", "bn1", "relu", "maxpool", "layer1", "layer2", "layer3", "layer4"];
        var numbered = source.Network.state_dict().Select(pair =>
        {
            string[] parts = pair.Key.Split('.', 2);
            return KeyValuePair.Create($"features.{Array.IndexOf(layers, parts[0]).ToString(CultureInfo.InvariantCulture)}.{parts[1]}",
                pair.Value);
        });
        SafetensorsWriter.Write(Path, [.. numbered, new("features.4.0.se.fc1.weight", torch.ones(4, 64, 1, 1)), new("fc.weight",
            torch.ones(7, 512))]);
        using var network = new ResNet(18, RandomKey.FromSeed(2));

        ((Action)(() => PretrainedWeights.FromFile(Path, ChannelOrder.Rgb).LoadInto(network)))
            .Should().Throw<ModelFileException>().WithMessage("*features.4.0.se.fc1.weight has no place in it*");
    }

    [Theory]
    [InlineData(101, 4, 23)]
    [InlineData(152, 8, 36)]
    public void A_deeper_network_is_told_with_the_layers_that_are_too_many(int depth, int second, int third)
    {
        using var fifty = new ResNet(50, RandomKey.FromSeed(3));
        var state = fifty.state_dict().ToDictionary(pair => pair.Key, pair => pair.Value);
        Lengthen(state, "layer2", 4, second);
        Lengthen(state, "layer3", 6, third);
        SafetensorsWriter.Write(Path, state);
        PretrainedWeights weights = PretrainedWeights.FromFile(Path, ChannelOrder.Rgb);

        ((Action)(() => weights.LoadInto(fifty))).Should().Throw<ModelFileException>()
            .WithMessage($"*it holds a ResNet-{depth}, but a ResNet-50 is needed: layer*more have no place in it*");
        weights.DetectBackbone().Should().BeNull();
        PretrainedReport partial = PretrainedWeights.FromFile(Path, ChannelOrder.Rgb, new() { AllowPartial = true }).LoadInto(fifty);
        partial.Foreign.Should().Contain("layer3.6.conv1.weight").And.HaveCount((second - 4 + third - 6) * 15);
    }

    [Fact]
    public void Of_a_larger_network_the_smaller_one_takes_what_it_needs_and_no_other_takes_a_part()
    {
        Dictionary<string, torch.Tensor> state = source.Network.state_dict();
        Lengthen(state, "layer4", 2, 3);
        SafetensorsWriter.Write(Path, state);
        PretrainedWeights weights = PretrainedWeights.FromFile(Path, ChannelOrder.Rgb, new() { AllowForeign = true });
        using ResNet eighteen = new(18, RandomKey.FromSeed(2)), thirtyFour = new(34, RandomKey.FromSeed(2));
        using ResNet fifty = new(50, RandomKey.FromSeed(2));

        PretrainedReport report = weights.LoadInto(eighteen);

        report.Foreign.Should().HaveCount(10).And.OnlyContain(name => name.StartsWith("layer4.2.", StringComparison.Ordinal));
        (report.Missing.Length, report.Mismatched.Length).Should().Be((0, 0));
        Build.Difference(eighteen.get_parameter("layer4.1.conv2.weight")!, source.Network.get_parameter("layer4.1.conv2.weight")!).Should()
            .Be(0);
        foreach (ResNet other in new[] { thirtyFour, fifty })
        {
            float[] before = Build.Values(other.get_parameter("conv1.weight")!);
            weights.Invoking(w => w.LoadInto(other)).Should().Throw<ModelFileException>().WithMessage("*for a ResNet-?? the file lacks*");
            Build.Values(other.get_parameter("conv1.weight")!).Should().Equal(before, "nothing is changed");
        }
    }

    [Fact]
    public void A_prefix_that_no_name_has_is_told_as_such()
    {
        Write("module.");
        using ResNet network = new(18, RandomKey.FromSeed(2));

        PretrainedWeights.FromFile(Path, ChannelOrder.Rgb, new() { Prefix = "nobody" }).Invoking(weights => weights.LoadInto(network))
            .Should().Throw<ModelFileException>().WithMessage("*'nobody.': no tensor's name starts with it*check the prefix*");
        PretrainedWeights.FromFile(Path, ChannelOrder.Rgb, new() { Prefix = "module" }).LoadInto(network).IsComplete.Should().BeTrue();
    }

    [Fact]
    public void What_a_file_lacks_has_the_name_that_it_would_have_in_the_file()
    {
        Dictionary<string, torch.Tensor> state = source.Network.state_dict()
            .ToDictionary(pair => "encoder." + pair.Key, pair => pair.Value);
        state.Remove("encoder.layer1.1.conv1.weight");
        SafetensorsWriter.Write(Path, state);
        using ResNet network = new(18, RandomKey.FromSeed(2));

        PretrainedWeights.FromFile(Path, ChannelOrder.Rgb).Invoking(weights => weights.LoadInto(network)).Should()
            .Throw<ModelFileException>().WithMessage("*the file lacks encoder.layer1.1.conv1.weight*");
    }

    [Theory]
    [MemberData(nameof(BackbonePropertyTests.Backbones), MemberType = typeof(BackbonePropertyTests))]
    public void The_names_that_a_network_is_detected_by_are_its_own(string name)
    {
        IBackbone network = BackboneFactory.Parse(name).Create(RandomKey.FromSeed(1));
        using IDisposable module = network.Module;

        NetworkFamily.Of(network)!.Value.Network.Tensors.Order(StringComparer.Ordinal).Should()
            .Equal(network.Module.state_dict().Keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_published_checkpoint_whose_backbone_or_heads_have_more_is_refused()
    {
        using MultiTaskModel model = Build.Paper();
        var tensors = PublishedLayout.TensorsOf(model, "state_dict.module.").ToList();

        foreach (string more in new[] { "base.4.0.se.fc.weight", "exp_fc.2.weight", "au_fc.12.0.weight" })
        {
            SafetensorsWriter.Write(Path, [.. tensors, new("state_dict.module." + more, torch.ones(2, 2))]);
            ((Action)(() => PublishedCheckpoint.Load(Path).Dispose()))
                .Should().Throw<ModelFileException>().WithMessage($"*state_dict.module.{more}*");
        }
    }

    private static torch.Tensor Shape(string shape) =>
        torch.ones([.. shape.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(long.Parse)]);

    // Blocks like the stage's last one.
    private static void Lengthen(Dictionary<string, torch.Tensor> state, string stage, int from, int to)
    {
        string last = string.Create(CultureInfo.InvariantCulture, $"{stage}.{from - 1}.");
        foreach (var (name, tensor) in state.Where(pair => pair.Key.StartsWith(last, StringComparison.Ordinal)).ToList())
        {
            for (int block = from; block < to; block++)
            {
                state.Add(string.Create(CultureInfo.InvariantCulture, $"{stage}.{block}.{name[last.Length..]}"), tensor);
            }
        }
    }

    private void Write(string prefix, params (string Name, torch.Tensor Tensor)[] more)
    {
        var tensors = source.Network.state_dict().ToDictionary(pair => prefix + pair.Key, pair => pair.Value);
        foreach ((string name, torch.Tensor tensor) in more)
        {
            tensors[name] = tensor;
        }

        SafetensorsWriter.Write(Path, tensors);
    }
}
