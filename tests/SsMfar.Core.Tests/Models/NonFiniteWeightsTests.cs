using SsMfar.Imaging;
using SsMfar.Models;
using SsMfar.Randomness;
using SsMfar.Runtime;
using SsMfar.Tasks;
using SsMfar.Weights;
using TorchSharp;

namespace SsMfar.Tests.Models;

/// <summary>Numbers that are none in weights to start from are named with their file and tensor, before a network is changed.</summary>
public sealed class NonFiniteWeightsTests : IDisposable
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
    [InlineData("layer3.1.conv2.weight", float.NaN)]
    [InlineData("layer1.0.bn1.running_var", float.PositiveInfinity)]
    [InlineData("bn1.bias", float.NegativeInfinity)]
    public void One_in_a_resnet_is_named(string name, float value)
    {
        using var source = new ResNet(18, RandomKey.FromSeed(1));
        var state = source.state_dict().ToDictionary(pair => "module." + pair.Key, pair => pair.Value.detach().clone());
        state["module." + name].view(-1)[3] = value;
        SafetensorsWriter.Write(Path, state);
        using var network = new ResNet(18, RandomKey.FromSeed(2));
        float[] before = Build.Values(network.get_parameter("conv1.weight")!);

        ((Action)(() => PretrainedWeights.FromFile(Path, ChannelOrder.Bgr).LoadInto(network))).Should().Throw<ModelFileException>()
            .WithMessage(
                $"{Path}: entry 'module.{name}': 1 of its {state["module." + name].numel()} numbers are NaN or infinite*other weights.");
        Build.Values(network.get_parameter("conv1.weight")!).Should().Equal(before, "nothing is changed");
    }

    [Fact]
    public void A_double_that_single_precision_cannot_hold_is_named()
    {
        using var source = new ResNet(18, RandomKey.FromSeed(1));
        var state = source.state_dict().ToDictionary();
        state["conv1.weight"] = state["conv1.weight"].detach().to(torch.ScalarType.Float64);
        state["conv1.weight"].view(-1)[0] = 1e300;
        SafetensorsWriter.Write(Path, state);

        ((Action)(() => PretrainedWeights.FromFile(Path, ChannelOrder.Rgb).LoadInto(source)))
            .Should().Throw<ModelFileException>().WithMessage("*'conv1.weight'*1 of its 9408 numbers are too large for Float32*");
    }

    [Fact]
    public void One_in_a_head_that_is_not_loaded_does_not_matter()
    {
        using var source = new ResNet(18, RandomKey.FromSeed(1));
        SafetensorsWriter.Write(Path, [.. source.state_dict(), new("fc.weight", torch.full(7, 512, Scalars.Of(float.NaN)))]);

        PretrainedWeights.FromFile(Path, ChannelOrder.Rgb).LoadInto(source).IsComplete.Should().BeTrue();
    }

    [Theory]
    [InlineData("va_classifier.bias")]
    [InlineData("au_fc.7.0.weight")]
    [InlineData("base.4.0.bn1.weight")]
    public void One_in_a_published_checkpoint_is_named(string name)
    {
        using MultiTaskModel model = Build.Paper();
        var state = PublishedLayout.TensorsOf(model, "").ToDictionary(pair => pair.Key, pair => pair.Value.detach().clone());
        state[name].view(-1)[1] = float.NaN;
        SafetensorsWriter.Write(Path, state);

        ((Action)(() => PublishedCheckpoint.Load(Path).Dispose()))
            .Should().Throw<ModelFileException>().WithMessage($"{Path}: entry '{name}': 1 of its * numbers are NaN*");
    }
}
