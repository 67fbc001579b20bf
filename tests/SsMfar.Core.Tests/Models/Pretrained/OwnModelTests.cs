using SsMfar.Imaging;
using SsMfar.Metadata;
using SsMfar.Models;
using SsMfar.Randomness;
using SsMfar.Weights;
using TorchSharp;

namespace SsMfar.Tests.Models;

/// <summary>A model file of the library, given for the weights of its backbone, is what it says that it is.</summary>
public sealed class OwnModelTests : IDisposable
{
    private static readonly ImagePreprocessing Own = new()
    {
        Width = 32, Height = 32, Mean = new(0.1f, 0.2f, 0.3f), StandardDeviation = new(0.4f, 0.5f, 0.6f),
    };

    private readonly TemporaryFolder _folder = new();
    private readonly DisposeScope _scope = torch.NewDisposeScope();

    private string Path => _folder.File("model.safetensors");

    public void Dispose()
    {
        _scope.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void A_network_with_the_same_names_that_computes_something_else_is_refused()
    {
        using MultiTaskModel model = Save("tf_efficientnet_b0", new());
        PretrainedWeights weights = PretrainedWeights.FromFile(Path, ChannelOrder.Rgb);
        IBackbone plain = BackboneFactory.EfficientNetB0.Create(RandomKey.FromSeed(2));
        IBackbone same = BackboneFactory.TfEfficientNetB0.Create(RandomKey.FromSeed(2));
        using IDisposable first = plain.Module, second = same.Module;

        weights.DetectBackbone().Should().Be(BackboneFactory.TfEfficientNetB0);
        weights.Invoking(w => w.LoadInto(plain)).Should().Throw<ModelFileException>()
            .WithMessage("*it is a model on tf_efficientnet_b0, but efficientnet_b0 is needed*Choose the other backbone*");
        PretrainedWeights.FromFile(Path, ChannelOrder.Rgb, new() { AllowPartial = true }).Invoking(w => w.LoadInto(plain)).Should()
            .Throw<ModelFileException>("a part of it is of that model too").WithMessage("*it is a model on tf_efficientnet_b0*");
        weights.LoadInto(same).IsComplete.Should().BeTrue();
        Build.Difference(
            same.Module.state_dict()["features.0.0.weight"], model.Backbone.Module.state_dict()["features.0.0.weight"]).Should().Be(0);
    }

    [Theory]
    [InlineData(ChannelOrder.Rgb)]
    [InlineData(ChannelOrder.Bgr)]
    public void Images_are_normalised_as_the_models_are_and_no_other_order_is_taken(ChannelOrder order)
    {
        using MultiTaskModel model = Save("mobilefacenet", Own with { ChannelOrder = order });
        using var network = new MobileFaceNet(RandomKey.FromSeed(2));
        string first = NetworkFamily.Of(network)!.Value.Family.FirstConvolution;

        ImagePreprocessing adapted = PretrainedWeights.FromFile(Path, order).AdaptPreprocessing(new() { Width = 40, Height = 40 });
        PretrainedWeights.FromFile(Path, order).LoadInto(network);

        (adapted.Mean, adapted.StandardDeviation, adapted.ChannelOrder).Should().Be((Own.Mean, Own.StandardDeviation, ChannelOrder.Rgb));
        adapted.Width.Should().Be(40);
        torch.Tensor saved = model.Backbone.Module.state_dict()[first];
        Build.Difference(network.state_dict()[first], order == ChannelOrder.Rgb ? saved : saved.flip(1)).Should().Be(0);
        ChannelOrder other = order == ChannelOrder.Rgb ? ChannelOrder.Bgr : ChannelOrder.Rgb;
        PretrainedWeights contrary = PretrainedWeights.FromFile(Path, other);
        string message = $"*it is a model that takes {order} images, as it says, not {other}*Give the order {order}*";
        contrary.Invoking(weights => weights.LoadInto(network)).Should().Throw<ModelFileException>().WithMessage(message);
        contrary.Invoking(weights => weights.AdaptPreprocessing(new())).Should().Throw<ModelFileException>().WithMessage(message);
    }

    [Fact]
    public void Numbers_that_are_given_are_taken_at_their_word()
    {
        using MultiTaskModel model = Save("mobilefacenet", Own);

        ImagePreprocessing adapted = PretrainedWeights.FromFile(Path, PretrainedInput.ImageNet).AdaptPreprocessing(new());

        adapted.Mean.Should().Be(PretrainedInput.ImageNet.Mean);
    }

    [Fact]
    public void Numbers_of_another_order_are_not()
    {
        using MultiTaskModel model = Save("mobilefacenet", Own);
        using var network = new MobileFaceNet(RandomKey.FromSeed(2));
        PretrainedWeights bgr = PretrainedWeights.FromFile(Path, PretrainedInput.ByPlane(ChannelOrder.Bgr, new()));

        bgr.Invoking(weights => weights.LoadInto(network)).Should().Throw<ModelFileException>()
            .WithMessage("*it is a model that takes Rgb images, as it says, not Bgr*");
        bgr.Invoking(weights => weights.AdaptPreprocessing(new())).Should().Throw<ModelFileException>();
    }

    [Fact]
    public void The_backbone_alone_under_the_same_prefix_is_any_ones_weights()
    {
        using MultiTaskModel model = Save("tf_efficientnet_b0", Own);
        using (SafetensorsReader reader = SafetensorsReader.Open(Path))
        {
            SafetensorsWriter.Write(_folder.File("bare.safetensors"), [.. reader.Keys.Select(key =>
                new KeyValuePair<string, torch.Tensor>(key, reader.Read(key)))]);
        }

        PretrainedWeights bare = PretrainedWeights.FromFile(_folder.File("bare.safetensors"), ChannelOrder.Bgr);

        bare.DetectBackbone().Should().Be(BackboneFactory.EfficientNetB0);
        bare.AdaptPreprocessing(new()).Mean.Red.Should().Be(new ImagePreprocessing().Mean.Blue);
    }

    private MultiTaskModel Save(string backbone, ImagePreprocessing input)
    {
        MultiTaskModel model = Build.Of(backbone);
        ModelFile.Save(Path, model, new ModelMetadata { Input = input });
        return model;
    }
}
