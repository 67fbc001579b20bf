using System.Text.Json;
using SsMfar.Data;
using SsMfar.Inference;
using SsMfar.Losses;
using SsMfar.Metadata;
using SsMfar.Metrics;
using SsMfar.Models;
using SsMfar.Predictions;
using SsMfar.Randomness;
using SsMfar.Runtime;
using SsMfar.Tasks;
using SsMfar.Training;
using TorchSharp;
using TorchSharp.Modules;

namespace SsMfar.Tests.Training;

/// <summary>Custom parts that could not be loaded again are refused before anything is trained on.</summary>
public sealed class SavablePartsTests
{
    [Fact]
    public void Kinds_that_a_model_file_could_not_tell_apart_are_a_fault_of_the_configuration()
    {
        Refused(Tiny.Builder().UseHead(AffectTaskNames.ValenceArousal, context => context.CreateHead<Impostor>(2)))
            .WithMessage("*heads Impostor and MlpHead both have the kind 'mlp'*change Impostor.Kind*");
        Refused(Tiny.Builder().UseBackbone(BackboneFactory.Of<FalseResNet>()))
            .WithMessage("*backbones FalseResNet and ResNet both have the kind 'resnet18'*change FalseResNet.Kind*");
    }

    [Fact]
    public void A_decoder_that_does_not_come_back_as_it_was_is_a_fault_of_the_configuration()
    {
        Refused(Tiny.Builder().AddTask(Task("a", new ForgetfulDecoder(3))))
            .WithMessage("*decoder of task 'a'*forgetful(factor=3) would become forgetful(factor=1)*ForgetfulDecoder.Create*" +
                "new PartDescription(ForgetfulDecoder.Kind)*");
        Refused(Tiny.Builder().AddTask(Task("b", new MisnamedDecoder())))
            .WithMessage("*decoder of task 'b'*'number' is the kind of NumberDecoder*MisnamedDecoder.Kind*");
    }

    [Theory]
    [InlineData(false, "*'x'*made again from sized(inputs=24, outputs=1)*hidden.weight*Make SizedHead.Create build*every size*")]
    [InlineData(true, "*'x'*describes itself as 'other', not as 'sized'*new PartDescription(SizedHead.Kind)*")]
    public async Task A_head_that_does_not_come_back_as_it_was_is_refused_before_an_image_is_read(bool misnamed, string message)
    {
        var progress = new ProgressRecorder();
        AffectTask task = AffectTask.Create(
            "x", new ColumnLabels(TinyFaces.AgeColumn), context => new SizedHead(context.FeatureWidth, hidden: 5, misnamed),
            _ => new ValenceArousalLoss(), _ => new RegressionMetric(["x"]), new NumberDecoder());
        MultiTaskTrainer trainer = Tiny.Builder().AddTask(task).Build();

        (await trainer.Awaiting(t => t.FitAsync(TinyFaces.Dataset(24, withAges: true), null, progress)).Should()
            .ThrowAsync<TrainingConfigurationException>()).WithMessage(message);
        progress.Reports.Should().BeEmpty();
    }

    [Fact]
    public async Task What_was_made_before_a_part_failed_is_released()
    {
        (Counted.Made, Counted.Released) = (0, 0);
        MultiTaskTrainer trainer = Tiny.Builder()
            .UseBackbone(BackboneFactory.Of<Counted>())
            .UseHead<LinearHead>(AffectTaskNames.ValenceArousal, _ => throw new NotSupportedException("no such head"))
            .Build();

        await trainer.Awaiting(t => t.FitAsync(TinyFaces.Dataset(24))).Should().ThrowAsync<NotSupportedException>();

        Counted.Made.Should().BePositive();
        Counted.Released.Should().Be(Counted.Made);
    }

    [Fact]
    public async Task A_backbone_that_forgets_its_width_is_refused()
    {
        MultiTaskTrainer trainer = Tiny.Builder().UseBackbone(BackboneFactory.Of(_ => new WideBackbone(6))).Build();

        (await trainer.Awaiting(t => t.FitAsync(TinyFaces.Dataset(24))).Should().ThrowAsync<TrainingConfigurationException>())
            .WithMessage("The model could be trained, but not saved and loaded: The backbone made again from wide*WideBackbone.Create*");
    }

    [Fact]
    public async Task A_head_of_its_settings_trains_and_loads()
    {
        using TrainingResult result = await Tiny.Builder()
            .UseHead(AffectTaskNames.ValenceArousal, context => context.CreateHead<MlpHead>(2, ("hidden", 3)))
            .Build().FitAsync(TinyFaces.Dataset(24));
        using var folder = new TemporaryFolder();
        result.SaveModel(folder.File("model.safetensors"));

        using LoadedModel loaded = ModelFile.Load(folder.File("model.safetensors"), TinyBackbone.Parts);
        loaded.Model.Head(AffectTaskNames.ValenceArousal).Description.ToString().Should().Be("mlp(hidden=3, inputs=24, outputs=2)");
    }

    [Fact]
    public async Task Typed_scores_are_those_of_the_saved_model()
    {
        AffectDataset validation = TinyFaces.Dataset(40, seed: 2);
        using TrainingResult result = await Tiny.Builder().Build().FitAsync(TinyFaces.Dataset(48), validation);
        using var folder = new TemporaryFolder();
        result.SaveModel(folder.File("model.safetensors"));
        using AffectPredictor predictor = AffectPredictor.Load(
            folder.File("model.safetensors"), new() { Parts = TinyBackbone.Parts, Device = ComputeDevice.Cpu });

        AffectScores judged = (await predictor.EvaluateAsync(validation)).Scores;

        AffectScores measured = result.Evaluation.Affect;
        measured.Expression.Should().BeEquivalentTo(judged.Expression);
        measured.ActionUnits.Should().BeEquivalentTo(judged.ActionUnits);
        measured.ValenceArousal!.Valence.Should().BeApproximately(judged.ValenceArousal!.Valence, 1e-5);
        measured.ValenceArousal.Arousal.Should().BeApproximately(judged.ValenceArousal.Arousal, 1e-5);
        measured.PMtl.Should().BeApproximately(result.Evaluation.Score!.Value, 1e-9);
    }

    [Fact]
    public void Scores_survive_a_checkpoint_and_one_written_before_them_is_read()
    {
        EvaluationResult result = new(
            0.5,
            System.Collections.Immutable.ImmutableSortedDictionary<string, TaskScore>.Empty,
            new(new(0.25, [0.5, 0]), null, new(0.1, 0.2)));
        string json = JsonSerializer.Serialize(result, TrainingJson.Options);

        JsonSerializer.Deserialize<EvaluationResult>(json, TrainingJson.Options)!.Affect.Should().BeEquivalentTo(result.Affect);
        EvaluationResult old = JsonSerializer.Deserialize<EvaluationResult>(
            """{"Score":0.5,"Tasks":{"expression":{"Primary":0.5,"Values":{"macroF1":0.5}}}}""", TrainingJson.Options)!;
        old.Score.Should().Be(0.5);
        old.Tasks["expression"].Values["macroF1"].Should().Be(0.5);
        old.Affect.Should().BeEquivalentTo(new AffectScores(null, null, null));
    }

    private static AffectTask Task<TDecoder>(string name, TDecoder decoder)
        where TDecoder : class, ITaskDecoder<TDecoder> => AffectTask.Create(
            name, new ColumnLabels(TinyFaces.AgeColumn), context => new LinearHead(context.FeatureWidth, 1, context.Key),
            _ => new ValenceArousalLoss(), _ => new RegressionMetric([name]), decoder);

    private static FluentAssertions.Specialized.ExceptionAssertions<TrainingConfigurationException> Refused(
        MultiTaskTrainerBuilder builder) =>
        builder.Invoking(b => b.Build()).Should().Throw<TrainingConfigurationException>();

    private sealed class Impostor(PartDescription description)
        : torch.nn.Module<torch.Tensor, torch.Tensor>("impostor"), ITaskHead<Impostor>
    {
        public static string Kind => "mlp";

        public PartDescription Description => description;

        public static Impostor Create(PartDescription description, RandomKey key) => new(description);

        public override torch.Tensor forward(torch.Tensor input) => input.narrow(1, 0, 2);
    }

    private sealed class Counted : torch.nn.Module<torch.Tensor, torch.Tensor>, IBackbone<Counted>
    {
        private readonly TinyBackbone _inner;
        private bool _released;

        public Counted(RandomKey key)
            : base(nameof(Counted))
        {
            Made++;
            _inner = new(key);
            register_module("inner", _inner);
        }

        public static string Kind => "counted";

        public static int Made { get; set; }

        public static int Released { get; set; }

        public int FeatureWidth => _inner.FeatureWidth;

        public static Counted Create(PartDescription description, RandomKey key) => new(key);

        public override torch.Tensor forward(torch.Tensor input) => _inner.call(input);

        protected override void Dispose(bool disposing)
        {
            Released += disposing && !_released ? 1 : 0;
            _released = true;
            base.Dispose(disposing);
        }
    }

    private sealed class FalseResNet : IBackbone<FalseResNet>
    {
        public static string Kind => "resnet18";

        public torch.nn.Module<torch.Tensor, torch.Tensor> Module { get; } = torch.nn.Identity();

        public int FeatureWidth => 3;

        public static FalseResNet Create(PartDescription description, RandomKey key) => new();
    }

    private sealed class ForgetfulDecoder(int factor) : ITaskDecoder<ForgetfulDecoder>
    {
        public static string Kind => "forgetful";

        public PartDescription Description => new PartDescription(Kind).With("factor", factor);

        public static ForgetfulDecoder Create(PartDescription description) => new(1);

        public object Decode(ReadOnlySpan<float> values) => values[0] * factor;
    }

    private sealed class MisnamedDecoder : ITaskDecoder<MisnamedDecoder>
    {
        public static string Kind => "misnamed";

        public PartDescription Description => new("number");

        public static MisnamedDecoder Create(PartDescription description) => new();

        public object Decode(ReadOnlySpan<float> values) => values[0];
    }

    // Its description lacks the width of its layer.
    private sealed class SizedHead : torch.nn.Module<torch.Tensor, torch.Tensor>, ITaskHead<SizedHead>
    {
        private readonly Linear _hidden;

        public SizedHead(int inputs, int hidden, bool misnamed)
            : base(nameof(SizedHead))
        {
            _hidden = torch.nn.Linear(inputs, hidden);
            Description = new PartDescription(misnamed ? "other" : Kind).With("inputs", inputs).With("outputs", 1);
            RegisterComponents();
        }

        public static string Kind => "sized";

        public PartDescription Description { get; }

        public static SizedHead Create(PartDescription description, RandomKey key) => new(description.Number("inputs"), 2, misnamed: false);

        public override torch.Tensor forward(torch.Tensor input) => _hidden.call(input).narrow(1, 0, 1);
    }

    private sealed class WideBackbone(int width) : IBackbone<WideBackbone>
    {
        public static string Kind => "wide";

        public torch.nn.Module<torch.Tensor, torch.Tensor> Module { get; } = torch.nn.Conv2d(3, width, 3);

        public int FeatureWidth => width;

        public static WideBackbone Create(PartDescription description, RandomKey key) => new(4);
    }
}
