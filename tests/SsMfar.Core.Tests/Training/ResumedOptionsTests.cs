using SsMfar.Data;
using SsMfar.SemiSupervised;
using SsMfar.Tests.Models;
using SsMfar.Training;

namespace SsMfar.Tests.Training;

/// <summary>
/// Every option that is off unless asked for: a run with it that was stopped and resumed equals one never stopped, bit for bit.
/// </summary>
public sealed class ResumedOptionsTests
{
    private const int Epochs = 4;
    private static readonly AffectDataset Training = TinyFaces.Dataset(100);
    private static readonly AffectDataset Validation = TinyFaces.Dataset(40, seed: 2);

    private static readonly Dictionary<string, Action<TrainingOptions>> Changes = new()
    {
        ["label smoothing"] = options => options.LabelSmoothing = 0.1,
        ["learned task weights"] = options => options.Balancing.Kind = TaskBalancingKind.Uncertainty,
        ["fixed task weights"] = options => options.Balancing.Weights["action_units"] = 3,
        ["alignment"] = options => options.SemiSupervision.Alignment = new() { Target = AlignmentTarget.LabelledRows, Window = 4 },
        ["mixup"] = options => options.Mixup.Alpha = 0.4,
        ["mixup of every row"] = options => options.Mixup = new() { Alpha = 1, Share = 1 },
        ["fixed threshold"] = options => options.SemiSupervision.Policy = PseudoLabelPolicyKind.FixedThreshold,
        ["FlexMatch"] = options => options.SemiSupervision.Policy = PseudoLabelPolicyKind.FlexMatch,
        ["FreeMatch, aligned"] = options =>
            (options.SemiSupervision.Policy, options.SemiSupervision.Alignment) = (PseudoLabelPolicyKind.FreeMatch, new() {
                Target = AlignmentTarget.Uniform }),
        ["SoftMatch"] = options => options.SemiSupervision.Policy = PseudoLabelPolicyKind.SoftMatch,
        ["FlexMatch with a threshold"] = options =>
            (options.SemiSupervision.Policy, options.SemiSupervision.FlexMatch.Threshold) = (PseudoLabelPolicyKind.FlexMatch, 0.2),
        ["averaged teacher"] = options => options.SemiSupervision.Teacher = PseudoLabelTeacher.Average,
        ["frozen features"] = options => options.FrozenFeatures.Enabled = true,
        ["frozen features, other views"] = options =>
            options.FrozenFeatures = new() { Enabled = true, WeakViews = 0, StrongViews = 0, StrongDropout = 0.5 },
        ["frozen backbone"] = options => options.Optimizer.FrozenBackboneEpochs = 2,
    };

    public static TheoryData<string> Options => [.. Changes.Keys];

    [Theory]
    [MemberData(nameof(Options))]
    public async Task A_run_stopped_in_epochs_and_at_their_ends_equals_one_never_stopped(string option)
    {
        using TrainingResult plain = await Builder(_ => { }).Build().FitAsync(Training, Validation);
        using TrainingResult whole = await Builder(Changes[option]).Build().FitAsync(Training, Validation);
        Tiny.Weights(whole.Model).Should()
            .Contain(entry => !entry.Value.SequenceEqual(Tiny.Weights(plain.Model)[entry.Key]), "the option does something");

        using var folder = new TemporaryFolder();
        (int Epoch, int? Step)[] stops = [(1, 2), (2, null), (3, 1), (4, 2)];
        foreach ((int epoch, int? step) in stops)
        {
            await StopAt(Builder(Changes[option]).UseCheckpoints(folder.Path, CheckpointMode.ResumeIfPresent), epoch, step);
        }

        using TrainingResult resumed =
            await Builder(Changes[option]).UseCheckpoints(folder.Path, CheckpointMode.Resume).Build().FitAsync(Training, Validation);
        Tiny.ShouldEqual(resumed, whole);
    }

    [Theory]
    [MemberData(nameof(Options))]
    public async Task A_run_without_the_option_cannot_be_resumed_with_it(string option)
    {
        using var folder = new TemporaryFolder();
        await StopAt(Builder(_ => { }).UseCheckpoints(folder.Path), 1, 1);

        Func<Task> fit = async () => (await Builder(Changes[option]).UseCheckpoints(folder.Path, CheckpointMode.ResumeIfPresent).Build()
            .FitAsync(Training, Validation)).Dispose();
        await fit.Should().ThrowAsync<CheckpointException>().WithMessage("*started differently*");
    }

    private static MultiTaskTrainerBuilder Builder(Action<TrainingOptions> change) => Tiny.Builder(options =>
    {
        options.Epochs = Epochs;
        options.AccumulationSteps = 2;
        options.GradientClipNorm = 2;
        options.SemiSupervision.Threshold.Start = 0.2;
        options.SemiSupervision.Threshold.Floor = 0.1;
        change(options);

        // Some policies have no use for the thresholds that others start from.
    }).AllowUnusedOptions();

    private static async Task StopAt(MultiTaskTrainerBuilder builder, int epoch, int? step)
    {
        using var stop = new CancellationTokenSource();
        var progress = new ProgressRecorder(report =>
        {
            bool here = report switch
            {
                StepProgress at => at.Epoch == epoch && at.Step == step,
                EpochProgress at => at.Result.Epoch == epoch && step is null,
                _ => false,
            };
            if (here)
            {
                stop.Cancel();
            }
        });
        Func<Task> fit = async () => (await builder.Build().FitAsync(Training, Validation, progress, stop.Token)).Dispose();
        await fit.Should().ThrowAsync<OperationCanceledException>();
    }
}
