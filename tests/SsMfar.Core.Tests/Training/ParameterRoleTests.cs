using SsMfar.Kernels.TensorLists;
using SsMfar.Losses;
using SsMfar.Models;
using SsMfar.Randomness;
using SsMfar.Runtime;
using SsMfar.Training;
using TorchSharp;
using TorchSharp.Modules;
using OptimizerOptions = SsMfar.Training.OptimizerOptions;

namespace SsMfar.Tests.Training;

/// <summary>Which parameters are optimized, at which rate, with which decay, and what the optimizer keeps of each.</summary>
public sealed class ParameterRoleTests
{
    [Fact]
    public void Heads_and_backbone_are_told_apart_by_name_and_decay_by_shape()
    {
        using MultiTaskModel model = new(
            new TinyBackbone(RandomKey.FromSeed(1), 4), new(),
            new Dictionary<string, ITaskHead> { ["x"] = new LinearHead(4, 2, RandomKey.FromSeed(2)) });
        IReadOnlyList<ParameterRole> roles = ParameterRole.Of(model);

        roles.Select(role => role.Name).Should().BeEquivalentTo(model.named_parameters().Select(named => named.name)).And.HaveCount(8);
        roles.Where(role => role.IsHead).Select(role => (role.Name, role.IsDecayed)).Should().BeEquivalentTo(
            [("heads.x.output.weight", true), ("heads.x.output.bias", false)]);
        roles.Where(role => !role.IsHead).Should().HaveCount(6).And.OnlyContain(role => role.IsDecayed == (role.Parameter.dim() == 4));

        roles[0].Parameter.requires_grad_(false);
        ParameterRole.Of(model).Select(role => role.Name)
            .Should().Equal(roles.Skip(1).Select(role => role.Name), "what asks for no gradient is not optimized");
    }

    [Fact]
    public void What_a_balancing_learns_is_a_heads_bias_and_a_sum_learns_nothing()
    {
        using UncertaintyBalancing balancing = new(["a", "b"]);
        ParameterRole.Of(balancing).Select(role => (role.Name, role.IsHead, role.IsDecayed)).Should().Equal(
            ("balancing.a", true, false), ("balancing.b", true, false));
        ParameterRole.Of(new WeightedSumBalancing()).Should().BeEmpty();
        balancing.Module.named_parameters().First().parameter.requires_grad_(false);
        ParameterRole.Of(balancing).Select(role => role.Name).Should().Equal("balancing.b");
    }

    [Fact]
    public void Moments_are_named_by_parameter_start_at_zero_and_go_with_the_optimizer()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        AdamOptimizer optimizer = new([Role("b", false), Role("h", true)], new(), PlainKernels.Instance);
        Dictionary<string, torch.Tensor> state = new(optimizer.State());
        state.Keys.Should().BeEquivalentTo(["first_moment.b", "second_moment.b", "first_moment.h", "second_moment.h"]);
        state.Values.Should().OnlyContain(moment => moment.count_nonzero().item<long>() == 0 && !moment.requires_grad);
        optimizer.StepsTaken.Should().Be(new AdamSteps(0, 0));
        optimizer.Dispose();
        state.Values.Should().OnlyContain(moment => moment.IsInvalid);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_loaded_optimizer_corrects_its_bias_by_the_steps_each_group_took(bool fused)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        ITensorListKernels kernels = fused ? TensorListKernels.Current : PlainKernels.Instance;
        OptimizerOptions options = new()
        {
            Kind = OptimizerKind.Adam, BackboneLearningRate = 0.1, HeadLearningRate = 0.1, WeightDecay = 0, Beta2 = 0.5, Epsilon = 1e-12,
        };
        ParameterRole backbone = Role("b", false), head = Role("h", true);
        using AdamOptimizer optimizer = new([backbone, head], options, kernels);
        optimizer.Load((_, moment) => moment.fill_(Scalars.Of(0)), new(Backbone: 1, Heads: 3));
        foreach (ParameterRole role in new[] { backbone, head })
        {
            role.Parameter.grad = torch.ones(2);
        }

        optimizer.Step(1, 0.5, null);

        // Moments (1 - beta) g after steps of nothing: x / root of x, x = (1 - beta) / (1 - beta^t), with beta a half for both.
        optimizer.StepsTaken.Should().Be(new AdamSteps(2, 4));
        foreach ((ParameterRole role, int steps) in new[] { (backbone, 2), (head, 4) })
        {
            double expected = -0.1 * Math.Sqrt(0.5 / (1 - Math.Pow(0.5, steps)));
            role.Parameter.data<float>().Should().OnlyContain(value => Math.Abs(value - expected) < 1e-6);
        }
    }

    [Fact]
    public void A_frozen_backbone_needs_no_gradient_and_its_gradient_is_no_part_of_the_norm()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        OptimizerOptions options = new() { Kind = OptimizerKind.Adam, WeightDecay = 0, Epsilon = 1e-12 };
        ParameterRole backbone = Role("b", false), head = Role("h", true);
        using AdamOptimizer optimizer = new([backbone, head], options, PlainKernels.Instance);
        head.Parameter.grad = torch.tensor([3f, 4f]);
        optimizer.Step(1, 0.9, clipNorm: 1, backboneIsFrozen: true);

        head.Parameter.grad!.data<float>().Zip([0.6f, 0.8f], (a, b) => Math.Abs(a - b))
            .Should().OnlyContain(difference => difference < 1e-6);
        backbone.Parameter.data<float>().Should().OnlyContain(value => value == 0);
        optimizer.StepsTaken.Should().Be(new AdamSteps(0, 1));
        optimizer.Invoking(o => o.Step(1, 0.9, null)).Should().Throw<InvalidOperationException>().WithMessage("*'b'*no gradient*");
    }

    [Fact]
    public void The_norm_of_gradients_is_one_over_all_groups()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        ParameterRole backbone = Role("b", false), head = Role("h", true);
        using AdamOptimizer optimizer = new([backbone, head], new(), PlainKernels.Instance);
        backbone.Parameter.grad = torch.tensor([3f, 0f]);
        head.Parameter.grad = torch.tensor([0f, 4f]);
        optimizer.Step(1, 0.9, clipNorm: 2.5);
        backbone.Parameter.grad!.data<float>()[0].Should().BeApproximately(1.5f, 1e-5f);
        head.Parameter.grad!.data<float>()[1].Should().BeApproximately(2, 1e-5f);
    }

    private static ParameterRole Role(string name, bool isHead) => new(name, new Parameter(torch.zeros(2)), isHead, IsDecayed: false);
}
