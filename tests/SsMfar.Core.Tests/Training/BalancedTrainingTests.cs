using System.Collections.Immutable;
using SsMfar.Data;
using SsMfar.Losses;
using SsMfar.Metadata;
using SsMfar.Models;
using SsMfar.Runtime;
using SsMfar.Tasks;
using SsMfar.Tests.Models;
using SsMfar.Training;
using SsMfar.Weights;
using TorchSharp;

namespace SsMfar.Tests.Training;

/// <summary>Balancing of the tasks through a trainer: fixed, learned, and of the user's own.</summary>
public sealed class BalancedTrainingTests
{
    private static readonly AffectDataset Training = TinyFaces.Dataset(48);

    [Fact]
    public async Task Fixed_weights_make_the_total_and_weights_of_one_change_nothing()
    {
        var progress = new ProgressRecorder();
        using TrainingResult weighted = await Tiny.Builder(options =>
            options.Balancing.Weights = new() {
                [AffectTaskNames.Expression] = 2,
                [AffectTaskNames.ActionUnits] = 0.25 }).Build().FitAsync(Training, null, progress);
        foreach (StepProgress step in progress.Steps)
        {
            step.Losses["total"].Should().BeApproximately(
                (2 * step.Losses["expression"]) + (0.25 * step.Losses["action_units"]) + step.Losses["valence_arousal"], 1e-5);
        }

        using TrainingResult plain = await Tiny.Builder().Build().FitAsync(Training);
        using TrainingResult ones = await Tiny.Builder(options => options.Balancing.Weights = new() { [AffectTaskNames.Expression] = 1 })
            .Build()
            .FitAsync(Training);
        Tiny.ShouldEqual(ones, plain);
        Tiny.Weights(weighted.Model)["heads.expression.output.weight"].Should()
            .NotEqual(Tiny.Weights(plain.Model)["heads.expression.output.weight"]);
    }

    [Fact]
    public async Task Learned_weights_start_at_one_move_and_are_reported()
    {
        var progress = new ProgressRecorder();
        using TrainingResult result = await Tiny.Builder(options =>
        {
            options.Balancing.Kind = TaskBalancingKind.Uncertainty;
            options.Epochs = 8;
            options.Optimizer.HeadLearningRate = 2e-2;
            options.Schedule.Kind = ScheduleKind.Constant;
            options.Schedule.WarmUpFraction = 0;
        }).Build().FitAsync(Training, null, progress);

        string[] weights = ["balancing.expression", "balancing.valence_arousal", "balancing.action_units"];
        progress.Steps.First().Losses.Should().ContainKeys(weights);
        weights.Should().OnlyContain(name => progress.Steps.First().Losses[name] == 1);
        EpochResult last = result.History[^1];

        // A loss over 1 makes its weight smaller, one under 1 larger.
        last.Losses["expression"].Should().BeGreaterThan(1);
        last.Losses["balancing.expression"].Should().BeLessThan(0.95);
        last.Losses["action_units"].Should().BeLessThan(1);
        last.Losses["balancing.action_units"].Should().BeGreaterThan(1.05);
        Tiny.Weights(result.Model).Keys.Should()
            .OnlyContain(name => name.StartsWith("backbone.") || name.StartsWith("heads."), "a model file holds the model alone");
    }

    [Fact]
    public async Task A_balancing_of_the_users_own_learns_and_is_saved_with_its_state()
    {
        using TrainingResult whole = await Own().Build().FitAsync(Training);
        using var folder = new TemporaryFolder();
        using var stop = new CancellationTokenSource();
        var progress = new ProgressRecorder(report =>
        {
            if (report is StepProgress { Epoch: 1, Step: 2 })
            {
                stop.Cancel();
            }
        });
        await FluentActions.Awaiting(() => Own().UseCheckpoints(folder.Path).Build().FitAsync(Training, null, progress, stop.Token))
            .Should().ThrowAsync<OperationCanceledException>();
        using (SafetensorsReader reader = SafetensorsReader.Open(folder.File("checkpoint.safetensors")))
        {
            reader.Keys.Should().Contain(["balancing.scale", "balancing.seen", "optimizer.first_moment.balancing.scale"]);
        }

        using TrainingResult resumed = await Own().UseCheckpoints(folder.Path, CheckpointMode.ResumeIfPresent).Build().FitAsync(Training);
        Tiny.ShouldEqual(resumed, whole);
        await FluentActions.Awaiting(() => Tiny.Builder().UseCheckpoints(folder.Path, CheckpointMode.Resume).Build().FitAsync(Training))
            .Should().ThrowAsync<CheckpointException>().WithMessage("*TaskBalancing was *LargestFirst*");
    }

    [Fact]
    public void What_contradicts_itself_is_refused()
    {
        Fault(b => b.Configure(o => o.Balancing.Weights["age"] = 2)).Should().Contain("'age'").And.Contain("expression");
        Fault(b => b.Configure(o => o.Balancing.Weights[AffectTaskNames.Expression] = -2)).Should().Contain("not negative").And
            .Contain("-2");
        Fault(b => b.Configure(o => (o.Balancing.Weights["expression"], o.Balancing.Kind) = (2, TaskBalancingKind.Uncertainty))).Should()
            .Contain("Uncertainty");
        Fault(b => b.UseTaskBalancing(_ => new LargestFirst()).Configure(o => o.Balancing.Kind = TaskBalancingKind.Uncertainty))
            .Should().Contain("UseTaskBalancing");
        Fault(b => b.Configure(o => o.Balancing = null!)).Should().Contain("Balancing");

        static string Fault(Action<MultiTaskTrainerBuilder> change)
        {
            MultiTaskTrainerBuilder builder = MultiTaskTrainer.CreateBuilder();
            change(builder);
            return FluentActions.Invoking(builder.Build).Should().Throw<TrainingConfigurationException>().Which.Message;
        }
    }

    private static MultiTaskTrainerBuilder Own() => Tiny.Builder(options => options.ProgressEvery = 1).UseTaskBalancing(context =>
    {
        context.Tasks.Should().Equal(AffectTaskNames.Expression, AffectTaskNames.ValenceArousal, AffectTaskNames.ActionUnits);
        return new LargestFirst();
    });

    /// <summary>A learned scale, and a buffer that counts what it saw and changes the next step.</summary>
    private sealed class LargestFirst : torch.nn.Module, ITaskBalancing
    {
        private readonly TorchSharp.Modules.Parameter _scale = new(torch.ones([]));
        private readonly torch.Tensor _seen = torch.zeros([]);

        public LargestFirst()
            : base(nameof(LargestFirst))
        {
            register_parameter("scale", _scale);
            register_buffer("seen", _seen);
        }

        public torch.nn.Module Module => this;

        public TaskLossResult Combine(TaskBalancingInput input)
        {
            using DisposeScope scope = torch.NewDisposeScope();
            torch.Tensor total = torch.stack([.. input.Tasks.Select(task => task.Loss)]).Squared().sum() * _scale / (_seen.Plus(1));
            using (torch.no_grad())
            {
                _seen.PlusInPlace(1);
            }

            return new(total.MoveToOuterDisposeScope(), [new("scale", _scale.detach().clone().MoveToOuterDisposeScope())]);
        }

        protected override void RegisterComponents()
        {
        }
    }
}
