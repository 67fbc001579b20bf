using SsMfar.Data;
using SsMfar.Imaging;
using SsMfar.Inference;
using SsMfar.Metadata;
using SsMfar.Predictions;
using SsMfar.Runtime;
using SsMfar.Training;

namespace SsMfar.Tests.Training;

/// <summary>Intensities of action units from labels to a loaded model: learned, judged, saved, resumed, started from.</summary>
public sealed class IntensityTrainingTests : IDisposable
{
    private const string Task = AffectTaskNames.ActionUnitIntensity;

    // Not the units of presence, and in another number.
    private static readonly ActionUnitSet Units = ActionUnitSet.Parse("AU4", "AU6", "AU12", "AU17");

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task They_are_learned_judged_saved_and_predicted_by_name()
    {
        string model = _folder.File("model.safetensors");

        using TrainingResult result = await Builder(options =>
        {
            options.Epochs = 16;
            options.SemiSupervision.Mode = SemiSupervisionMode.None;
        }).Build().FitAsync(Dataset(96), Dataset(64, seed: 2));
        result.SaveModel(model);

        result.Model.TaskNames.Should().Equal("expression", "valence_arousal", "action_units", Task);
        result.Model.Head(Task).Description.ToString().Should().StartWith("ordinal-mlp(hidden=8,").And.Contain("outputs=20, steps=5");
        var values = result.Evaluation.Tasks[Task].Values;
        values.Keys.Should().HaveCount(3 + (3 * 4)).And.Contain(["meanIcc", "meanPcc", "meanMae", "icc.AU17", "pcc.AU4", "mae.AU12"]);
        result.Evaluation.Tasks[Task].Primary.Should().Be(values["meanIcc"]).And.BeGreaterThan(0.1, "brightness is easily seen");
        result.Evaluation.Score.Should().Be(result.Evaluation.Tasks.Values.Sum(task => task.Primary));
        result.Evaluation.Affect.Intensities!.Units.Should().Be(Units);
        result.Evaluation.Affect.Intensities.Icc[3].Should().Be(values["icc.AU17"]);
        result.History[^1].Losses.Keys.Should().Contain([Task, $"{Task}.supervised"]);
        using AffectPredictor predictor = AffectPredictor.Load(model, new() { Parts = TinyBackbone.Parts, Device = ComputeDevice.Cpu });
        predictor.Metadata.IntensityUnits().Should().Be(Units);
        AffectPrediction prediction = predictor.Predict(new RgbImage(32, 32, new byte[32 * 32 * 3]));
        prediction.ActionUnitIntensities!.Units.Should().Be(Units);
        prediction.ActionUnitIntensities.Values.Should().OnlyContain(value => value >= 0 && value <= 5);
        AffectEvaluation judged = await predictor.EvaluateAsync(Dataset(64, seed: 2));
        judged.Scores.Intensities!.MeanIcc.Should().BeApproximately(values["meanIcc"]!.Value, 1e-5);
        judged.Scores.Intensities.MeanMae.Should().BeApproximately(values["meanMae"]!.Value, 1e-5);
    }

    [Fact]
    public async Task Nothing_changes_for_others_and_without_labels_the_task_is_left_out()
    {
        using TrainingResult plain = await Tiny.Builder().Build().FitAsync(TinyFaces.Dataset(32), TinyFaces.Dataset(24, seed: 2));
        using TrainingResult kept = await Tiny.Builder().Build().FitAsync(Dataset(32), Dataset(24, seed: 2));
        using TrainingResult asked = await Builder().Build().FitAsync(TinyFaces.Dataset(32), TinyFaces.Dataset(24, seed: 2));

        Tiny.ShouldEqual(kept, plain); // columns of intensities teach nothing unless the task is named
        Tiny.ShouldEqual(asked, plain);
        asked.TasksLeftOut.Should().Equal(Task);
        plain.TasksLeftOut.Should().BeEmpty();
        plain.Evaluation.Affect.Intensities.Should().BeNull();
    }

    [Fact]
    public async Task They_can_be_all_that_is_learned()
    {
        using TrainingResult result = await Tiny.Builder().UseVariant(SsMfarVariant.Mfar).UseTasks(Task).Build()
            .FitAsync(Dataset(32), Dataset(24, seed: 2));

        result.Model.TaskNames.Should().Equal(Task);
        result.Evaluation.Score.Should().Be(result.Evaluation.Affect.Intensities!.MeanIcc);
    }

    [Fact]
    public async Task Heads_start_from_how_often_each_grade_is_exceeded()
    {
        using TrainingResult result = await Tiny.Builder(options =>
        {
            options.Epochs = 1;
            options.Optimizer.HeadLearningRate = 1e-9;
            options.EmaDecay = null;
        }).UseVariant(SsMfarVariant.Mfar).UseTasks(Task).Build().FitAsync(Dataset(64), null);

        AnnotationSet labels = Dataset(64).Annotations;
        float?[] known = [.. labels.Select(row => row.Intensities[ActionUnit.AU12]).Where(value => value is not null)];
        float[] biases = Values(result, "heads.action_unit_intensity.biases");
        for (int step = 0; step < 5; step++)
        {
            double above = known.Sum(value => Math.Clamp(value!.Value - step, 0, 1));
            biases[(2 * 5) + step].Should().BeApproximately((float)Math.Log((above + 1) / (known.Length - above + 1)), 1e-5f);
        }
    }

    [Fact]
    public async Task A_run_is_gone_on_with_to_the_same_bits_and_refuses_other_labels()
    {
        string checkpoints = _folder.File("checkpoints");
        using TrainingResult whole = await Builder(options => options.Epochs = 3).Build().FitAsync(Dataset(32), null);
        using CancellationTokenSource stop = new();
        ProgressRecorder recorder = new(progress =>
        {
            if (progress is EpochProgress { Result.Epoch: 1 })
            {
                stop.Cancel();
            }
        });

        await FluentActions.Awaiting(() => Run(CheckpointMode.New, Dataset(32), recorder, stop.Token)).Should()
            .ThrowAsync<OperationCanceledException>();
        using TrainingResult again = await Run(CheckpointMode.Resume, Dataset(32));
        Func<Task> others = () => Run(CheckpointMode.Resume, Dataset(32, units: ActionUnitSet.Parse("AU1", "AU2", "AU4", "AU6")));

        Tiny.ShouldEqual(again, whole);
        await others.Should().ThrowAsync<CheckpointException>();

        Task<TrainingResult> Run(
            CheckpointMode mode, AffectDataset set, IProgress<TrainingProgress>? progress = null,
            CancellationToken cancellation = default) =>
            Builder(options => options.Epochs = 3).UseCheckpoints(checkpoints, mode).Build().FitAsync(set, null, progress, cancellation);
    }

    [Fact]
    public async Task A_model_is_started_from_where_its_units_are_the_same()
    {
        string model = _folder.File("model.safetensors");
        using (TrainingResult first = await Builder().Build().FitAsync(Dataset(32), null))
        {
            first.SaveModel(model);
        }

        (await Start(Units)).Should().Be(null);
        (await Start(ActionUnitSet.Parse("AU1", "AU6", "AU12", "AU17"))).Should()
            .Be("its units are AU4, AU6, AU12, AU17 in the model, AU1, AU6, AU12, AU17 in the run");

        async Task<string?> Start(ActionUnitSet units)
        {
            using TrainingResult result = await Builder(options => options.Epochs = 1).UseStartModel(model).Build()
                .FitAsync(Dataset(32, units: units), null);
            StartedPart part = result.Start!.Parts.Single(part => part.Name == $"head of {Task}");
            return part.IsTaken ? null : part.Reason;
        }
    }

    [Theory]
    [InlineData("agreement")]
    [InlineData("mixup")]
    [InlineData("frozen")]
    [InlineData("balanced")]
    [InlineData("weights")]
    [InlineData("all tasks")]
    public async Task Every_way_of_training_takes_them(string way)
    {
        AffectDataset training = Dataset(32);
        MultiTaskTrainerBuilder builder = Builder(options =>
        {
            switch (way)
            {
                case "agreement":
                    options.SemiSupervision.Mode = SemiSupervisionMode.Agreement;
                    break;
                case "mixup":
                    (options.Mixup.Alpha, options.Mixup.Share) = (0.5, 1);
                    break;
                case "frozen":
                    options.UseFrozenFeatures();
                    break;
                case "balanced":
                    options.Balancing.Kind = TaskBalancingKind.Uncertainty;
                    break;
            }
        });
        builder = way == "all tasks" ? builder.UseVariant(SsMfarVariant.Parse("ss-mfar-all")) : builder;
        training = way == "weights" ? training.With(training.Annotations.WithWeights(_ => 0.5f)) : training;

        using TrainingResult result = await builder.Build().FitAsync(training, Dataset(24, seed: 2));

        result.Evaluation.Affect.Intensities.Should().NotBeNull();
        result.History.Should().OnlyContain(epoch => double.IsFinite(epoch.Losses[Task]) && epoch.Losses[Task] > 0);
        result.History[0].Losses.ContainsKey($"{Task}.unsupervised").Should().Be(way == "agreement");
    }

    private static MultiTaskTrainerBuilder Builder(Action<TrainingOptions>? configure = null) => Tiny.Builder(configure).UseTasks(
        AffectTaskNames.Expression, AffectTaskNames.ValenceArousal, AffectTaskNames.ActionUnits, Task);

    private static float[] Values(TrainingResult result, string name)
    {
        using TorchSharp.DisposeScope scope = TorchSharp.torch.NewDisposeScope();
        TorchSharp.torch.Tensor values = result.Model.state_dict()[name].detach().cpu();
        return values.data<float>().ToArray();
    }

    // Brightness and the length of a bar, which augmentation leaves; unknown where valence and arousal are. AU12 has whole grades.
    private static AffectDataset Dataset(int rows, long seed = 1, ActionUnitSet? units = null)
    {
        ActionUnitSet named = units ?? Units;
        return new(
            TinyFaces.Annotations(rows, seed).WithIntensities(named, (row, unit) => row.ValenceArousal is not { } affect ? null
                : named.IndexOf(unit) switch
                {
                    0 => 2.5f + (2.5f * affect.Valence),
                    1 => 2.5f + (2.5f * affect.Arousal),
                    2 => MathF.Round(2.5f + (2.5f * affect.Valence)),
                    _ => Math.Max(0, 4 * affect.Valence),
                }),
            new TinyFaces.Images());
    }
}
