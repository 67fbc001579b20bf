using SsMfar.Metadata;
using SsMfar.Models;
using SsMfar.Randomness;
using SsMfar.Runtime;
using TorchSharp;

namespace SsMfar.Tests.Models;

[Collection(ProcessState.Name)]
public sealed class GlobalRandomStateTests
{
    private static readonly RandomKey Key = RandomKey.FromSeed(7);

    [Fact]
    public void Weights_are_a_function_of_the_key_alone()
    {
        using var scope = torch.NewDisposeScope();
        torch.manual_seed(1);
        using var first = new ResNet(18, Key);
        double afterOne = torch.rand(1, torch.ScalarType.Float64).item<double>();
        torch.manual_seed(2);
        using var second = new ResNet(18, Key);
        torch.manual_seed(1);
        double withoutNetwork = torch.rand(1, torch.ScalarType.Float64).item<double>();
        using var other = new ResNet(18, Key.Fold(1));

        afterOne.Should().Be(withoutNetwork, "a network must not draw from the global random state");
        foreach (var ((name, a), (_, b)) in first.named_parameters().Zip(second.named_parameters()))
        {
            a.equal(b).all().item<bool>().Should().BeTrue(name);
        }

        Build.Difference(first.get_parameter("conv1.weight")!, other.get_parameter("conv1.weight")!).Should().BePositive();
    }

    [Theory]
    [MemberData(nameof(BackbonePropertyTests.Backbones), MemberType = typeof(BackbonePropertyTests))]
    public void Making_and_training_a_backbone_leaves_the_random_state_alone(string name)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor state = torch.get_rng_state().clone(), images = Build.Images(2, 40);
        IBackbone network = BackboneFactory.Parse(name).Create(Key);
        using IDisposable module = network.Module;
        network.Module.train();

        network.Module.call(images);

        torch.get_rng_state().Equals(state).Should().BeTrue("nothing is drawn from it");
    }

    [Fact]
    public void Dropout_is_seeded_by_the_global_state_and_off_in_evaluation()
    {
        using var scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        using var backbone = new MultiTaskModelTests.Identity(1000);
        using var model = new MultiTaskModel(backbone, new FeatureProcessing(0.5), [new("all", new MultiTaskModelTests.Copy(1000))]);
        var features = torch.ones(4, 1000);

        model.eval();
        Build.Difference(model.call(features)["all"], features).Should().Be(0);
        model.train();
        torch.manual_seed(9);
        var first = model.call(features)["all"];
        torch.manual_seed(9);
        var again = model.call(features)["all"];
        var next = model.call(features)["all"];

        Build.Difference(first, again).Should().Be(0);
        Build.Difference(first, next).Should().BePositive();
        Build.Values(first).Should().OnlyContain(x => x == 0 || x == 2);
        Build.Values(first).Average().Should().BeApproximately(1, 0.1f);
    }
}
