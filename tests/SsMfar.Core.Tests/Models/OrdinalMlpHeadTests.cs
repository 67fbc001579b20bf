using SsMfar.Models;
using SsMfar.Randomness;
using SsMfar.Runtime;
using TorchSharp;
using static SsMfar.Tests.Losses.LossTestData;

namespace SsMfar.Tests.Models;

/// <summary>The head of ordinal labels.</summary>
public sealed class OrdinalMlpHeadTests
{
    [Fact]
    public void Each_label_has_a_score_of_its_own_and_a_bias_a_step()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        using OrdinalMlpHead head = new(3, 4, 2, 5, RandomKey.FromSeed(1));
        head.SetBiases([1, 2, 3, 4, 5, -1, -2, -3, -4, -5]);
        torch.Tensor features = Matrix(new Random(3).Normal(6, 1), 2, 3, torch.ScalarType.Float32);
        Dictionary<string, torch.Tensor> state = head.state_dict();

        torch.Tensor outputs = head.call(features);

        state.Keys.Should().BeEquivalentTo("hidden.weight", "hidden.bias", "output.weight", "biases");
        state.Select(entry => string.Join(',', entry.Value.shape)).Should().BeEquivalentTo("8,3", "8", "2,4", "10");
        torch.Tensor hidden = (features.matmul(state["hidden.weight"].t()).Plus(state["hidden.bias"])).relu().view(2, 2, 4);
        torch.Tensor scores = (hidden * state["output.weight"]).sum(2);
        outputs.Host().ShouldBeClose(
            (scores.unsqueeze(2).Plus(state["biases"].view(2, 5))).reshape(2, 10).Host(), 1e-6, "outputs");
        head.Description.ToString().Should().Be("ordinal-mlp(hidden=4, inputs=3, outputs=10, steps=5)");
        head.OutputWidth.Should().Be(10);
    }

    [Fact]
    public void It_starts_in_order_from_its_key_and_is_made_again_from_what_it_says()
    {
        using OrdinalMlpHead one = new(3, 4, 2, 5, RandomKey.FromSeed(1)), same = new(3, 4, 2, 5, RandomKey.FromSeed(1));
        using torch.nn.Module again = ModelParts.BuiltIn.CreateHead(one.Description, RandomKey.FromSeed(1)).Module;

        foreach ((string name, torch.Tensor weights) in one.state_dict())
        {
            same.state_dict()[name].Host().Should().Equal(weights.Host());
            again.state_dict()[name].Host().Should().Equal(weights.Host());
        }

        one.state_dict()["biases"].Host().Take(5).Should().BeInDescendingOrder().And.StartWith(1.0);
        Action halves = () => ModelParts.BuiltIn.CreateHead(one.Description.With("outputs", 11), default);
        halves.Should().Throw<FormatException>().WithMessage("*11 outputs*no multiple of its 5 steps*");
    }
}
