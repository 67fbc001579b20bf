using System.Collections.Immutable;
using SsMfar.Augmentation;
using SsMfar.Data;
using SsMfar.Imaging;
using SsMfar.Inference;
using SsMfar.Losses;
using SsMfar.Metadata;
using SsMfar.Metrics;
using SsMfar.Models;
using SsMfar.Predictions;
using SsMfar.Randomness;
using SsMfar.Runtime;
using SsMfar.SemiSupervised;
using SsMfar.Tasks;
using SsMfar.Tests.Models;
using SsMfar.Training;
using TorchSharp;

namespace SsMfar.Tests.Training;

/// <summary>A fourth task with its own column, head and loss, and custom parts, without touching the library.</summary>
public sealed class ExtensibilityTests
{
    private const string Age = "age";

    internal static readonly AffectTask AgeTask = AffectTask.Create(
        Age,
        new ColumnLabels(TinyFaces.AgeColumn),
        context => new ScaledHead(context.FeatureWidth, 2.5, context.Key),
        _ => new SquaredErrorLoss(),
        _ => new RegressionMetric(["years"], RegressionScore.NegativeMeanAbsoluteError),
        new NumberDecoder());

    private static readonly AffectDataset Training = TinyFaces.Dataset(96, withAges: true);
    private static readonly AffectDataset Validation = TinyFaces.Dataset(40, seed: 2, withAges: true);

    [Fact]
    public async Task A_fourth_task_trains_resumes_is_judged_saved_loaded_and_predicted()
    {
        using TrainingResult whole = await Tiny.Builder(Longer).AddTask(AgeTask).Build().FitAsync(Training, Validation);
        using var folder = new TemporaryFolder();
        using var stop = new CancellationTokenSource();
        var stopper = new ProgressRecorder(report => Stop(report, stop));
        await FluentActions.Awaiting(() => Tiny.Builder(Longer).AddTask(AgeTask).UseCheckpoints(folder.Path).Build()
            .FitAsync(Training, Validation, stopper, stop.Token))
            .Should().ThrowAsync<OperationCanceledException>();
        using TrainingResult result = await Tiny.Builder(Longer).AddTask(AgeTask).UseCheckpoints(folder.Path, CheckpointMode.Resume).Build()
            .FitAsync(Training, Validation);

        Tiny.ShouldEqual(result, whole);
        result.Evaluation.Tasks.Should().ContainKey(Age).WhoseValue.Values.Should().ContainKeys("mae.years", "ccc.years");
        result.Evaluation.Score.Should().BeApproximately(result.Evaluation.Tasks.Values.Sum(task => task.Primary!.Value), 1e-12);
        result.History[^1].Losses[Age].Should().BeLessThan(result.History[0].Losses[Age]);
        result.History[0].Losses.Should().ContainKey("age.squared_error");

        string file = folder.File("model.safetensors");
        result.SaveModel(file);
        ModelParts parts = TinyBackbone.Parts.WithHead<ScaledHead>();
        using AffectPredictor predictor = AffectPredictor.Load(file, new() { Parts = parts, Device = ComputeDevice.Cpu });
        using var images = new TinyFaces.Images();
        AffectPrediction[] predictions = [.. predictor.PredictAll(images, Validation.Annotations.Select(row => row.Image))
            .Select(item => item.GetPrediction())];
        double error = Validation.Annotations.Zip(predictions)
            .Where(pair => !float.IsNaN(pair.First.Extra.Span[0]))
            .Average(pair => Math.Abs(pair.First.Extra.Span[0] - (double)(float)pair.Second.Custom[Age]));
        error.Should().BeApproximately(-result.Evaluation.Tasks[Age].Primary!.Value, 1e-5);
        predictions[0].Expression.Should().NotBeNull();

        FluentActions.Invoking(() => AffectPredictor.Load(file, new() { Parts = TinyBackbone.Parts }))
            .Should().Throw<UnknownPartException>()
            .WithMessage($"*'{ScaledHead.Kind}'*linear, mlp, ordinal-mlp, per-output-mlp*WithHead*");
        FluentActions.Invoking(() => AffectPredictor.Load(file)).Should().Throw<UnknownPartException>()
            .WithMessage("*'tiny'*resnet18*WithBackbone*");

        static void Longer(TrainingOptions options) => options.Epochs = 4;
    }

    [Fact]
    public async Task A_task_alone_needs_none_of_the_three()
    {
        using TrainingResult result = await Tiny.Builder(options => options.SemiSupervision.Mode = SemiSupervisionMode.None)
            .UseTasks().AddTask(AgeTask).Build().FitAsync(Training, Validation);

        result.BestScore.Should().Be(result.Evaluation.Tasks[Age].Primary);
        result.Metadata.ExpressionClasses.Should().BeEmpty();
        result.Metadata.ActionUnits.Should().BeEmpty();
    }

    [Theory]
    [InlineData("training")]
    [InlineData("validation")]
    public async Task A_column_that_a_set_lacks_is_named_with_the_set_before_an_image_is_opened(string set)
    {
        using var images = new UnopenedImages();
        AffectDataset with = new(TinyFaces.Annotations(40, withAges: true), images), without = new(TinyFaces.Annotations(40), images);
        (AffectDataset training, AffectDataset validation) = set == "training" ? (without, with) : (with, without);

        await FluentActions.Awaiting(() => Tiny.Builder().AddTask(AgeTask).Build().FitAsync(training, validation))
            .Should().ThrowAsync<InvalidOperationException>().WithMessage($"*{set} set*'age'*");

        images.Opened.Should().Be(0);
    }

    [Fact]
    public async Task Loss_head_policy_sampler_views_and_score_of_the_users_own_are_used()
    {
        var policy = new EveryRow();
        var sampler = new FirstRows(40);
        var weak = new CountingView();
        var strong = new CountingView();
        using TrainingResult result = await Tiny.Builder(options => options.Epochs = 3)
            .UsePseudoLabelPolicy(AffectTaskNames.Expression, context =>
            {
                context.Classes.Count.Should().Be(8);
                return policy;
            })
            .UseSampler(_ => sampler)
            .UseWeakView(_ => weak)
            .UseStrongView(_ => strong)
            .UseHead(AffectTaskNames.ActionUnits, context => new LinearHead(context.FeatureWidth, 12, context.Key))
            .UseLoss(AffectTaskNames.ValenceArousal, _ => new SquaredErrorLoss())
            .UseMonitoredScore(scores => -scores.Count)
            .Build().FitAsync(Training, Validation);

        result.Model.Head(AffectTaskNames.ActionUnits).Should().BeOfType<LinearHead>();
        result.History[0].Losses.Should().ContainKey("valence_arousal.squared_error");
        result.BestScore.Should().Be(-3);
        result.BestEpoch.Should().Be(1, "no later score was better");
        weak.Rows.Should().Be(3 * 40);
        strong.Rows.Should().Be(3 * 40, "the policy asks for a strong view of every row");
        policy.Observed.Should().Be(3 * 40);
        policy.EndedEpochs.Should().Equal(1, 2, 3);
        policy.Disposed.Should().BeTrue();
        result.History[2].Policy["expression.observed"].Should().Equal(120);
        sampler.Keys.Should().HaveCount(3).And.OnlyHaveUniqueItems();
    }

    private static void Stop(TrainingProgress report, CancellationTokenSource stop)
    {
        if (report is StepProgress { Epoch: 2, Step: 2 })
        {
            stop.Cancel();
        }
    }

    private sealed class ScaledHead : torch.nn.Module<torch.Tensor, torch.Tensor>, ITaskHead<ScaledHead>
    {
        private readonly TorchSharp.Modules.Linear _inner;
        private readonly double _scale;

        public ScaledHead(int inputs, double scale, RandomKey key)
            : base(nameof(ScaledHead))
        {
            using var initializer = new WeightInitializer(key);
            _inner = initializer.Linear(inputs, 1);
            _scale = scale;
            Description = new PartDescription(Kind).With("inputs", inputs);
            RegisterComponents();
        }

        public static string Kind => "scaled";

        public int OutputWidth => 1;

        public PartDescription Description { get; }

        public static ScaledHead Create(PartDescription description, RandomKey key) => new(description.Number("inputs"), 2.5, key);

        public override torch.Tensor forward(torch.Tensor input)
        {
            using torch.Tensor output = _inner.call(input);
            return output * Scalars.Of(_scale);
        }
    }

    private sealed class SquaredErrorLoss : ITaskLoss
    {
        public TaskLossResult Compute(TaskLossInput input)
        {
            using DisposeScope scope = torch.NewDisposeScope();
            torch.Tensor total = ((input.Weak - input.Values).Squared() * input.Mask).sum() /
                Scalars.Of(Math.Max(1, input.Counts.ValidEntries));
            return new(total.MoveToOuterDisposeScope(), [new("squared_error", total.detach().MoveToOuterDisposeScope())]);
        }
    }

    /// <summary>Sure of everything, and counts what it sees.</summary>
    private sealed class EveryRow : IPseudoLabelPolicy
    {
        public long Observed { get; private set; }

        public List<int> EndedEpochs { get; } = [];

        public bool Disposed { get; private set; }

        public bool NeedsStrongView(ReadOnlySpan<bool> known) => true;

        public PseudoLabels Assign(PolicyBatch strong) =>
            new(strong.Predictions.argmax(1), torch.ones(strong.Predictions.size(0)));

        public void Observe(PolicyBatch observation) => Observed += observation.RowIds.size(0);

        public void EndEpoch(int epoch) => EndedEpochs.Add(epoch);

        public IReadOnlyDictionary<string, torch.Tensor> SaveState() => ImmutableDictionary<string, torch.Tensor>.Empty;

        public void LoadState(IReadOnlyDictionary<string, torch.Tensor> state)
        {
        }

        public IReadOnlyDictionary<string, double[]> Describe() => new Dictionary<string, double[]> { ["observed"] = [Observed] };

        public void Dispose() => Disposed = true;
    }

    private sealed class UnopenedImages : IImageSource
    {
        private int _opened;

        public int Opened => _opened;

        public Stream Open(string name)
        {
            Interlocked.Increment(ref _opened);
            throw new IOException("No image is wanted.");
        }

        public bool Exists(string name) => true;

        public ImageStamp? GetStamp(string name) => null;

        public string Describe(string name) => name;

        public void Dispose()
        {
        }
    }

    private sealed class FirstRows(int count) : ISampler
    {
        public List<RandomKey> Keys { get; } = [];

        public int[] Sample(AnnotationSet annotations, RandomKey key)
        {
            Keys.Add(key);
            return [.. Enumerable.Range(0, count)];
        }
    }

    private sealed class CountingView : IAugmentation
    {
        public long Rows { get; private set; }

        public torch.Tensor Apply(torch.Tensor pixels, RandomKey key)
        {
            Rows += pixels.size(0);
            return pixels * Scalars.Of(1);
        }
    }
}
