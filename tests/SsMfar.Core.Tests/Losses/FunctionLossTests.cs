using SsMfar.Losses;
using SsMfar.Metadata;
using SsMfar.Models;
using SsMfar.Runtime;
using SsMfar.Tests.Training;
using SsMfar.Training;
using TorchSharp;

namespace SsMfar.Tests.Losses;

/// <summary>Losses made of functions.</summary>
public sealed class FunctionLossTests
{
    [Fact]
    public void Its_value_and_gradient_are_the_functions_and_nothing_else_is_left()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor weak = torch.tensor(new float[,] { { 1, 2 }, { 3, 4 } }).requires_grad_();
        TaskLossInput input = new()
        {
            Weak = weak,
            Values = torch.zeros(2, 2),
            Mask = torch.tensor(new float[,] { { 1, 1 }, { 0, 1 } }),
            Counts = new(3, 0),
        };
        ITaskLoss loss = TaskLoss.From(SquaredError);
        long before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;

        TaskLossResult result = loss.Compute(input);

        (DisposeScopeManager.Statistics.ThreadTotalLiveCount - before).Should().Be(2, "the total and its detached copy for the log");
        result.Total.item<float>().Should().Be((1 + 4 + 16) / 3f);
        result.Terms.Should().ContainSingle().Which.Key.Should().Be(LossTerms.Supervised);
        result.Terms[0].Value.requires_grad.Should().BeFalse();
        result.Total.backward();
        weak.grad!.data<float>().ToArray().Should().Equal([2 / 3f, 4 / 3f, 0, 8 / 3f], (a, b) => Math.Abs(a - b) < 1e-6);
    }

    [Fact]
    public void What_is_no_scalar_is_refused_by_its_shape()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        TaskLossInput input = new() { Weak = torch.ones(3, 2), Values = torch.ones(3, 2), Mask = torch.ones(3, 2), Counts = new(6, 0) };

        FluentActions.Invoking(() => TaskLoss.From((weak, values, mask, _) => weak * mask).Compute(input)).Should()
            .Throw<InvalidOperationException>().WithMessage("*[3, 2]*not a scalar*");
        TaskLoss.From(SquaredError, LabelMixing.Values).Mixing.Should().Be(LabelMixing.Values);
        TaskLoss.From(SquaredError).Mixing.Should().Be(LabelMixing.Losses);
    }

    [Fact]
    public async Task A_fit_learns_by_it()
    {
        using TrainingResult result = await Tiny.Builder().UseLoss(AffectTaskNames.ValenceArousal, _ => TaskLoss.From(SquaredError))
            .Build().FitAsync(TinyFaces.Dataset(48));

        result.History[1].Losses["valence_arousal"].Should().BeLessThan(result.History[0].Losses["valence_arousal"]);
    }

    private static torch.Tensor SquaredError(torch.Tensor weak, torch.Tensor values, torch.Tensor mask, LossCounts counts) =>
        ((weak - values).Squared() * mask).sum() / Scalars.Of(Math.Max(1, counts.ValidEntries));
}
