using SsMfar.Kernels.Normalization;
using SsMfar.Metadata;
using SsMfar.Models;
using SsMfar.Randomness;
using SsMfar.Runtime;
using SsMfar.Tasks;
using SsMfar.Tests.Training;
using SsMfar.Training;
using TorchSharp;
using TorchSharp.Modules;

namespace SsMfar.Tests.Models;

/// <summary>Weak and strong views through the same weights, apart: what each pass sees, and what it leaves.</summary>
public sealed class BatchStatisticsTests
{
    private const int Weak = 6;
    private const int Strong = 4;

    public static TheoryData<string> Backbones => ["resnet18", "efficientnet_b0", "mobilefacenet", "iresnet18", "tiny"];

    [Theory]
    [MemberData(nameof(Backbones))]
    public void Each_view_is_normalised_by_its_own_batch(string backbone)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor images = Images();
        using MultiTaskModel apart = Model(backbone), weakAlone = Model(backbone), strongAlone = Model(backbone), joint = Model(backbone);

        torch.Tensor outputs = apart.CallApart(images, Weak)["expression"];

        Build.Difference(outputs.narrow(0, 0, Weak), weakAlone.call(images.narrow(0, 0, Weak))["expression"]).Should().Be(0);
        Build.Difference(outputs.narrow(0, Weak, Strong), strongAlone.call(images.narrow(0, Weak, Strong))["expression"]).Should().Be(0);
        Build.Difference(outputs, joint.call(images)["expression"]).Should().BeGreaterThan(1e-3, "jointly they are normalised together");
    }

    [Theory]
    [MemberData(nameof(Backbones))]
    public void Strong_views_can_be_normalised_as_in_prediction(string backbone)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor images = Images();
        using MultiTaskModel apart = Model(backbone), weakAlone = Model(backbone);

        torch.Tensor outputs = apart.CallApart(images, Weak, byRunning: true)["expression"];
        torch.Tensor weak = weakAlone.call(images.narrow(0, 0, Weak))["expression"];
        Dictionary<string, byte[]> expected = Tiny.Weights(weakAlone), actual = Tiny.Weights(apart);
        weakAlone.eval();

        Build.Difference(outputs.narrow(0, 0, Weak), weak).Should().Be(0);
        Build.Difference(outputs.narrow(0, Weak, Strong), weakAlone.call(images.narrow(0, Weak, Strong))["expression"])
            .Should().BeLessThan(1e-5);
        torch.Tensor later = apart.CallApart(images.narrow(0, 0, Weak + 1), Weak, byRunning: true)["expression"];
        Build.Difference(outputs.narrow(0, Weak, 1), later.narrow(0, Weak, 1)).Should().BePositive("the statistics have moved on");
        expected.Keys.Where(name => !expected[name].AsSpan().SequenceEqual(actual[name])).Should().BeEmpty();
        apart.modules().OfType<BatchNorm>().Should().OnlyContain(norm => norm.training);
    }

    [Fact]
    public void Gradients_reach_the_weights_through_running_statistics()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using MultiTaskModel apart = Model("resnet18");
        torch.Tensor outputs = apart.CallApart(Images(), Weak, byRunning: true)["expression"];
        outputs.narrow(0, Weak, Strong).pow(Scalars.Of(2)).sum().backward();

        apart.Backbone.Module.parameters().Should().OnlyContain(parameter => parameter.grad!.isfinite().all().item<bool>());
        apart.Backbone.Module.parameters().Should().OnlyContain(parameter => parameter.grad!.abs().sum().item<float>() > 0);
    }

    [Theory]
    [MemberData(nameof(Backbones))]
    public void Weak_views_alone_move_the_running_statistics(string backbone)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor images = Images();
        using MultiTaskModel apart = Model(backbone), weakAlone = Model(backbone);
        apart.CallApart(images, Weak);
        weakAlone.call(images.narrow(0, 0, Weak));

        Dictionary<string, byte[]> expected = Tiny.Weights(weakAlone), actual = Tiny.Weights(apart);
        expected.Keys.Where(name => !expected[name].AsSpan().SequenceEqual(actual[name])).Should().BeEmpty();
        BatchNorm[] norms = [.. apart.modules().OfType<BatchNorm>()];
        norms.Should().NotBeEmpty().And.OnlyContain(norm => norm.momentum == 0.1);
        norms.Should().OnlyContain(norm => norm.num_batches_tracked!.item<long>() == 1);
    }

    [Theory]
    [MemberData(nameof(Backbones))]
    public void One_strong_view_alone_leaves_finite_outputs_gradients_and_statistics(string backbone)
    {
        // Of one value, as a channel has in the last stage here, there is no unbiased variance.
        using DisposeScope scope = torch.NewDisposeScope();
        using MultiTaskModel model = Model(backbone);
        model.CallApart(Images().narrow(0, 0, Weak + 1), Weak)["expression"].pow(Scalars.Of(2)).sum().backward();

        foreach ((string name, torch.Tensor value) in model.state_dict().Select(entry => (entry.Key, entry.Value)))
        {
            value.to(torch.ScalarType.Float32).isfinite().all().item<bool>().Should().BeTrue(name);
        }

        model.parameters().Should().OnlyContain(parameter => parameter.grad!.isfinite().all().item<bool>());
    }

    [Fact]
    public void Gradients_are_those_of_both_passes_together()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor images = Images();
        using MultiTaskModel apart = Model("tiny"), each = Model("tiny");
        apart.CallApart(images, Weak)["expression"].pow(Scalars.Of(2)).sum().backward();
        each.call(images.narrow(0, 0, Weak))["expression"].pow(Scalars.Of(2)).sum().backward();
        each.call(images.narrow(0, Weak, Strong))["expression"].pow(Scalars.Of(2)).sum().backward();

        foreach ((string name, Parameter parameter) in apart.named_parameters())
        {
            torch.Tensor expected = each.get_parameter(name)!.grad!;
            Build.Difference(parameter.grad!, expected).Should().BeLessThan(1e-4 * Math.Max(1, expected.abs().max().item<float>()), name);
        }
    }

    [Fact]
    public void Each_pass_drops_features_of_its_own()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using MultiTaskModel model = Model("tiny", dropout: 0.5);
        torch.Tensor same = Build.Images(Weak, 32);
        model.DropoutKey = RandomKey.FromSeed(3);
        torch.Tensor outputs = model.CallApart(torch.cat([same, same]), Weak)["expression"];

        Build.Difference(outputs.narrow(0, 0, Weak), outputs.narrow(0, Weak, Weak)).Should().BeGreaterThan(1e-3);
        model.DropoutKey.Should().Be(RandomKey.FromSeed(3));
    }

    [Fact]
    public void Statistics_move_again_after_a_pass_that_failed()
    {
        using MultiTaskModel model = Model("tiny");
        using torch.Tensor wrong = torch.zeros(Weak + Strong, 5, 32, 32);
        model.Invoking(m => m.CallApart(wrong, Weak)).Should().Throw<Exception>();
        using (new HeldStatistics(model))
        {
            model.modules().OfType<BatchNorm>().Should().OnlyContain(norm => norm.momentum == 0);
        }

        model.modules().OfType<BatchNorm>().Should().OnlyContain(norm => norm.momentum == 0.1);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Norms_of_heads_are_moved_by_weak_views_alone_too(bool byRunning)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor images = Images();
        using MultiTaskModel apart = OfNorm(), weakAlone = OfNorm(), one = OfNorm();

        apart.CallApart(images, Weak, byRunning);
        weakAlone.call(images.narrow(0, 0, Weak));
        one.CallApart(images.narrow(0, 0, Weak + 1), Weak, byRunning);

        Dictionary<string, byte[]> expected = Tiny.Weights(weakAlone);
        foreach (MultiTaskModel model in new[] { apart, one })
        {
            Dictionary<string, byte[]> actual = Tiny.Weights(model);
            expected.Keys.Where(name => !expected[name].AsSpan().SequenceEqual(actual[name])).Should().BeEmpty();
        }

        static MultiTaskModel OfNorm()
        {
            var key = RandomKey.FromSeed(7);
            TinyBackbone backbone = new(key.Fold(0));
            MultiTaskModel model = new(backbone, new(0, false), [new("expression", new NormHead(backbone.FeatureWidth))]);
            model.train();
            return model;
        }
    }

    [Fact]
    public void Without_strong_views_there_is_one_pass()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor images = Images();
        using MultiTaskModel apart = Model("tiny"), whole = Model("tiny");

        Build.Difference(apart.CallApart(images, Weak + Strong)["expression"], whole.call(images)["expression"]).Should().Be(0);
    }

    [Theory]
    [InlineData(BatchStatistics.Joint, false)]
    [InlineData(BatchStatistics.WeakViews, true)]
    [InlineData(BatchStatistics.Running, true)]
    public async Task A_fit_takes_its_statistics_as_the_option_says(BatchStatistics statistics, bool weakAlone)
    {
        // Strong views of one brightness: in the running mean where they count.
        using TrainingResult result = await Tiny.Builder(options =>
        {
            options.Epochs = 1;
            options.EmaDecay = null;
            options.Optimizer.BackboneLearningRate = options.Optimizer.HeadLearningRate = 1e-9;
            options.SemiSupervision.BatchStatistics = statistics;
            options.SemiSupervision.Mode = SemiSupervisionMode.Agreement;
        }).UseBackbone(BackboneFactory.Of<InputNorm>()).UseWeakView(_ => new Constant(0))
            .UseStrongView(_ => new Constant(255)).Build().FitAsync(
            TinyFaces.Dataset(32));

        using DisposeScope scope = torch.NewDisposeScope();
        double mean = result.Model.Backbone.Module.modules().OfType<BatchNorm2d>().Single().running_mean![0].item<float>();
        double dark = -0.485 / 0.229, bright = (1 - 0.485) / 0.229, seen = weakAlone ? dark : (dark + bright) / 2;
        mean.Should().BeApproximately(seen * (1 - (0.9 * 0.9)), 1e-4, "two steps of momentum 0.1 from 0");
    }

    [Fact]
    public void Recipes_take_statistics_as_their_sources_do()
    {
        TrainingRecipe.Published.Create().SemiSupervision.BatchStatistics.Should().Be(BatchStatistics.WeakViews);
        TrainingRecipe.Paper.Create().SemiSupervision.BatchStatistics.Should().Be(BatchStatistics.Joint);
        TrainingRecipe.Recommended.Create().SemiSupervision.BatchStatistics.Should().Be(BatchStatistics.Joint);
    }

    // The strong ones brighter, so that statistics differ.
    private static torch.Tensor Images() =>
        torch.cat([Build.Images(Weak, 32), (Build.Images(Strong, 32, seed: 2) * Scalars.Of(3)).Plus(1)]);

    private static MultiTaskModel Model(string backbone, double dropout = 0)
    {
        var key = RandomKey.FromSeed(7);
        IBackbone made = backbone == "tiny" ? new TinyBackbone(key.Fold(0)) : BackboneFactory.Parse(backbone).Create(key.Fold(0));
        var model = new MultiTaskModel(made, new(dropout, false), [new("expression", new MlpHead(made.FeatureWidth, 8, 8, key.Fold(1)))]);
        model.train();
        return model;
    }

    private sealed class Constant(double value) : SsMfar.Augmentation.IAugmentation
    {
        public torch.Tensor Apply(torch.Tensor pixels, RandomKey key) => torch.full_like(pixels, Scalars.Of(value));
    }

    /// <summary>Batch norm of the features, which are the outputs.</summary>
    private sealed class NormHead : torch.nn.Module<torch.Tensor, torch.Tensor>, ITaskHead
    {
        private readonly BatchNorm1d _norm;

        public NormHead(int inputs)
            : base(nameof(NormHead))
        {
            _norm = torch.nn.BatchNorm1d(inputs);
            OutputWidth = inputs;
            RegisterComponents();
        }

        public int OutputWidth { get; }

        public PartDescription Description => new("norm");

        public override torch.Tensor forward(torch.Tensor input) => _norm.call(input);
    }

    /// <summary>Batch norm of the pixels themselves, then their means.</summary>
    private sealed class InputNorm : torch.nn.Module<torch.Tensor, torch.Tensor>, IBackbone<InputNorm>
    {
        private readonly BatchNorm2d _norm = torch.nn.BatchNorm2d(3);

        public InputNorm()
            : base(nameof(InputNorm)) => RegisterComponents();

        public int FeatureWidth => 3;

        public static string Kind => "input-norm";

        public static InputNorm Create(PartDescription description, RandomKey key) => new();

        public override torch.Tensor forward(torch.Tensor input) => _norm.call(input);
    }
}
