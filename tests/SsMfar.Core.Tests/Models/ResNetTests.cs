using System.Security.Cryptography;
using System.Text;
using SsMfar.Models;
using SsMfar.Randomness;
using SsMfar.Runtime;
using TorchSharp;

namespace SsMfar.Tests.Models;

public sealed class ResNetTests
{
    private static readonly RandomKey Key = RandomKey.FromSeed(3);

    // Of the lines "name [shape]" of torchvision's state_dict without fc, sorted and joined by newlines.
    [Theory]
    [InlineData(18, 120, 11176512, 512, "db1d325f2a2b83c66700eea6bb232a734ef09e23de3d1ecee21d72d04b820b19")]
    [InlineData(34, 216, 21284672, 512, "b3f40c758cb5469e1edafdffea2353049452fe60ba9ba10c4689d029bf24e4d5")]
    [InlineData(50, 318, 23508032, 2048, "7c8ee45fa0c8b7549e623b8eac62a09c47607b3b7bccb9fcfd1fbff78f53ecf7")]
    public void Names_and_shapes_are_those_of_torchvision(int depth, int entries, long parameters, int width, string hash)
    {
        using var network = new ResNet(depth, Key);

        var lines = network.state_dict().Select(pair => $"{pair.Key} [{string.Join(',', pair.Value.shape)}]")
            .Order(StringComparer.Ordinal).ToList();

        lines.Should().HaveCount(entries);
        lines.Should().Contain(["conv1.weight [64,3,7,7]", "bn1.num_batches_tracked []", "layer1.0.bn2.running_var [64]"]);
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', lines)))).Should().Be(hash);
        network.parameters().Sum(p => p.numel()).Should().Be(parameters);
        network.FeatureWidth.Should().Be(width);
        network.Description.Kind.Should().Be($"resnet{depth}");
    }

    [Theory]
    [InlineData(18, 64, 512, 2)]
    [InlineData(50, 64, 2048, 2)]
    [InlineData(34, 112, 512, 4)]
    public void The_feature_map_is_a_32nd_of_the_image(int depth, int size, int width, int side)
    {
        using var scope = torch.NewDisposeScope();
        using var network = new ResNet(depth, Key);
        network.call(Build.Images(2, size)).shape.Should().Equal(2, width, side, side);
    }

    [Fact]
    public void Convolutions_start_normal_with_fan_out_variance_and_norms_at_one_and_zero()
    {
        using var network = new ResNet(50, Key);
        foreach (var (name, parameter) in network.named_parameters())
        {
            using var scope = torch.NewDisposeScope();
            if (parameter.dim() == 4)
            {
                double expected = Math.Sqrt(2.0 / (parameter.shape[0] * parameter.shape[2] * parameter.shape[3]));
                double tolerance = 5 / Math.Sqrt(parameter.numel());
                double deviation = parameter.std().item<float>();
                double mean = parameter.mean().item<float>();
                deviation.Should().BeApproximately(expected, expected * tolerance, name);
                mean.Should().BeApproximately(0, expected * tolerance, name);
            }
            else
            {
                float value = name.EndsWith("weight", StringComparison.Ordinal) ? 1 : 0;
                Build.Values(parameter).Should().OnlyContain(x => x == value, name);
            }
        }
    }

    [Fact]
    public void Channels_last_changes_strides_but_no_output_and_no_gradient()
    {
        using var scope = torch.NewDisposeScope();
        using var plain = new ResNet(18, Key);
        using var last = new ResNet(18, Key);
        var handles = last.parameters().Select(p => p.Handle).ToList();
        ChannelsLast.Apply(last);
        var images = Build.Images(2, 64);

        var expected = plain.call(images);
        var actual = last.call(images);
        expected.sum().backward();
        actual.sum().backward();

        last.parameters().Select(p => p.Handle).Should().Equal(handles);
        last.parameters().Where(p => p.dim() == 4).Should().OnlyContain(p => ChannelsLast.Holds(p) && p.requires_grad && p.is_leaf);
        ChannelsLast.Holds(plain.get_parameter("layer1.0.conv1.weight")!).Should().BeFalse();
        ChannelsLast.Holds(actual).Should().BeTrue();
        Build.Difference(actual, expected).Should().BeLessThan(1e-3);
        var gradients = plain.parameters()
            .Zip(last.parameters(), (a, b) => Build.Difference(a.grad!, b.grad!) / (1e-3 + a.grad!.abs().max().item<float>()));
        gradients.Max().Should().BeLessThan(1e-2);
    }

    [Fact]
    public void Bfloat16_computes_near_float32_and_leaves_float32_parameters_and_gradients()
    {
        using var scope = torch.NewDisposeScope();
        using var network = new ResNet(18, Key);
        network.train();
        var images = Build.Images(4, 64);
        var expected = network.call(images);

        network.Precision = ComputePrecision.BFloat16;
        var actual = network.call(images);
        actual.to(torch.ScalarType.Float32).pow(Scalars.Of(2)).mean().backward();

        actual.dtype.Should().Be(torch.ScalarType.BFloat16);
        double error = (actual.to(torch.ScalarType.Float32) - expected).norm().item<float>() / expected.norm().item<float>();
        error.Should().BeInRange(1e-6, 0.1);
        network.parameters().Should().OnlyContain(p => p.dtype == torch.ScalarType.Float32 && p.grad!.dtype == torch.ScalarType.Float32);
        network.parameters().All(p => p.grad!.isfinite().all().item<bool>()).Should().BeTrue();
    }

    [Fact]
    public void Another_depth_is_refused() =>
        ((Action)(() => new ResNet(20, Key).Dispose())).Should().Throw<ArgumentOutOfRangeException>().WithMessage("*18, 34 or 50*");
}
