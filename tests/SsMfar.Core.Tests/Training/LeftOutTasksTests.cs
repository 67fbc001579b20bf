using Microsoft.Extensions.Logging;
using SsMfar.Data;
using SsMfar.Imaging;
using SsMfar.Inference;
using SsMfar.Metadata;
using SsMfar.Models;
using SsMfar.Predictions;
using SsMfar.Runtime;
using SsMfar.SemiSupervised;
using SsMfar.Tasks;
using SsMfar.Tests.Models;
using SsMfar.Training;

namespace SsMfar.Tests.Training;

/// <summary>Tasks that no row of the training set has a label of are left out with a warning, and whoever asks is told.</summary>
public sealed class LeftOutTasksTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Warnings _warnings = new();

    public void Dispose()
    {
        _folder.Dispose();
        _warnings.Dispose();
    }

    [Theory]
    [InlineData(AffectTaskNames.ValenceArousal)]
    [InlineData(AffectTaskNames.ActionUnits)]
    [InlineData(AffectTaskNames.Expression)]
    [InlineData(AffectTaskNames.ValenceArousal, AffectTaskNames.ActionUnits)]
    [InlineData(AffectTaskNames.Expression, AffectTaskNames.ActionUnits)]
    public async Task They_are_neither_learned_nor_predicted(params string[] tasks)
    {
        string[] rest = [.. new[] { AffectTaskNames.Expression, AffectTaskNames.ValenceArousal, AffectTaskNames.ActionUnits }
            .Except(tasks)];
        AffectDataset training = new(Without(TinyFaces.Annotations(24), tasks), new TinyFaces.Images());
        string model = _folder.File("model.safetensors");
        var progress = new ProgressRecorder();

        using TrainingResult result = await Tiny.Builder().UseLogging(_warnings).Build()
            .FitAsync(training, TinyFaces.Dataset(16, seed: 2), progress);
        result.SaveModel(model);

        result.TasksLeftOut.Should().Equal(tasks);
        result.Model.TaskNames.Should().Equal(rest);
        TasksProgress told = progress.Reports.OfType<TasksProgress>().Should().ContainSingle().Subject;
        (string.Join(' ', told.Tasks), string.Join(' ', told.LeftOut)).Should().Be((string.Join(' ', rest), string.Join(' ', tasks)));
        progress.Reports.TakeWhile(report => report is not TasksProgress).Should().NotContain(report => report is StepProgress);
        string names = string.Join(", ", tasks);
        _warnings.Lines.Should()
            .Contain($"20: No row of the training set has a label of {names}: not learned, and not predicted by the model");
        result.BestScore.Should().NotBeNull();
        using AffectPredictor predictor = AffectPredictor.Load(model, new() { Parts = TinyBackbone.Parts, Device = ComputeDevice.Cpu });
        AffectPrediction prediction = predictor.Predict(new RgbImage(32, 32, new byte[32 * 32 * 3]));
        (prediction.Expression is null, prediction.ValenceArousal is null, prediction.ActionUnits is null).Should()
            .Be((tasks.Contains("expression"), tasks.Contains("valence_arousal"), tasks.Contains("action_units")));
        predictor.Metadata.ExpressionClasses.IsEmpty.Should().Be(tasks.Contains("expression"));
        predictor.Metadata.ActionUnits.IsEmpty.Should().Be(tasks.Contains("action_units"));
    }

    [Fact]
    public async Task Where_every_task_has_a_label_nothing_is_left_out_and_nothing_said()
    {
        var progress = new ProgressRecorder();

        using TrainingResult result = await Tiny.Builder().UseLogging(_warnings).Build()
            .FitAsync(TinyFaces.Dataset(24), TinyFaces.Dataset(24, seed: 2), progress);

        result.TasksLeftOut.Should().BeEmpty();
        progress.Reports.OfType<TasksProgress>().Single().Tasks.Should().HaveCount(3);
        _warnings.Lines.Should().BeEmpty();
    }

    [Theory]
    [InlineData("ss-mfar", true)]
    [InlineData("ss-mfar-rs", true)]
    [InlineData("mfar-rs", false)]
    [InlineData("ssp-mfar-sa", false)]
    public async Task Without_expressions_pseudo_labels_are_off_and_that_is_said(string variant, bool said)
    {
        AffectDataset training = new(Without(TinyFaces.Annotations(24), "expression"), new TinyFaces.Images());

        using TrainingResult result = await Tiny.Builder(
            options => options.SemiSupervision.Alignment = new() { Target = AlignmentTarget.LabelledRows })
            .UseVariant(Tiny.WithoutPretraining(SsMfarVariant.Parse(variant))).AllowUnusedOptions().UseLogging(_warnings)
            .Build().FitAsync(training);

        result.TasksLeftOut.Should().Equal("expression");
        _warnings.Lines.Any(line => line.StartsWith("21: ", StringComparison.Ordinal)
            && line.Contains("pseudo-labels", StringComparison.Ordinal)).Should().Be(said);
        result.History.Should().OnlyContain(epoch => epoch.Policy.IsEmpty);
    }

    [Theory]
    [InlineData("ss-mfar", true)]
    [InlineData("mfar", false)]
    [InlineData("ssp-mfar-sa", false)]
    public async Task Without_the_expression_task_pseudo_labels_are_off_and_that_is_said(string variant, bool said)
    {
        AffectDataset training = TinyFaces.Dataset(24, withAges: true);
        MultiTaskTrainer trainer = Tiny.Builder().UseVariant(Tiny.WithoutPretraining(SsMfarVariant.Parse(variant)))
            .UseTasks("valence_arousal").AddTask(ExtensibilityTests.AgeTask).UseLogging(_warnings).Build();

        using TrainingResult result = await trainer.FitAsync(training);

        trainer.Options.SemiSupervision.Mode.Should()
            .Be(variant == "ssp-mfar-sa" ? SemiSupervisionMode.Agreement : SemiSupervisionMode.None);
        trainer.UnusedOptions.Should().BeEmpty();
        result.TasksLeftOut.Should().BeEmpty();
        result.Model.TaskNames.Should().Equal("valence_arousal", ExtensibilityTests.AgeTask.Name);
        _warnings.Lines.Any(line => line.StartsWith("21: ", StringComparison.Ordinal)).Should().Be(said);
        result.History.Should().OnlyContain(epoch => epoch.Policy.IsEmpty);
    }

    [Theory]
    [InlineData(0.1)]
    [InlineData(0)]
    public async Task A_coupling_of_tasks_that_are_learned_stays_without_the_task_that_pseudo_labels_were_for(double weight)
    {
        AffectDataset training = new(Without(TinyFaces.Annotations(24), "valence_arousal"), new TinyFaces.Images());

        using TrainingResult result = await Tiny.Builder(options =>
        {
            options.SemiSupervision.Tasks = UnlabelledTasks.ValenceArousal;
            options.SemiSupervision.Teacher = PseudoLabelTeacher.Average;
            options.SemiSupervision.Coupling.Weight = weight;
        }).UseLogging(_warnings).Build().FitAsync(training);

        result.TasksLeftOut.Should().Equal("valence_arousal");
        result.History.Should().OnlyContain(epoch => epoch.Losses.ContainsKey("coupling") == weight > 0 && epoch.Policy.IsEmpty);
        _warnings.Lines.Should().Contain("21: Without valence_arousal there is nothing to give pseudo-labels for: the run has none");
    }

    [Fact]
    public async Task Such_a_run_resumes_as_it_was_started()
    {
        string checkpoints = _folder.File("run");
        AffectDataset training = new(Without(TinyFaces.Annotations(24), "expression", "valence_arousal"), new TinyFaces.Images());
        MultiTaskTrainerBuilder Builder(CheckpointMode mode) => Tiny.Builder().UseCheckpoints(checkpoints, mode);
        using TrainingResult first = await Builder(CheckpointMode.New).Build().FitAsync(training, training);

        using TrainingResult second = await Builder(CheckpointMode.Resume).Build().FitAsync(training, training);

        second.TasksLeftOut.Should().Equal("expression", "valence_arousal");
        Tiny.ShouldEqual(second, first);
    }

    [Fact]
    public async Task Where_no_task_has_a_label_the_run_ends_before_an_image_is_decoded()
    {
        AffectDataset training = new(new AnnotationSet(Enumerable.Range(0, 20).Select(i =>
            TinyFaces.Unlabelled(i))), new TinyFaces.Images());
        var progress = new ProgressRecorder();

        (await FluentActions.Awaiting(() => Tiny.Builder().Build().FitAsync(training, null, progress))
            .Should().ThrowAsync<InsufficientDataException>())
            .WithMessage("*No row of the training set has a label of expression, valence_arousal, action_units*Add labelled rows*");
        progress.Reports.Should().BeEmpty();
    }

    [Fact]
    public async Task A_task_of_ones_own_is_left_out_alike()
    {
        AnnotationSet ages = TinyFaces.Annotations(24, withAges: true);
        AffectDataset training = new(
            new AnnotationSet(ages.Select(row =>
                row with { Extra = new[] { float.NaN } }), ages.ExpressionClasses, [TinyFaces.AgeColumn]), new TinyFaces.Images());

        using TrainingResult result = await Tiny.Builder().AddTask(ExtensibilityTests.AgeTask).UseLogging(_warnings).Build()
            .FitAsync(training);

        result.TasksLeftOut.Should().Equal(ExtensibilityTests.AgeTask.Name);
        result.Model.TaskNames.Should().HaveCount(3);
    }

    [Fact]
    public async Task Labels_of_images_that_cannot_be_read_do_not_count()
    {
        AnnotationSet all = TinyFaces.Annotations(24);
        AnnotationSet few = new(all.Select((row, i) => i == 5 ? row : row with { ValenceArousal = null }));
        AffectDataset training = new(few, new TinyFaces.Images().With(few[5].Image, [1, 2, 3]));

        using TrainingResult result = await Tiny.Builder(options => options.OnBadImage = ImageFailurePolicy.Skip)
            .UseVariant(SsMfarVariant.Mfar).Configure(options =>
                options.Imbalance.WeightCap = 10).UseLogging(_warnings).Build().FitAsync(training);

        result.TasksLeftOut.Should().Equal("valence_arousal");
    }

    [Fact]
    public async Task The_best_epoch_is_chosen_by_the_tasks_that_the_validation_set_has_labels_of()
    {
        AffectDataset training = TinyFaces.Dataset(24);
        AffectDataset validation = new(Without(TinyFaces.Annotations(16, seed: 2), "action_units"), new TinyFaces.Images());

        using TrainingResult result = await Tiny.Builder().UseLogging(_warnings).Build().FitAsync(training, validation);

        result.TasksLeftOut.Should().BeEmpty();
        _warnings.Lines.Should().ContainSingle().Which.Should().StartWith("22: No row of the validation set has a label of action_units");
        foreach (EpochResult epoch in result.History)
        {
            epoch.Evaluation!.Tasks["action_units"].Primary.Should().BeNull();
            epoch.Evaluation.Score
                .Should().Be(epoch.Evaluation.Tasks["expression"].Primary + epoch.Evaluation.Tasks["valence_arousal"].Primary);
        }

        AnnotationSet none = Without(validation.Annotations, "expression", "valence_arousal");
        using TrainingResult last = await Tiny.Builder().UseLogging(_warnings).Build()
            .FitAsync(training, new(none, new TinyFaces.Images()));
        (last.BestScore, last.BestEpoch).Should().Be((null, 2));
        _warnings.Lines[^1].Should().StartWith("23: No row of the validation set has a label");
    }

    [Fact]
    public async Task Tasks_chosen_by_hand_are_learned_alone()
    {
        AffectDataset faces = TinyFaces.Dataset(24);

        using TrainingResult result = await Tiny.Builder().UseVariant(SsMfarVariant.Mfar).UseTasks("action_units").Build()
            .FitAsync(faces, faces);

        result.Model.TaskNames.Should().Equal("action_units");
        result.TasksLeftOut.Should().BeEmpty("nobody asked for the others");
    }

    private static AnnotationSet Without(AnnotationSet annotations, params string[] tasks) => new(
        annotations.Select(row => new AnnotationRow(
            row.Image,
            tasks.Contains("valence_arousal") ? null : row.ValenceArousal,
            tasks.Contains("expression") ? null : row.Expression,
            tasks.Contains("action_units") ? ActionUnitLabels.Unknown : row.ActionUnits)),
        annotations.ExpressionClasses);

    private sealed class Warnings : ILoggerFactory, ILogger
    {
        public List<string> Lines { get; } = [];

        public ILogger CreateLogger(string categoryName) => this;

        public void AddProvider(ILoggerProvider provider)
        {
        }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?,
            string> formatter)
        {
            if (IsEnabled(logLevel))
            {
                Lines.Add(FormattableString.Invariant($"{eventId.Id}: {formatter(state, exception)}"));
            }
        }

        public void Dispose()
        {
        }
    }
}
