using SsMfar.Augmentation;
using SsMfar.Data;
using SsMfar.Imaging;
using SsMfar.Losses;
using SsMfar.Metadata;
using SsMfar.Metrics;
using SsMfar.Models;
using SsMfar.Randomness;
using SsMfar.Runtime;
using SsMfar.SemiSupervised;
using SsMfar.Tasks;
using SsMfar.Tests.Models;
using SsMfar.Training;
using SsMfar.Weights;
using TorchSharp;

namespace SsMfar.Tests.Training;

public sealed class CheckpointTests
{
    private static readonly AffectDataset Training = TinyFaces.Dataset(32);

    [Fact]
    public async Task A_checkpoint_that_is_there_is_an_error_unless_it_is_to_be_resumed()
    {
        using var folder = new TemporaryFolder();
        await FitIn(folder);

        (await Failing(folder, b => b, CheckpointMode.New)).Message.Should().Contain(folder.Path).And.Contain("Resume");
        (await Tiny.Builder().UseCheckpoints(folder.Path, CheckpointMode.Resume).Build().FitAsync(Training)).Dispose();
    }

    [Fact]
    public async Task A_checkpoint_that_is_not_there_is_an_error_where_it_is_to_be_resumed()
    {
        using var folder = new TemporaryFolder();

        (await Failing(folder, b => b, CheckpointMode.Resume)).Message.Should().Contain(folder.Path)
            .And.Contain("no checkpoint to resume").And.Contain("ResumeIfPresent");
        FluentActions.Invoking(() => Tiny.Builder().UseCheckpoints(folder.Path, (CheckpointMode)3)).Should().Throw<ArgumentException>();
        (await Resuming(folder).Build().FitAsync(Training)).Dispose();
    }

    [Fact]
    public async Task A_folder_in_which_a_run_is_under_way_is_refused_and_free_after()
    {
        using var folder = new TemporaryFolder();
        Exception? refusal = null;
        var second = new ProgressRecorder(_ => refusal ??= Record.Exception(
            () => Resuming(folder).Build().FitAsync(Training).GetAwaiter().GetResult().Dispose()));

        (await Tiny.Builder().UseCheckpoints(folder.Path).Build().FitAsync(Training, progress: second)).Dispose();

        refusal.Should().BeOfType<CheckpointException>().Which.Message.Should().Contain(folder.Path).And.Contain("under way");
        (await Resuming(folder).Build().FitAsync(Training)).Dispose();
    }

    [Fact]
    public async Task Resuming_with_anything_else_names_what_differs()
    {
        using var folder = new TemporaryFolder();
        await FitIn(folder);

        (await Failing(folder, b => b.Configure(o => (o.Epochs, o.Optimizer.WeightDecay) = (9, 0.25)))).Message
            .Should().Contain("Epochs was 2, is 9").And.Contain("Optimizer.WeightDecay was 0.05, is 0.25").And.NotContain("BatchSize");
        (await Failing(folder, b => b.UseVariant(SsMfarVariant.Mfar))).Message.Should().Contain("Variant was ss-mfar, is mfar").And
            .Contain("SemiSupervision.Mode");
        (await Failing(folder, b => b.UseBackbone(BackboneFactory.ResNet18))).Message.Should().Contain("Backbone was tiny, is resnet18");
        (await Failing(folder, b => b.UseSampler(_ => new ClassBalancedSampler()))).Message.Should()
            .Contain("Sampler was by the options, is SsMfar.Data.ClassBalancedSampler");
        (await Failing(folder, b => b.UseMonitoredScore(scores => scores[AffectTaskNames.Expression].Primary))).Message.Should()
            .Contain("MonitoredScore was none, is given");
        (await Failing(folder, b => b.UseWeakView(_ => new WeakAugmentation(new())))).Message.Should()
            .Contain("WeakView was by the options, is SsMfar.Augmentation.WeakAugmentation");
        (await Failing(folder, b => b
            .UsePseudoLabelPolicy(AffectTaskNames.Expression, c => new FixedThresholdPolicy(c.Classes.Count, new())))).Message.Should()
            .Contain("Policy.expression was by the options, is SsMfar.SemiSupervised.FixedThresholdPolicy");
        (await Failing(folder, b => b.UseLoss(AffectTaskNames.ActionUnits, _ => new ValenceArousalLoss()))).Message.Should()
            .Contain("Loss.action_units");
        (await Failing(folder, b => b.UseMetric(AffectTaskNames.ActionUnits, _ => new NeverAsked()))).Message.Should()
            .Contain("Metric.action_units was none, is SsMfar.Tests.Training.CheckpointTests+NeverAsked");
        (await Failing(folder, b => b.AddTask(ExtensibilityTests.AgeTask), training: TinyFaces.Dataset(32, withAges: true))).Message
            .Should().Contain("Labels.age was none, is SsMfar.Data.ColumnLabels(age)")
            .And.Contain("Metric.age was none, is SsMfar.Metrics.RegressionMetric");
        (await Failing(folder, b => b.UseHead(AffectTaskNames.Expression, c => new LinearHead(c.FeatureWidth, 8, c.Key)))).Message.Should()
            .Contain("Head.expression was mlp");
        (await Failing(folder, b => b, training: TinyFaces.Dataset(33))).Message.Should().Contain("TrainingSet was 32 rows");
        (await Failing(folder, b => b, validation: TinyFaces.Dataset(10))).Message.Should().Contain("ValidationSet was none, is 10 rows");

        // How often progress is told changes nothing.
        (await Resuming(folder).Configure(o => o.ProgressEvery = 3).Build().FitAsync(Training)).Dispose();
    }

    [Fact]
    public async Task Pretrained_weights_are_told_by_their_content_wherever_they_lie()
    {
        using var folder = new TemporaryFolder();
        string first = Weights(folder.File("weights.safetensors"), seed: 5);
        async Task FitFrom(string path) => (await Tiny.Builder(options => options.Epochs = 1)
            .UseBackbone(BackboneFactory.ResNet18, PretrainedWeights.FromFile(path, ChannelOrder.Rgb))
            .UseCheckpoints(folder.File("run"), CheckpointMode.ResumeIfPresent).Build().FitAsync(TinyFaces.Dataset(12))).Dispose();
        await FitFrom(first);

        Directory.CreateDirectory(folder.File("elsewhere"));
        string moved = folder.File("elsewhere/renamed.safetensors");
        File.Move(first, moved);
        await FitFrom(moved);
        Weights(first, seed: 6);
        await FluentActions.Awaiting(() => FitFrom(first)).Should().ThrowAsync<CheckpointException>()
            .WithMessage("*started differently: PretrainedContent was content *(Rgb), is content *(Rgb).*");

        static string Weights(string path, int seed)
        {
            using ResNet network = new(18, RandomKey.FromSeed(seed));
            SafetensorsWriter.Write(path, network.state_dict());
            return path;
        }
    }

    [Theory]
    [InlineData("a.pth (Rgb)", "content 1 (Rgb)", "b.pth (Rgb)", "content 1 (Rgb)", 0)]
    [InlineData("a.pth (Rgb)", "content 1 (Rgb)", "a.pth (Rgb)", "content 2 (Rgb)", 1)]
    [InlineData("a.pth (Rgb)", null, "a.pth (Rgb)", "content 1 (Rgb)", 0)]
    [InlineData("a.pth (Rgb)", null, "b.pth (Rgb)", "content 1 (Rgb)", 1)]
    [InlineData("a.pth (Rgb)", "content 1 (Rgb)", "a.pth (Rgb)", null, 0)]
    [InlineData("none", null, "a.pth (Rgb)", "content 1 (Rgb)", 1)]
    public void Weights_whose_content_one_side_does_not_tell_are_known_by_name(
        string was, string? contentWas, string now, string? contentNow, int differences) =>
        Run(was, contentWas).Differences(Run(now, contentNow)).Should().HaveCount(differences);

    private static RunDescription Run(string pretrained, string? content) => RunDescription.Of(
        new(),
        [new("Pretrained", pretrained), .. content is null ? [] : new[] { KeyValuePair.Create("PretrainedContent", content) }]);

    [Fact]
    public async Task A_run_is_not_resumed_with_a_task_of_another_column()
    {
        using var folder = new TemporaryFolder();
        AnnotationSet ages = TinyFaces.Annotations(32, withAges: true);
        AffectDataset both = new(
            new AnnotationSet(
                ages.Select(row => row with { Extra = new[] { row.Extra.Span[0], 1 - row.Extra.Span[0] } }),
                ages.ExpressionClasses, ["age", "youth"]),
            new TinyFaces.Images());
        MultiTaskTrainerBuilder Builder(string column) => Resuming(folder).AddTask(AffectTask.Create(
            "years",
            new ColumnLabels(column),
            context => new LinearHead(context.FeatureWidth, 1, context.Key),
            _ => new ValenceArousalLoss(),
            _ => new RegressionMetric(["years"], RegressionScore.NegativeMeanAbsoluteError),
            new NumberDecoder()));
        (await Builder("age").Build().FitAsync(both)).Dispose();

        Func<Task> other = async () => (await Builder("youth").Build().FitAsync(both)).Dispose();

        (await other.Should().ThrowAsync<CheckpointException>())
            .WithMessage("*Labels.years was SsMfar.Data.ColumnLabels(age), is SsMfar.Data.ColumnLabels(youth)*");
        (await Builder("age").Build().FitAsync(both)).Dispose();
    }

    [Fact]
    public async Task A_file_that_is_no_checkpoint_is_refused()
    {
        using var folder = new TemporaryFolder();
        using torch.Tensor tensor = torch.ones(3);
        SafetensorsWriter.Write(folder.File("checkpoint.safetensors"), new Dictionary<string, torch.Tensor> { ["x"] = tensor });
        (await Failing(folder, b => b)).Message.Should().Contain("no checkpoint of this library");

        await File.WriteAllTextAsync(folder.File("checkpoint.safetensors"), "nothing of the kind");
        await FluentActions.Awaiting(() => Resuming(folder).Build().FitAsync(Training))
            .Should().ThrowAsync<ModelFileException>().WithMessage($"*{folder.Path}*");
    }

    [Fact]
    public async Task A_description_without_entries_is_refused_in_words()
    {
        using var folder = new TemporaryFolder();
        await FitIn(folder);
        Change(folder, "run", "{}");

        (await Failing(folder, b => b)).Message.Should().Contain("checkpoint.safetensors").And.Contain("damaged");
    }

    [Fact]
    public async Task A_newer_checkpoint_is_refused()
    {
        using var folder = new TemporaryFolder();
        await FitIn(folder);
        Change(folder, "format_version", "2");

        (await Failing(folder, b => b)).Message.Should().Contain("format version 2").And.Contain("newer than version 1")
            .And.Contain("Update");
    }

    [Fact]
    public async Task Files_left_by_killed_processes_are_removed_and_others_are_not()
    {
        using var folder = new TemporaryFolder();
        string[] others = ["notes.txt", ".other.tmp", "best-model.safetensors", "best-1.safetensors", "best-00001b.safetensors"];
        foreach (string name in (string[])[".checkpoint.safetensors.1.tmp", ".best-00001.safetensors.2.tmp", .. others])
        {
            await File.WriteAllTextAsync(folder.File(name), "x");
        }

        await FitIn(folder);

        Directory.GetFiles(folder.Path).Select(Path.GetFileName).Should().BeEquivalentTo(
            ["checkpoint.safetensors", "best-00002.safetensors", .. others]);
    }

    [Fact]
    public async Task The_best_model_beside_a_checkpoint_predicts_as_the_result_does()
    {
        using var folder = new TemporaryFolder();
        using TrainingResult result = await Tiny.Builder().UseCheckpoints(folder.Path).Build()
            .FitAsync(Training, TinyFaces.Dataset(20, seed: 2));
        using LoadedModel best = ModelFile.Load(folder.File($"best-{result.BestEpoch:00000}.safetensors"), TinyBackbone.Parts);

        Dictionary<string, byte[]> expected = Tiny.Weights(result.Model);
        foreach ((string name, byte[] bytes) in Tiny.Weights(best.Model))
        {
            bytes.Should().Equal(expected[name], name);
        }

        best.Metadata.Training!.Score.Should().Be(result.BestScore);
    }

    // One text of the checkpoint, and all else as it was.
    private static void Change(TemporaryFolder folder, string key, string text)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        string path = folder.File("checkpoint.safetensors");
        Dictionary<string, string> metadata;
        Dictionary<string, torch.Tensor> tensors;
        using (SafetensorsReader reader = SafetensorsReader.Open(path))
        {
            metadata = new(reader.Metadata) { [key] = text };
            tensors = reader.Keys.ToDictionary(name => name, reader.Read);
        }

        SafetensorsWriter.Write(path, tensors, metadata);
    }

    private static MultiTaskTrainerBuilder Resuming(TemporaryFolder folder) =>
        Tiny.Builder().UseCheckpoints(folder.Path, CheckpointMode.ResumeIfPresent);

    private static async Task FitIn(TemporaryFolder folder) =>
        (await Tiny.Builder().UseCheckpoints(folder.Path).Build().FitAsync(Training)).Dispose();

    private static async Task<CheckpointException> Failing(
        TemporaryFolder folder,
        Func<MultiTaskTrainerBuilder, MultiTaskTrainerBuilder> change,
        CheckpointMode mode = CheckpointMode.ResumeIfPresent,
        AffectDataset? training = null,
        AffectDataset? validation = null)
    {
        MultiTaskTrainer trainer = change(Tiny.Builder()).UseCheckpoints(folder.Path, mode).Build();
        Func<Task> fit = async () => (await trainer.FitAsync(training ?? Training, validation)).Dispose();
        return (await fit.Should().ThrowAsync<CheckpointException>()).Which;
    }

    private sealed class NeverAsked : ITaskMetric
    {
        public void Update(torch.Tensor outputs, torch.Tensor values, torch.Tensor mask) => throw new NotSupportedException();

        public TaskScore Compute() => throw new NotSupportedException();
    }
}
