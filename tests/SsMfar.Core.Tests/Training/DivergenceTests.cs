using SsMfar.Losses;
using SsMfar.Metadata;
using SsMfar.Models;
using SsMfar.Runtime;
using SsMfar.Tasks;
using SsMfar.Tests.Models;
using SsMfar.Training;
using TorchSharp;

namespace SsMfar.Tests.Training;

/// <summary>A run that diverged says so, whenever it is asked to stop, and leaves no file of it.</summary>
public sealed class DivergenceTests
{
    // 48 rows in batches of 16.
    private const int Steps = 3;

    [Fact]
    public async Task A_loss_that_is_no_number_between_two_reports_is_not_written_by_a_cancellation()
    {
        using var folder = new TemporaryFolder();
        using var stop = new CancellationTokenSource();

        await FluentActions.Awaiting(() => Fit(folder, stop, new Planned((call, weak) =>
            {
                if (call < 2)
                {
                    return weak.Squared().mean();
                }

                stop.Cancel();
                return weak.mean() * Scalars.Of(double.NaN);
            })))
            .Should().ThrowAsync<TrainingDivergedException>().WithMessage("Epoch 1, step 2: *valence_arousal*");

        folder.File("checkpoint.safetensors").Should().Match(path => !File.Exists(path));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(Steps)]
    public async Task A_weight_that_is_no_number_is_not_written_though_every_loss_was_one(int step)
    {
        using var folder = new TemporaryFolder();
        using var stop = new CancellationTokenSource();

        await FluentActions.Awaiting(() => Fit(folder, stop, new Planned((call, weak) =>
            {
                if (call < step)
                {
                    return weak.Squared().mean();
                }

                if (step < Steps)
                {
                    stop.Cancel();
                }

                // The root of 0: its value is 0, its gradient infinity times 0.
                return (weak * Scalars.Of(0)).Squared().sum().sqrt();
            })))
            .Should().ThrowAsync<TrainingDivergedException>()
            .WithMessage($"Epoch 1, step {step}: *backbone*not finite*learning rate*");

        Directory.EnumerateFiles(folder.Path, "*.safetensors").Should().BeEmpty("neither checkpoint nor best model");
    }

    [Fact]
    public async Task A_cancelled_run_that_is_sound_is_written()
    {
        using var folder = new TemporaryFolder();
        using var stop = new CancellationTokenSource();

        await FluentActions.Awaiting(() => Fit(folder, stop, new Planned((call, weak) =>
            {
                if (call == 2)
                {
                    stop.Cancel();
                }

                return weak.Squared().mean();
            })))
            .Should().ThrowAsync<OperationCanceledException>();

        folder.File("checkpoint.safetensors").Should().Match(path => File.Exists(path));
    }

    [Fact]
    public async Task Finite_weights_with_outputs_that_are_none_are_told_at_the_evaluation()
    {
        MultiTaskTrainerBuilder builder = Tiny.Builder()
            .UseHead(AffectTaskNames.ValenceArousal, context => Enormous(new(context.FeatureWidth, 4, 2, context.Key)))
            .UseLoss(AffectTaskNames.ValenceArousal, _ => new Planned((_, weak) => weak.nan_to_num(0, 0, 0).sum() * Scalars.Of(0)));

        (await FluentActions.Awaiting(() => builder.Build().FitAsync(TinyFaces.Dataset(48), TinyFaces.Dataset(16, seed: 2)))
            .Should().ThrowAsync<TrainingDivergedException>()).WithMessage("*valence_arousal*validation*");
    }

    private static MlpHead Enormous(MlpHead head)
    {
        using var noGradient = torch.no_grad();
        foreach (TorchSharp.Modules.Parameter parameter in head.parameters())
        {
            parameter.mul_(Scalars.Of(1e25));
        }

        return head;
    }

    private static Task<TrainingResult> Fit(TemporaryFolder folder, CancellationTokenSource stop, ITaskLoss loss) =>
        Tiny.Builder(options => options.ProgressEvery = 100).UseVariant(SsMfarVariant.Mfar)
            .UseLoss(AffectTaskNames.ValenceArousal, _ => loss).UseCheckpoints(folder.Path)
            .Build().FitAsync(TinyFaces.Dataset(48), null, null, stop.Token);

    /// <summary>Says what each call gives, from 1: a call a step.</summary>
    private sealed class Planned(Func<int, torch.Tensor, torch.Tensor> plan) : ITaskLoss
    {
        private int _calls;

        public TaskLossResult Compute(TaskLossInput input) => new(plan(++_calls, input.Weak), []);
    }
}
