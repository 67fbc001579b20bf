using SsMfar.Losses;
using SsMfar.Runtime;
using TorchSharp;
using static SsMfar.Tests.Losses.LossTestData;

namespace SsMfar.Tests.Losses;

/// <summary>How the tasks' losses become one, against the formulas.</summary>
public sealed class TaskBalancingTests
{
    [Fact]
    public void A_sum_without_weights_adds_and_with_weights_weighs()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor[] losses = Losses(2, 0.5, 3);
        new WeightedSumBalancing().Combine(Input(losses)).Total.Scalar().Should().Be(5.5);

        TaskLossResult weighted = new WeightedSumBalancing(new Dictionary<string, double> { ["b"] = 4, ["c"] = 0 }).Combine(Input(losses));
        weighted.Total.Scalar().Should().Be(4);
        weighted.Total.backward();
        losses.Select(loss => loss.grad!.Scalar()).Should().Equal(1, 4, 0);
    }

    [Fact]
    public void Uncertainty_weighs_each_loss_by_the_exponential_of_its_log_variance_and_adds_that()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using UncertaintyBalancing balancing = Learned(0.3, -1.2, 0.7);
        torch.Tensor[] losses = Losses(2, 0.5, 3);
        TaskLossResult result = balancing.Combine(Input(losses));
        result.Total.backward();

        result.Total.Scalar().Should().BeApproximately(
            (Math.Exp(-0.3) * 2) + 0.3 + (Math.Exp(1.2) * 0.5) - 1.2 + (Math.Exp(-0.7) * 3) + 0.7, 1e-6);
        losses.Select(loss => loss.grad!.Scalar()).ToArray()
            .ShouldBeClose([Math.Exp(-0.3), Math.Exp(1.2), Math.Exp(-0.7)], 1e-6, "weights");
        Gradients(balancing).ShouldBeClose(
            [1 - (Math.Exp(-0.3) * 2), 1 - (Math.Exp(1.2) * 0.5), 1 - (Math.Exp(-0.7) * 3)],
            1e-6,
            "gradients of s");
        result.Terms.Select(term => term.Key).Should().Equal("a", "b", "c");
        result.Terms.Select(term => term.Value.Scalar()).ToArray()
            .ShouldBeClose([Math.Exp(-0.3), Math.Exp(1.2), Math.Exp(-0.7)], 1e-6, "terms");
    }

    [Fact]
    public void The_best_log_variance_of_a_constant_loss_is_its_logarithm()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using UncertaintyBalancing balancing = Learned(Math.Log(2), Math.Log(0.5), Math.Log(3));
        balancing.Combine(Input(Losses(2, 0.5, 3))).Total.backward();

        Gradients(balancing).ShouldBeClose([0, 0, 0], 1e-6, "gradients of s");
    }

    [Fact]
    public void A_task_without_anything_to_learn_from_says_nothing_of_its_uncertainty()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using UncertaintyBalancing balancing = Learned(0.3, 0.4, 0.5);
        torch.Tensor[] losses = Losses(2, 0, 3);
        balancing.Combine(new([new("a", losses[0]), new("b", losses[1], isLearned: false), new("c", losses[2])])).Total.backward();

        Gradients(balancing)[1].Should().Be(0, "a gradient there is, of zero");
        Gradients(balancing)[0].Should().NotBe(0);
    }

    [Fact]
    public void Micro_batches_add_up_to_one_step()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using UncertaintyBalancing whole = Learned(0.3, -1.2, 0.7), parts = Learned(0.3, -1.2, 0.7);
        double total = whole.Combine(Input(Losses(2, 0.5, 3))).Total.Scalar();
        torch.Tensor both = torch.zeros([]);
        for (int i = 0; i < 2; i++)
        {
            TaskLossResult half = parts.Combine(Input(Losses(1, 0.25, 1.5), microBatches: 2));
            both = both.Plus(half.Total);
            half.Terms[0].Value.Scalar().Should().BeApproximately(Math.Exp(-0.3) / 2, 1e-6);
        }

        both.Scalar().Should().BeApproximately(total, 1e-6);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void Weights_that_cannot_be_are_refused(double weight) =>
        FluentActions.Invoking(() => new WeightedSumBalancing(new Dictionary<string, double> { ["a"] = weight }))
            .Should().Throw<ArgumentException>().WithMessage("*'a'*");

    [Fact]
    public void Combining_leaves_no_tensor_behind()
    {
        using UncertaintyBalancing balancing = Learned(0, 0, 0);
        using DisposeScope outer = torch.NewDisposeScope();
        TaskBalancingInput input = Input(Losses(1, 2, 3));
        long before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        using (torch.NewDisposeScope())
        {
            balancing.Combine(input);
        }

        DisposeScopeManager.Statistics.ThreadTotalLiveCount.Should().Be(before);
    }

    private static TaskBalancingInput Input(torch.Tensor[] losses, int microBatches = 1) =>
        new([.. losses.Zip(["a", "b", "c"], (loss, name) => new BalancedTask(name, loss))], microBatches);

    private static torch.Tensor[] Losses(params double[] values) =>
        [.. values.Select(value => torch.tensor((float)value).requires_grad_(true))];

    private static UncertaintyBalancing Learned(params double[] logVariances)
    {
        var balancing = new UncertaintyBalancing(["a", "b", "c"]);
        using var noGradient = torch.no_grad();
        foreach (((string _, TorchSharp.Modules.Parameter parameter), double value) in balancing.Module.named_parameters()
            .Zip(logVariances))
        {
            parameter.fill_(Scalars.Of(value));
        }

        return balancing;
    }

    private static double[] Gradients(UncertaintyBalancing balancing) =>
        [.. balancing.Module.named_parameters().Select(named => named.parameter.grad!.Scalar())];
}
