using SsMfar.Models;
using SsMfar.Randomness;
using SsMfar.Runtime;
using SsMfar.Tests.Training;
using TorchSharp;
using TorchSharp.Modules;

namespace SsMfar.Tests.Models;

public sealed class ModelFusionTests
{
    [Theory]
    [InlineData(6, 4, false)]
    [InlineData(70, 64, false)] // More numbers than are folded at once, not a multiple of them.
    [InlineData(70, 64, true)]
    [InlineData(2, 8192, false)] // More in one output.
    public void A_folded_convolution_is_the_convolution_and_the_normalisation_after_it(int outputs, int inputs, bool inDouble)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using var inference = torch.no_grad();
        using var generator = new torch.Generator(5);
        torch.ScalarType type = inDouble ? torch.ScalarType.Float64 : torch.ScalarType.Float32;
        torch.Tensor weight = torch.empty([outputs, inputs, 3, 3], dtype: type).normal_(0, 1, generator);
        BatchNorm2d norm = torch.nn.BatchNorm2d(outputs, eps: 1e-3, dtype: type);
        norm.weight!.normal_(0, 1, generator);
        norm.bias!.normal_(0, 1, generator);
        norm.running_mean!.normal_(0, 1, generator);
        norm.running_var!.uniform_(0.1, 2, generator);
        byte[] before = [.. weight.bytes];

        (Parameter folded, Parameter bias) = FusedConvolution.Fuse(weight, norm);

        using (folded)
        using (bias)
        {
            torch.Tensor Exact(torch.Tensor values) => values.detach().to(torch.ScalarType.Float64);
            torch.Tensor factor = Exact(norm.weight!) / Exact(norm.running_var!).Plus(norm.eps).sqrt();
            Same(folded, Exact(weight) * factor.view(-1, 1, 1, 1));
            Same(bias, Exact(norm.bias!) - (Exact(norm.running_mean!) * factor));
            weight.bytes.ToArray().Should().Equal(before);
            torch.Tensor input = torch.empty([2, inputs, 5, 5], dtype: torch.ScalarType.Float64).normal_(0, 1, generator);
            torch.Tensor plain = torch.nn.functional.conv2d(input, Exact(weight));
            torch.Tensor expected = torch.nn.functional.batch_norm(
                plain, Exact(norm.running_mean!), Exact(norm.running_var!), Exact(norm.weight!), Exact(norm.bias!), eps: norm.eps);
            double difference = Build.Difference(torch.nn.functional.conv2d(input, Exact(folded), Exact(bias)), expected);
            (difference / expected.abs().max().item<double>()).Should().BeLessThan(1e-6);
        }

        // Rounded once, at the end.
        static void Same(Parameter actual, torch.Tensor expected)
        {
            actual.requires_grad.Should().BeFalse();
            actual.dtype.Should().Be(torch.ScalarType.Float32);
            actual.shape.Should().Equal(expected.shape);
            Build.Difference(actual, expected.to(torch.ScalarType.Float32)).Should().Be(0);
        }
    }

    [Theory]
    [InlineData(64, 1, 1, 0)]
    [InlineData(64, 1, 2, 0)]
    [InlineData(64, 1, 2, 1)] // Padded more at one end.
    [InlineData(64, 64, 1, 0)] // One channel a group.
    [InlineData(3, 1, 2, 0)]
    [InlineData(3, 1, 2, 1)]
    public void A_folded_convolution_pads_and_groups_as_the_convolution_does(int inputs, int groups, int stride, int padding)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using var inference = torch.no_grad();
        torch.random.manual_seed(5);
        using var layer = new ConvolutionLayer(
            torch.nn.Parameter(torch.randn(64, inputs / groups, 3, 3)), stride, groups, padding: (EdgePadding)padding);
        using BatchNorm2d norm = torch.nn.BatchNorm2d(64);
        norm.eval();
        using var folded = new FusedConvolution(layer, norm);
        torch.Tensor images = torch.randn(1, inputs, 8, 8), expected = norm.call(layer.call(images));

        Build.Difference(folded.call(images), expected).Should().BeLessThan(1e-4);
        torch.Tensor addend = torch.randn(expected.shape);
        torch.Tensor sum = folded.Apply(images, addend, rectifies: true);
        Build.Difference(sum, expected.Plus(addend).relu()).Should().BeLessThan(1e-4);
    }

    [Theory]
    [MemberData(nameof(BackbonePropertyTests.Backbones), MemberType = typeof(BackbonePropertyTests))]
    public void A_folded_model_gives_the_same_outputs_and_leaves_the_model_as_it_was(string backbone)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using MultiTaskModel model = Build.Of(backbone);
        Build.Norms(model, seed: 7);
        Dictionary<string, byte[]> before = Tiny.Weights(model);
        torch.Tensor images = Build.Images(3, 64);

        using MultiTaskModel folded = ModelFusion.Fuse(model, ModelParts.BuiltIn)!;

        using var inference = torch.inference_mode();
        folded.training.Should().BeFalse();
        folded.Backbone.FeatureWidth.Should().Be(model.Backbone.FeatureWidth);
        folded.state_dict().Keys.Should().NotContain(name => name.Contains("running_mean", StringComparison.Ordinal));
        torch.Tensor map = model.Backbone.Module.call(images), foldedMap = folded.Backbone.Module.call(images);
        (Build.Difference(foldedMap, map) / map.abs().max().item<float>()).Should()
            .BeLessThan(1e-5, "relative to the largest value of the feature map");
        foreach (string task in model.TaskNames)
        {
            Build.Difference(folded.call(images)[task], model.call(images)[task]).Should().BeLessThan(1e-5);
        }

        ChannelsLast.Apply(folded);
        Build.Difference(folded.Backbone.Module.call(images), foldedMap).Should()
            .BeLessThan(1e-5 * Math.Max(10, map.abs().max().item<float>()));
        Tiny.Weights(model).Where(pair => !before[pair.Key].AsSpan().SequenceEqual(pair.Value)).Select(pair => pair.Key).Should().BeEmpty();
    }

    [Fact]
    public void A_model_outlives_its_folded_copy_and_the_reverse()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        MultiTaskModel model = Build.Paper();
        torch.Tensor images = Build.Images(1, 32);
        MultiTaskModel first = ModelFusion.Fuse(model, ModelParts.BuiltIn)!;
        first.Dispose();
        using MultiTaskModel second = ModelFusion.Fuse(model, ModelParts.BuiltIn)!;
        float[] expected = Build.Values(model.call(images)["expression"]);

        model.Dispose();

        Build.Values(second.call(images)["expression"]).Should().Equal(expected, (a, b) => Math.Abs(a - b) < 1e-5);
    }

    [Fact]
    public void A_backbone_of_the_users_own_stays_as_it_is()
    {
        var backbone = new TinyBackbone(RandomKey.FromSeed(1));
        using var model = new MultiTaskModel(
            backbone, new(), new Dictionary<string, ITaskHead> {
                ["age"] = new LinearHead(backbone.FeatureWidth, 1, RandomKey.FromSeed(2)) });

        ModelFusion.Fuse(model, ModelParts.BuiltIn).Should().BeNull();
    }
}
