using System.Text;
using System.Text.Json.Nodes;
using SsMfar.Imaging;
using SsMfar.Models;
using SsMfar.Randomness;
using SsMfar.Runtime;
using SsMfar.Weights;
using TorchSharp;

namespace SsMfar.Tests.Models;

public sealed class PretrainedWeightsTests : IDisposable
{
    private static readonly RandomKey Key = RandomKey.FromSeed(13);

    private readonly TemporaryFolder _folder = new();
    private readonly DisposeScope _scope = torch.NewDisposeScope();

    private string Path => _folder.File("resnet18.safetensors");

    public void Dispose()
    {
        _scope.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("", true)]
    [InlineData("", false)]
    [InlineData("module.", true)]
    [InlineData("backbone.", false)]
    [InlineData("module.backbone.", true)]
    public void Weights_load_with_any_prefix_and_with_or_without_counters(string prefix, bool counters)
    {
        using var source = Trained();
        var state = source.state_dict().Where(pair => counters || !pair.Key.EndsWith("num_batches_tracked", StringComparison.Ordinal))
            .ToDictionary(pair => prefix + pair.Key, pair => pair.Value);
        state["fc.weight"] = torch.ones(10, 512);
        SafetensorsWriter.Write(Path, state);
        using var network = new ResNet(18, Key.Fold(1));
        ChannelsLast.Apply(network);

        var report = PretrainedWeights.FromSafetensors(Path, ChannelOrder.Rgb).LoadInto(network);

        report.Unexpected.Should().Equal("fc.weight");
        report.Matched.Should().HaveCount(counters ? 120 : 100);
        foreach (var ((name, expected), (_, actual)) in source.state_dict().Zip(network.state_dict()))
        {
            if (counters || !name.EndsWith("num_batches_tracked", StringComparison.Ordinal))
            {
                Build.Difference(actual, expected).Should().Be(0, name);
            }
        }

        ChannelsLast.Holds(network.get_parameter("layer1.0.conv1.weight")!).Should().BeTrue("loading keeps the memory layout");
    }

    [Theory]
    [InlineData("scale", "F8_E4M3", null)]
    [InlineData("vocabulary", "U32", null)]
    [InlineData("bn1.num_batches_tracked", "U64", null)]
    [InlineData("layer1.0.conv1.weight", "F8_E4M3", "*layer1.0.conv1.weight*F8_E4M3 is not supported*")]
    [InlineData("conv1.weight", "F8_E5M2", "*conv1.weight*F8_E5M2 is not supported*")]
    public void A_tensor_of_another_type_matters_only_where_the_network_needs_it(string name, string type, string? problem)
    {
        using var source = Trained();
        var state = source.state_dict().ToDictionary(pair => pair.Key, pair => pair.Value);
        state[name] = torch.zeros(type == "U64" ? 8 : 4, torch.ScalarType.Byte);
        SafetensorsWriter.Write(Path, state);

        // The file says U8 of as many bytes.
        byte[] file = File.ReadAllBytes(Path);
        int header = (int)BitConverter.ToUInt64(file);
        var json = (JsonObject)JsonNode.Parse(file.AsSpan(8, header))!;
        json[name]!["dtype"] = type;
        json[name]!["shape"] = type.StartsWith('F') ? new JsonArray(4) : new JsonArray(1);
        byte[] changed = Encoding.UTF8.GetBytes(json.ToJsonString());
        File.WriteAllBytes(Path, [.. BitConverter.GetBytes((ulong)changed.Length), .. changed, .. file[(8 + header)..]]);
        using var network = new ResNet(18, Key.Fold(1));
        var weights = PretrainedWeights.FromSafetensors(Path, ChannelOrder.Rgb);

        if (problem is null)
        {
            var report = weights.LoadInto(network);
            report.Missing.Should().BeEmpty();
            report.Unexpected.Should().BeEquivalentTo(name.StartsWith("bn1", StringComparison.Ordinal) ? [] : [name]);
            Build.Difference(network.get_parameter("layer1.0.conv1.weight")!, source.get_parameter("layer1.0.conv1.weight")!)
                .Should().Be(0);
        }
        else
        {
            ((Action)(() => weights.LoadInto(network))).Should().Throw<ModelFileException>().WithMessage(problem);
        }
    }

    [Fact]
    public void Weights_of_bgr_images_take_rgb_after_loading_and_compute_the_same()
    {
        using var noGradient = torch.no_grad();
        using var source = Trained();
        SafetensorsWriter.Write(Path, source.state_dict());
        var random = Key.ToSource();
        byte[] pixels = Enumerable.Range(0, 64 * 64 * 3).Select(_ => (byte)random.NextInt32(256)).ToArray();

        // What the weights saw in training: planes B, G, R; plane k with the k-th of ImageNet's numbers.
        float[] mean = [0.485f, 0.456f, 0.406f];
        float[] deviation = [0.229f, 0.224f, 0.225f];
        float[] bgr = Enumerable.Range(0, 3)
            .SelectMany(
                k => Enumerable.Range(0, 64 * 64).Select(p => ((pixels[(3 * p) + 2 - k] / 255f) - mean[k]) / deviation[k])).ToArray();
        var expected = source.call(torch.tensor(bgr, 1, 3, 64, 64));

        var weights = PretrainedWeights.FromSafetensors(Path, ChannelOrder.Bgr);
        using var network = new ResNet(18, Key.Fold(1));
        weights.LoadInto(network);
        network.eval();
        var preprocessing = weights.AdaptPreprocessing(new ImagePreprocessing { Width = 64, Height = 64 });
        float[] rgb = new float[3 * 64 * 64];
        preprocessing.Normalize(pixels, rgb);
        var actual = network.call(torch.tensor(rgb, 1, 3, 64, 64));

        preprocessing.ChannelOrder.Should().Be(ChannelOrder.Rgb);
        preprocessing.Mean.Should().Be(new ChannelValues(0.406f, 0.456f, 0.485f));
        double scale = Math.Max(1, expected.abs().max().item<float>());
        Build.Difference(actual, expected).Should().BeLessThan(1e-5 * scale);
        Build.Difference(source.call(torch.tensor(rgb, 1, 3, 64, 64)), expected).Should()
            .BeGreaterThan(1e-2 * scale, "unfolded weights differ");
    }

    [Fact]
    public void Rgb_weights_leave_the_preprocessing_alone()
    {
        var input = new ImagePreprocessing { Width = 96 };
        PretrainedWeights.FromSafetensors("x", ChannelOrder.Rgb).AdaptPreprocessing(input).Should().Be(input);
    }

    [Fact]
    public void Weights_of_another_network_are_named_and_change_nothing()
    {
        using var other = new ResNet(50, Key);
        SafetensorsWriter.Write(Path, other.state_dict());
        using var network = new ResNet(18, Key);
        var before = network.get_parameter("conv1.weight")!.detach().clone();
        Refused("*holds a ResNet-50, but a ResNet-18 is needed*");

        var state = network.state_dict();
        state.Remove("layer3.1.bn2.bias");
        SafetensorsWriter.Write(Path, state);
        Refused("*ResNet-18*lacks layer3.1.bn2.bias*");
        Build.Difference(network.get_parameter("conv1.weight")!, before).Should().Be(0);

        void Refused(string message) => ((Action)(() => PretrainedWeights.FromSafetensors(Path, ChannelOrder.Bgr).LoadInto(network)))
            .Should().Throw<ModelFileException>().WithMessage(message);
    }

    // Running statistics off their initial values, as after training.
    private static ResNet Trained()
    {
        var network = new ResNet(18, Key);
        using var scope = torch.NewDisposeScope();
        network.train();
        network.call(Build.Images(4, 64));
        network.eval();
        return network;
    }
}
