using SsMfar.Augmentation;
using SsMfar.Data;
using SsMfar.Losses;
using SsMfar.Metadata;
using SsMfar.Metrics;
using SsMfar.Randomness;
using SsMfar.Runtime;
using SsMfar.SemiSupervised;
using SsMfar.Tasks;
using SsMfar.Tests.SemiSupervised;
using SsMfar.Training;
using TorchSharp;

namespace SsMfar.Tests.Training;

/// <summary>What a part of the user's gives wrongly is said with the part's name, not in libtorch's words or not at all.</summary>
public sealed class CustomPartFaultTests
{
    public static TheoryData<string, Func<MultiTaskTrainerBuilder, MultiTaskTrainerBuilder>, string> Wrong => new()
    {
        {
            "a confidence with a dimension too many",
            builder => builder.UsePseudoLabelPolicy(AffectTaskNames.Expression, _ => new WidePolicy()),
            "The policy WidePolicy of task 'expression' assigns targets [*] and confidences [*, 1]; both are to be [*]."
        },
        {
            "a loss a row",
            builder => builder.UseLoss(AffectTaskNames.ValenceArousal, _ => new RowLoss()),
            "The loss RowLoss of task 'valence_arousal' gives a tensor of the shape [*]; it is to be one number*"
        },
        {
            "an epoch of one row",
            builder => builder.UseSampler(_ => new ListSampler(0)),
            "The sampler ListSampler gives 1 rows for an epoch; batch statistics need at least 2."
        },
        {
            "a row that is not there",
            builder => builder.UseSampler(_ => new ListSampler(0, 1, 32)),
            "The sampler ListSampler gives row 32 of 32, which count from 0."
        },
        {
            "a weak view of one image",
            builder => builder.UseWeakView(_ => new ShapeView(pixels => pixels.narrow(0, 0, 1).clone())),
            "The view ShapeView gives [1, 3, 32, 32] of images [16, 3, 32, 32]; it is to keep their shape."
        },
        {
            "a weak view of one colour",
            builder => builder.UseWeakView(_ => new ShapeView(pixels => pixels.mean([2, 3], keepdim: true))),
            "The view ShapeView gives [16, 3, 1, 1] of images *"
        },
        {
            "views of another size",
            builder => builder.UseWeakView(_ => new ShapeView(Cut)).UseStrongView(_ => new ShapeView(Cut)),
            "The view ShapeView gives [16, 3, 24, 24] of images *"
        },
        {
            "a strong view that drops a row",
            builder => builder.UseStrongView(_ => new ShapeView(pixels => pixels.narrow(0, 1, pixels.size(0) - 1).clone())),
            "The view ShapeView gives [*, 3, 32, 32] of images [*"
        },
        { "a view of nothing", builder => builder.UseWeakView(_ => new ShapeView(_ => null!)), "The view ShapeView gives null*" },
        {
            "no backbone",
            builder => builder.UseBackbone(SsMfar.Models.BackboneFactory.Of<TinyBackbone>(_ => null!)),
            "What was given to make the backbone 'tiny' made none: it returned null."
        },
        {
            "no head",
            builder => builder.UseHead<SsMfar.Models.LinearHead>(AffectTaskNames.Expression, _ => null!),
            "What was given to make the head LinearHead made none: it returned null."
        },
        {
            "no loss",
            builder => builder.UseLoss(AffectTaskNames.Expression, _ => null!),
            "What was given to make the loss of task 'expression' made none: it returned null."
        },
        {
            "no metric",
            builder => builder.UseMetric(AffectTaskNames.Expression, _ => null!),
            "What was given to make the metric of task 'expression' made none: it returned null."
        },
        {
            "no policy",
            builder => builder.UsePseudoLabelPolicy(AffectTaskNames.Expression, _ => null!),
            "What was given to make the pseudo-label policy of task 'expression' made none: it returned null."
        },
        { "no sampler", builder => builder.UseSampler(_ => null!), "What was given to make the sampler made none: it returned null." },
        { "no view", builder => builder.UseWeakView(_ => null!), "What was given to make the weak view made none: it returned null." },
        { "no strong view", builder => builder.UseStrongView(_ => null!), "*to make the strong view made none: it returned null." },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public async Task It_is_named(string what, Func<MultiTaskTrainerBuilder, MultiTaskTrainerBuilder> change, string message)
    {
        _ = what;
        await FluentActions.Awaiting(() => change(Tiny.Builder().AllowUnusedOptions()).Build().FitAsync(TinyFaces.Dataset(32))).Should()
            .ThrowAsync<InvalidOperationException>().WithMessage(message);
    }

    [Fact]
    public async Task A_decoder_that_reads_other_outputs_than_the_head_gives_is_refused_before_the_first_step()
    {
        AffectTask age = AffectTask.Create(
            "age",
            new ColumnLabels(TinyFaces.AgeColumn),
            context => context.CreateHead<SsMfar.Models.LinearHead>(2),
            _ => new RowLoss(),
            _ => new RegressionMetric(["years", "months"], RegressionScore.NegativeMeanAbsoluteError),
            new TripleDecoder());

        await FluentActions.Awaiting(() => Tiny.Builder().AddTask(age).Build().FitAsync(TinyFaces.Dataset(32, withAges: true))).Should()
            .ThrowAsync<TrainingConfigurationException>()
            .WithMessage("*head of task 'age' gives 2 outputs, but its decoder triple reads 3*");
    }

    [Fact]
    public async Task Or_on_loading()
    {
        using TemporaryFolder folder = new();
        string file = folder.File("model.safetensors");
        AffectTask age = AffectTask.Create(
            "age",
            new ColumnLabels(TinyFaces.AgeColumn),
            context => context.CreateHead<SsMfar.Models.LinearHead>(2),
            _ => new FirstOutputLoss(),
            _ => new RegressionMetric(["years"], RegressionScore.NegativeMeanAbsoluteError),
            new SilentDecoder());
        using (TrainingResult result = await Tiny.Builder(options => options.Epochs = 1).AddTask(age).Build()
            .FitAsync(TinyFaces.Dataset(32, withAges: true)))
        {
            result.SaveModel(file);
        }

        FluentActions.Invoking(() => SsMfar.Models.ModelFile.Load(file, TinyBackbone.Parts.WithDecoder<TripleDecoder>())).Should()
            .Throw<SsMfar.Weights.ModelFileException>()
            .WithMessage("*head of task 'age' gives 2 outputs, but its decoder triple reads 3*");
        using SsMfar.Models.LoadedModel loaded = SsMfar.Models.ModelFile.Load(file, TinyBackbone.Parts);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(1.5f)]
    [InlineData(-1)]
    public async Task A_class_label_that_is_no_class_is_refused_before_the_first_step(float label)
    {
        AnnotationSet faces = TinyFaces.Annotations(32);
        AnnotationSet coded = new(
            faces.Select((row, i) => row with { Extra = new[] { i == 20 ? label : i % 2 == 0 ? 0 : float.NaN } }),
            faces.ExpressionClasses,
            ["gender"]);
        AffectTask gender = AffectTask.Create(
            "gender",
            new ColumnLabels("gender"),
            context => context.CreateHead<SsMfar.Models.LinearHead>(1),
            _ => new CategoricalTaskLoss(new()),
            _ => new RegressionMetric(["gender"], RegressionScore.NegativeMeanAbsoluteError),
            new NumberDecoder());

        await FluentActions.Awaiting(() => Tiny.Builder().AddTask(gender).Build().FitAsync(new(coded, new TinyFaces.Images()))).Should()
            .ThrowAsync<TrainingConfigurationException>()
            .WithMessage(FormattableString.Invariant(
                $"The label of task 'gender' is {label} for the image '{coded[20].Image}', and its head has 1 classes: *from 0 to 0."));
    }

    [Fact]
    public async Task An_infinite_score_is_none()
    {
        using TemporaryFolder folder = new();
        using TrainingResult result = await Tiny.Builder(options => options.Epochs = 1).UseMonitoredScore(_ => double.PositiveInfinity)
            .UseCheckpoints(folder.Path).Build().FitAsync(TinyFaces.Dataset(32), TinyFaces.Dataset(20, seed: 2));

        result.Evaluation!.Score.Should().BeNull();
        FluentActions.Invoking(() => result.SaveModel(folder.File("model.safetensors"))).Should().NotThrow();
    }

    [Fact]
    public void A_stage_of_views_may_leave_them_as_they_are()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor pixels = torch.full([2, 3, 8, 8], Scalars.Of(7), torch.ScalarType.Float32);

        torch.Tensor views = AugmentationPipeline.Of(new Same(), new Same()).Apply(pixels, RandomKey.FromSeed(1));

        views.Equals(pixels).Should().BeTrue();
        pixels.IsInvalid.Should().BeFalse();
    }

    [Theory]
    [InlineData("a.b")]
    [InlineData("total")]
    [InlineData("coupling")]
    [InlineData(" ")]
    public void A_task_cannot_have_the_name_of_another_value_of_a_step(string name) => FluentActions.Invoking(() => AffectTask.Create(
        name,
        new ColumnLabels(TinyFaces.AgeColumn),
        context => context.CreateHead<SsMfar.Models.LinearHead>(1),
        _ => new FirstOutputLoss(),
        _ => new RegressionMetric(["years"]),
        new TripleDecoder())).Should().Throw<ArgumentException>().WithParameterName(nameof(name));

    private static torch.Tensor Cut(torch.Tensor pixels) => pixels.narrow(2, 0, 24).narrow(3, 0, 24).clone();

    private sealed class ShapeView(Func<torch.Tensor, torch.Tensor> change) : IAugmentation
    {
        public torch.Tensor Apply(torch.Tensor pixels, RandomKey key) => change(pixels);
    }

    private sealed class WidePolicy : QuietPolicy
    {
        public override PseudoLabels Assign(PolicyBatch strong) => new(
            strong.Predictions.argmax(1), torch.full([strong.Predictions.size(0), 1], Scalars.Of(1), torch.ScalarType.Float32));
    }

    private sealed class RowLoss : ITaskLoss
    {
        public TaskLossResult Compute(TaskLossInput input) => new(input.Weak.mean([1]), []);
    }

    private sealed class FirstOutputLoss : ITaskLoss
    {
        public TaskLossResult Compute(TaskLossInput input) => new(input.Weak.mean(), []);
    }

    /// <summary>As <see cref="TripleDecoder"/>, before it said what it reads.</summary>
    private sealed class SilentDecoder : ITaskDecoder<SilentDecoder>
    {
        public static string Kind => TripleDecoder.Kind;

        public static SilentDecoder Create(PartDescription description) => new();

        public object Decode(ReadOnlySpan<float> values) => values.Length;
    }

    private sealed class ListSampler(params int[] rows) : ISampler
    {
        public int[] Sample(AnnotationSet annotations, RandomKey key) => rows;
    }

    private sealed class Same : IAugmentation
    {
        public torch.Tensor Apply(torch.Tensor pixels, RandomKey key) => pixels;
    }

    private sealed class TripleDecoder : ITaskDecoder<TripleDecoder>
    {
        public static string Kind => "triple";

        public int? OutputCount => 3;

        public static TripleDecoder Create(PartDescription description) => new();

        public object Decode(ReadOnlySpan<float> values) => values.Length;
    }
}
