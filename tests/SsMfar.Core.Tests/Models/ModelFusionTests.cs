using SsMfar.Models;
using SsMfar.Randomness;
using SsMfar.Runtime;
using SsMfar.Tests.Training;
using TorchSharp;
using TorchSharp.Modules;

namespace SsMfar.Tests.Models;

public sealed class ModelFusionTests
{
    [Fact]
    public void A_folded_convolution_is_the_convolution_and_the_normalisation_after_it()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using var generator = new torch.Generator(5);
        torch.Tensor Draw(params long[] shape) => torch.empty(shape, dtype: torch.ScalarType.Float64).normal_(0, 1, generator);
        (torch.Tensor weight, torch.Tensor scale, torch.Tensor shift) = (Draw(6, 4, 3, 3), Draw(6), Draw(6));
        (torch.Tensor mean, torch.Tensor variance, torch.Tensor input) = (Draw(6), Draw(6).Squared(), Draw(2, 4, 9, 9));

        (torch.Tensor folded, torch.Tensor bias) = FusedConvolution.Fuse(weight, scale, shift, mean, variance, 1e-5);

        torch.Tensor plain = torch.nn.functional.conv2d(input, weight);
        torch.Tensor expected = ((plain - Column(mean)) / (Column(variance).Plus(1e-5)).sqrt() * Column(scale)).Plus(Column(shift));
        Build.Difference(torch.nn.functional.conv2d(input, folded, bias), expected).Should().BeLessThan(1e-10);

        static torch.Tensor Column(torch.Tensor values) => values.view(1, -1, 1, 1);
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
