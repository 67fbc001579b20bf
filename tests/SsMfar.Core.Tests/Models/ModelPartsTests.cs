using System.Collections.Immutable;
using SsMfar.Metadata;
using SsMfar.Models;
using SsMfar.Randomness;
using SsMfar.Runtime;
using TorchSharp;

namespace SsMfar.Tests.Models;

public sealed class ModelPartsTests
{
    private static readonly RandomKey Key = RandomKey.FromSeed(11);

    [Theory]
    [InlineData("resnet18", 512)]
    [InlineData("resnet34", 512)]
    [InlineData("resnet50", 2048)]
    [InlineData("efficientnet_b0", 1280)]
    [InlineData("efficientnet_b2", 1408)]
    [InlineData("tf_efficientnet_b0", 1280)]
    [InlineData("tf_efficientnet_b2", 1408)]
    [InlineData("mobilefacenet", 512)]
    [InlineData("iresnet18", 512)]
    [InlineData("iresnet50", 512)]
    public void Built_in_backbones_make_themselves(string kind, int width)
    {
        var backbone = ModelParts.BuiltIn.CreateBackbone(new PartDescription(kind), Key);
        using var module = backbone.Module;
        backbone.FeatureWidth.Should().Be(width);
        backbone.Description.Kind.Should().Be(kind);
    }

    [Fact]
    public void Built_in_heads_make_themselves_again_from_their_description()
    {
        ITaskHead[] heads = [new LinearHead(6, 2, Key), new MlpHead(6, 5, 3, Key), new PerOutputMlpHead(6, 5, 4, Key)];
        foreach (var head in heads)
        {
            var again = ModelParts.BuiltIn.CreateHead(head.Description, Key);

            again.Should().BeOfType(head.GetType());
            again.OutputWidth.Should().Be(head.OutputWidth);
            foreach (var ((name, a), (other, b)) in head.Module.named_parameters().Zip(again.Module.named_parameters()))
            {
                other.Should().Be(name);
                Build.Difference(a, b).Should().Be(0, "the same key gives the same weights");
            }

            head.Module.Dispose();
            again.Module.Dispose();
        }
    }

    [Fact]
    public void An_unknown_kind_is_one_error_that_lists_the_known()
    {
        var parts = ModelParts.BuiltIn.WithBackbone<MultiTaskModelTests.Identity>();

        ((Action)(() => parts.CreateBackbone(new PartDescription("vgg"), Key))).Should().Throw<UnknownPartException>()
            .WithMessage("*backbone*'vgg'*identity, iresnet18, iresnet50, mobilefacenet, resnet18, resnet34, resnet50*WithBackbone*");
        ((Action)(() => parts.CreateHead(new PartDescription("tiny"), Key))).Should().Throw<UnknownPartException>()
            .WithMessage("*head*'tiny'*linear, mlp, ordinal-mlp, per-output-mlp*WithHead*");
        ((Action)(() => parts.CreateHead(new PartDescription("mlp"), Key))).Should().Throw<FormatException>()
            .WithMessage("*'mlp'*'inputs'*");
    }

    [Fact]
    public void Registering_leaves_the_registry_as_it_was()
    {
        var more = ModelParts.BuiltIn.WithHead<MultiTaskModelTests.Copy>();

        more.HeadKinds.Should().Contain("copy").And.Contain("mlp");
        ModelParts.BuiltIn.HeadKinds.Should().NotContain("copy");
        using var module = more.CreateHead(new PartDescription("copy").With("outputs", 3), Key).Module;
    }

    [Fact]
    public void A_model_that_cannot_be_made_leaves_no_tensor_behind()
    {
        var architecture = new ModelArchitecture(
            new PartDescription("resnet18"), new FeatureProcessing(),
            [new("a", new LinearHead(512, 1, Key).Description), new("b", new PartDescription("unknown"))]);
        long before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;

        ((Action)(() => ModelParts.BuiltIn.CreateModel(architecture, Key))).Should().Throw<UnknownPartException>();

        DisposeScopeManager.Statistics.ThreadTotalLiveCount.Should().Be(before);
    }

    [Fact]
    public void A_description_keeps_settings_as_invariant_text()
    {
        var part = new PartDescription("x").With("n", 5).With("ratio", 0.5);

        part.Number("n").Should().Be(5);
        part.Settings.Should().Equal(ImmutableSortedDictionary<string, string>.Empty.Add("n", "5").Add("ratio", "0.5"));
        ((Action)(() => part.Number("ratio"))).Should().Throw<FormatException>().WithMessage("*'ratio'*'0.5'*");
    }
}
