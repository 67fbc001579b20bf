using SsMfar.Data;
using SsMfar.Imaging;
using SsMfar.Inference;
using SsMfar.Metadata;
using SsMfar.Models;
using SsMfar.Runtime;
using SsMfar.Tests.Models;
using SsMfar.Training;
using SsMfar.Weights;
using TorchSharp;

namespace SsMfar.Tests.Training.Continued;

/// <summary>A run that starts from a whole model: what it takes, what it does not and says why, and what is refused.</summary>
public sealed class StartModelTests(StartModelTests.TrainedModel model) : IClassFixture<StartModelTests.TrainedModel>
{
    private static readonly AffectDataset Training = TinyFaces.Dataset(48);

    [Fact]
    public async Task Backbone_and_heads_are_those_of_the_file()
    {
        using TrainingResult result = await Unmoved(_ => { }).Build().FitAsync(Training);

        Tiny.Weights(result.Model).Should().OnlyContain(entry => entry.Value.SequenceEqual(model.Weights[entry.Key]));
        result.Start!.Path.Should().Be(model.Path);
        result.Start.Parts.Select(part => part.ToString()).Should()
            .Equal("backbone", "head of expression", "head of valence_arousal", "head of action_units");
        result.Start.Parts.Should().OnlyContain(part => part.IsTaken);
        result.Start.Notes.Should().Equal("The model reads blue, green, red, and so does the run's.");
        result.Metadata.Input.Mean.Should().Be(model.Input.Mean);
        result.Metadata.Input.StandardDeviation.Should().Be(model.Input.StandardDeviation);
        result.Metadata.Input.ChannelOrder.Should().Be(ChannelOrder.Bgr);
    }

    [Fact]
    public async Task The_images_are_read_as_the_models_are()
    {
        using TrainingResult result = await Unmoved(_ => { }).Build().FitAsync(Training, TinyFaces.Dataset(30, seed: 2));

        using AffectPredictor predictor = AffectPredictor.Load(model.Path, new() { Parts = TinyBackbone.Parts });
        result.Evaluation.Affect.PMtl.Should().BeApproximately(
            (await predictor.EvaluateAsync(TinyFaces.Dataset(30, seed: 2))).Scores.PMtl!.Value, 1e-4);
    }

    [Theory]
    [InlineData("width", "head of expression: it is mlp(hidden=8, inputs=24, outputs=8) in the model, mlp(hidden=9, *")]
    [InlineData("normalised", "head of expression: features are not L2-normalised in the model, L2-normalised in the run")]
    [InlineData("classes", "head of expression: its classes are Neutral, Anger, * in the model, Anger, Neutral, * in the run")]
    [InlineData("kind", "head of expression: it is mlp(*) in the model, linear(*) in the run")]
    public async Task A_head_that_is_not_the_tasks_starts_fresh_and_the_report_says_why(string difference, string reason)
    {
        using var log = new LogBook();
        string[] names = [.. ExpressionClassSet.AffWild2.Names];
        AffectDataset data = difference == "classes"
            ? TinyFaces.Dataset(48, classes: new ExpressionClassSet([names[1], names[0], .. names[2..]]))
            : Training;
        MultiTaskTrainerBuilder builder = Unmoved(options =>
        {
            options.Heads.HiddenWidth = difference == "width" ? 9 : 8;
            options.Heads.L2Normalize = difference == "normalised";
        }).UseLogging(log);
        if (difference == "kind")
        {
            builder.UseHead(AffectTaskNames.Expression, context => new LinearHead(context.FeatureWidth, 8, context.Key));
        }

        using TrainingResult result = await builder.Build().FitAsync(data);

        result.Start!.Parts.Single(part => part.Name == "head of expression").ToString().Should().Match(reason);
        result.Start.Parts.Single(part => part.Name == "backbone").IsTaken.Should().BeTrue();
        log.Of(33).Select(entry => entry.Text).Should()
            .Contain(text => text.StartsWith("The head of expression of ", StringComparison.Ordinal));
        Dictionary<string, byte[]> weights = Tiny.Weights(result.Model);
        foreach (string name in weights.Keys.Where(name => name.EndsWith("weight", StringComparison.Ordinal) || IsBackbone(name)))
        {
            bool taken = result.Start.Parts.Single(part => part.Name == (IsBackbone(name)
                ? "backbone"
                : $"head of {name.Split('.')[1]}")).IsTaken;
            bool same = model.Weights.TryGetValue(name, out byte[]? was) && weights[name].SequenceEqual(was);
            same.Should().Be(taken, name);
        }

        static bool IsBackbone(string name) => name.StartsWith("backbone.", StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_head_of_a_tuned_model_is_taken_and_its_tuning_is_not()
    {
        using var folder = new TemporaryFolder();
        string tuned = folder.File("tuned.safetensors");
        ModelFile.ChangeMetadata(model.Path, tuned, metadata => metadata.WithExpressionDecision(new([1, 2, 1, 1, 1, 1, 1, 1], 1.5)));

        using TrainingResult result = await Tiny.Builder(Still).UseStartModel(tuned).Build().FitAsync(Training);

        result.Start!.Parts.Single(part => part.Name == "head of expression").IsTaken.Should().BeTrue();
        result.Start.Notes.Should().Contain(note => note.Contains("tune the run's model anew", StringComparison.Ordinal));
        Tiny.Weights(result.Model).Should().OnlyContain(entry => entry.Value.SequenceEqual(model.Weights[entry.Key]));
        result.Metadata.ExpressionDecision()!.Temperature.Should().Be(1);
    }

    [Fact]
    public async Task A_task_more_or_less_is_said_and_another_size_is_noted()
    {
        using var log = new LogBook();
        using TrainingResult result = await Unmoved(options => options.ImageSize = 40)
            .UseVariant(SsMfarVariant.Mfar).UseTasks(AffectTaskNames.ValenceArousal).UseLogging(log)
            .Build().FitAsync(Training);

        result.Start!.Parts.Select(part => part.ToString()).Should().Equal(
            "backbone", "head of valence_arousal", "head of expression: the task is not learned",
            "head of action_units: the task is not learned");
        result.Start.Notes.Should().Contain("The model was trained on images of 32x32, the run is on images of 40x40.");
        log.Of(33).Should().BeEmpty("nothing starts fresh");
        log.Of(34).Should().HaveCount(2 + result.Start.Notes.Length);
        result.Metadata.Input.Width.Should().Be(40);
    }

    [Fact]
    public async Task Averaged_weights_and_frozen_features_start_from_the_model_too()
    {
        using TrainingResult result = await Unmoved(options => options.EmaDecay = 0.5).AllowUnusedOptions()
            .Configure(options => (options.FrozenFeatures.Enabled, options.FrozenFeatures.WeakViews) = (true, 1))
            .Build().FitAsync(Training);

        Tiny.Weights(result.Model).Should().OnlyContain(entry => entry.Value.SequenceEqual(model.Weights[entry.Key]));
    }

    [Fact]
    public async Task A_run_is_resumed_with_its_model_alone()
    {
        using var folder = new TemporaryFolder();
        string copy = folder.File("copy.safetensors");
        File.Copy(model.Path, copy);
        (await Unmoved(_ => { }).UseCheckpoints(folder.Path).Build().FitAsync(Training)).Dispose();
        using TrainingResult again = await Resumed(b => b.UseStartModel(copy));
        again.Start!.Parts.Should().OnlyContain(part => part.IsTaken);

        using TrainingResult other = await Unmoved(options => options.Seed = 5).Build().FitAsync(Training);
        other.SaveModel(copy);
        await FluentActions.Awaiting(() => Resumed(b => b.UseStartModel(copy))).Should().ThrowAsync<CheckpointException>()
            .WithMessage("*StartModel was content *, is content *");
        await FluentActions.Awaiting(async () => (await Tiny.Builder(Still).UseCheckpoints(folder.Path, CheckpointMode.Resume).Build()
            .FitAsync(Training)).Dispose()).Should().ThrowAsync<CheckpointException>().WithMessage("*StartModel was content *, is none*");

        Task<TrainingResult> Resumed(Func<MultiTaskTrainerBuilder, MultiTaskTrainerBuilder> change) =>
            change(Unmoved(_ => { })).UseCheckpoints(folder.Path, CheckpointMode.Resume).Build().FitAsync(Training);
    }

    [Fact]
    public void What_cannot_be_is_refused_before_anything_is_decoded()
    {
        PretrainedWeights weights = PretrainedWeights.FromFile("weights.pth", ChannelOrder.Rgb);
        Refused(b => b.UseBackbone(TinyBackbone.Factory, weights)).Should()
            .Match("A model to start from and pretrained weights*UseStartModel*");
        Refused(b => b.UseBackbone(BackboneFactory.ResNet34)).Should().Match("*its backbone is tiny, and that of the run is resnet34*");
        Refused(b => b.UseVariant(SsMfarVariant.SsMfar50)).Should()
            .Match("Variant ss-mfar-50 is about training from scratch, and a model*");
        FluentActions.Invoking(() => MultiTaskTrainer.CreateBuilder().UseStartModel("nothing.safetensors").Build()).Should()
            .Throw<ModelFileException>().WithMessage("nothing.safetensors*");
        Tiny.Builder().UseStartModel(model.Path).UseVariant(SsMfarVariant.SspMfar).Build().Should()
            .NotBeNull("the model stands in for the weights that the variant is about");

        string Refused(Func<MultiTaskTrainerBuilder, MultiTaskTrainerBuilder> change) =>
            FluentActions.Invoking(change(Tiny.Builder().UseStartModel(model.Path)).Build).Should()
                .Throw<TrainingConfigurationException>().Which.Faults[0];
    }

    [Fact]
    public async Task A_backbone_of_another_width_or_with_a_broken_weight_is_refused()
    {
        await FluentActions.Awaiting(() => Unmoved(_ => { }).UseBackbone(BackboneFactory.Of(key => new TinyBackbone(key, 16))).Build()
            .FitAsync(Training)).Should().ThrowAsync<TrainingConfigurationException>()
            .WithMessage("*its backbone is tiny(width=24), and that of the run is tiny(width=16)*");

        using var folder = new TemporaryFolder();
        string broken = folder.File("broken.safetensors");
        using (DisposeScope scope = torch.NewDisposeScope())
        {
            using SafetensorsReader reader = SafetensorsReader.Open(model.Path);
            Dictionary<string, torch.Tensor> tensors = reader.Keys.ToDictionary(key => key, reader.Read);
            tensors["heads.expression.output.bias"].fill_(Scalars.Of(float.NaN));
            SafetensorsWriter.Write(broken, tensors, new Dictionary<string, string>(reader.Metadata));
        }

        await FluentActions.Awaiting(() => Tiny.Builder(Still).UseStartModel(broken).Build().FitAsync(Training)).Should()
            .ThrowAsync<ModelFileException>().WithMessage("*heads.expression.output.bias*");
    }

    [Fact]
    public async Task The_backbone_of_the_file_is_the_runs_where_none_is_chosen()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("resnet34.safetensors");
        using (TrainingResult trained = await MultiTaskTrainer.CreateBuilder().UseDevice(SsMfar.Runtime.ComputeDevice.Cpu)
            .UseBackbone(BackboneFactory.ResNet34).Configure(Tiny.Small).Configure(Still).Build().FitAsync(TinyFaces.Dataset(12)))
        {
            trained.SaveModel(path);
        }

        MultiTaskTrainer trainer = MultiTaskTrainer.CreateBuilder().UseStartModel(path).Build();
        trainer.Configuration.Backbone.Name.Should().Be("resnet34");
    }

    private MultiTaskTrainerBuilder Unmoved(Action<TrainingOptions> configure) =>
        Tiny.Builder(Still).Configure(configure).UseStartModel(model.Path);

    // A run after which the weights are those that it started with.
    private static void Still(TrainingOptions options)
    {
        (options.Epochs, options.BatchSize, options.EmaDecay) = (1, 16, null);
        options.Optimizer.WeightDecay = 0;
        (options.Optimizer.BackboneLearningRate, options.Optimizer.HeadLearningRate) = (1e-9, 1e-9);
        options.Schedule.Kind = ScheduleKind.OneCycle;
        options.Optimizer.FrozenBackboneEpochs = 1;
        options.Optimizer.Epsilon = 1;
    }

    /// <summary>A trained model whose input is not the library's own.</summary>
    public sealed class TrainedModel : IDisposable
    {
        private readonly TemporaryFolder _folder = new();

        public TrainedModel()
        {
            using TrainingResult result = Tiny.Builder(options => options.Seed = 3).Build().FitAsync(Training).GetAwaiter().GetResult();
            Weights = Tiny.Weights(result.Model);
            string path = _folder.File("trained.safetensors");
            ModelFile.Save(path, result.Model, result.Metadata with { Input = Input });
            Path = path;
        }

        public string Path { get; }

        internal Dictionary<string, byte[]> Weights { get; }

        public ImagePreprocessing Input { get; } = new()
        {
            Width = 32,
            Height = 32,
            ChannelOrder = ChannelOrder.Bgr,
            Mean = new(0.1f, 0.2f, 0.3f),
            StandardDeviation = new(0.4f, 0.5f, 0.6f),
        };

        public void Dispose() => _folder.Dispose();
    }
}
