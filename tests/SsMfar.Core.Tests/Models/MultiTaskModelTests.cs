using SsMfar.Metadata;
using SsMfar.Models;
using SsMfar.Randomness;
using SsMfar.Runtime;
using SsMfar.Tasks;
using SsMfar.Tests.Training;
using TorchSharp;

namespace SsMfar.Tests.Models;

public sealed class MultiTaskModelTests
{
    private static readonly RandomKey Key = RandomKey.FromSeed(5);

    [Fact]
    public void State_names_say_backbone_and_head()
    {
        using var model = Build.Paper();
        var names = model.state_dict().Keys;

        names.Should().OnlyHaveUniqueItems().And.HaveCount(120 + 12);
        names.Should()
            .Contain(["backbone.layer2.0.downsample.0.weight", "heads.expression.hidden.weight", "heads.action_units.output.bias"]);
        model.Head(AffectTaskNames.ActionUnits).OutputWidth.Should().Be(12);
    }

    [Fact]
    public void Features_are_pooled_then_normalised_then_given_to_each_head()
    {
        using var scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        using var model = Build.Paper();
        var images = Build.Images(3, 64);

        using var outputs = model.call(images);

        var pooled = model.Backbone.Module.call(images).mean([2, 3]);
        var features = pooled / pooled.pow(Scalars.Of(2)).sum(1, keepdim: true).sqrt();
        outputs.Names.Should().Equal("expression", AffectTaskNames.ActionUnits, AffectTaskNames.ValenceArousal);
        foreach (string task in outputs.Names)
        {
            Build.Difference(outputs[task], model.Head(task).Module.call(features)).Should().BeLessThan(1e-5, task);
        }
    }

    [Fact]
    public void The_per_output_head_is_a_hidden_layer_for_each_output()
    {
        using var scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        using var head = new PerOutputMlpHead(10, 4, 3, Key);
        var state = head.state_dict();
        var features = torch.randn(5, 10);

        var columns = Enumerable.Range(0, 3).Select(i =>
        {
            var hidden = torch.nn.functional.relu(
                features.matmul(state["hidden.weight"].narrow(0, 4 * i, 4).t()).Plus(state["hidden.bias"].narrow(0, 4 * i, 4)));
            return hidden.matmul(state["output.weight"][i]).Plus(state["output.bias"][i]);
        }).ToArray();

        Build.Difference(head.call(features), torch.stack(columns, 1)).Should().BeLessThan(1e-6);
    }

    [Fact]
    public void Heads_start_as_pytorch_starts_linear_layers()
    {
        using var head = new MlpHead(512, 64, 8, Key);
        foreach (var (name, parameter) in head.named_parameters())
        {
            double bound = 1 / Math.Sqrt(name.StartsWith("hidden", StringComparison.Ordinal) ? 512 : 64);
            float[] values = Build.Values(parameter);
            values.Should().OnlyContain(x => Math.Abs(x) <= bound, name);
            if (values.Length > 100)
            {
                values.Max().Should().BeGreaterThan((float)(0.95 * bound), name);
                values.Average().Should().BeApproximately(0, (float)(5 * bound / Math.Sqrt(3 * values.Length)), name);
            }
        }
    }

    [Fact]
    public void L2_normalisation_follows_dropout_and_leaves_a_zero_row_zero()
    {
        using var scope = torch.NewDisposeScope();
        using var model = new MultiTaskModel(new Identity(64), FeatureProcessing.Paper, [new("all", new Copy(64))]);
        model.train();
        var features = torch.cat([torch.randn(3, 64), torch.zeros(1, 64)]).requires_grad_();

        var output = model.call(features)["all"];
        output.sum().backward();

        float[] norms = Build.Values(output.norm(1));
        norms[..3].Should().OnlyContain(x => Math.Abs(x - 1) < 1e-5);
        norms[3].Should().Be(0);
        features.grad!.isfinite().all().item<bool>().Should().BeTrue();
    }

    [Theory]
    [InlineData(torch.ScalarType.BFloat16, torch.ScalarType.Float32)]
    [InlineData(torch.ScalarType.Float32, torch.ScalarType.Float32)]
    [InlineData(torch.ScalarType.Float64, torch.ScalarType.Float64)]
    public void From_the_pool_on_everything_is_float32_or_float64(torch.ScalarType map, torch.ScalarType expected)
    {
        using var scope = torch.NewDisposeScope();
        using var model = new MultiTaskModel(new Identity(), new FeatureProcessing(0, true), [new("all", new Copy(8))]);
        var output = model.call(torch.ones([2, 8, 3, 3], map))["all"];
        output.dtype.Should().Be(expected);
        output.shape.Should().Equal(2, 8);
    }

    [Fact]
    public void Training_steps_and_disposal_leave_no_tensor_behind()
    {
        var images = Build.Images(2, 32);
        long before = Live();
        using (var outer = torch.NewDisposeScope())
        {
            var model = Build.Paper();
            model.train();
            Step(model, images);
            long afterOne = Live();
            for (int i = 0; i < 3; i++)
            {
                Step(model, images);
                Live().Should().Be(afterOne);
            }

            model.Dispose();
        }

        Live().Should().Be(before);
        images.Dispose();

        static void Step(MultiTaskModel model, torch.Tensor images)
        {
            using var scope = torch.NewDisposeScope();
            var outputs = model.call(images);
            outputs[AffectTaskNames.Expression].sum().Plus(outputs[AffectTaskNames.ActionUnits].sum())
                .Plus(outputs[AffectTaskNames.ValenceArousal].sum()).backward();
        }

        static long Live() => DisposeScopeManager.Statistics.ThreadTotalLiveCount;
    }

    [Fact]
    public void Parameters_survive_the_scope_they_were_made_in()
    {
        MultiTaskModel model;
        using (torch.NewDisposeScope())
        {
            model = Build.Paper();
        }

        using (model)
        using (var images = Build.Images(1, 32))
        using (var outputs = model.call(images))
        {
            outputs[AffectTaskNames.Expression].shape.Should().Equal(1, 8);
        }
    }

    [Fact]
    public void Bad_compositions_are_refused()
    {
        Refused([], "*at least one task*");
        Refused([new("a.b", new Copy(4))], "*'a.b'*no dot*");
        Refused([new("a", new Copy(4)), new("a", new Copy(4))], "*twice*");
        ((Action)(() => _ = new FeatureProcessing(1))).Should().Throw<ArgumentOutOfRangeException>();
        using var model = Build.Paper();
        ((Action)(() => model.Head("age"))).Should().Throw<KeyNotFoundException>().WithMessage("*'age'*expression, action_units*");

        static void Refused(KeyValuePair<string, ITaskHead>[] heads, string message) =>
            ((Action)(() => new MultiTaskModel(new Identity(), new FeatureProcessing(), heads).Dispose()))
                .Should().Throw<ArgumentException>().WithMessage(message);
    }

    [Theory]
    [InlineData(64, 24, 2, "The backbone tiny gave values of shape [3, 24], not of [N, 64] as its FeatureWidth says*")]
    [InlineData(24, 24, 5, "The head copy of task 'age' gave*[3, 24], not of [N, 5] as its OutputWidth says*")]
    public void A_part_that_gives_another_width_than_it_says_is_named_with_both(int declared, int given, int outputs, string message)
    {
        using var model = new MultiTaskModel(new Misdeclared(declared, given), new(), [new("age", new Copy(outputs))]);

        foreach (bool training in new[] { false, true })
        {
            model.train(training);
            model.Invoking(m => m.call(Build.Images(3, 32))).Should().Throw<InvalidOperationException>().WithMessage(message);
        }
    }

    /// <summary>A backbone and a head that give back what they get.</summary>
    internal sealed class Identity(int width = 8) : torch.nn.Module<torch.Tensor, torch.Tensor>("identity"), IBackbone<Identity>
    {
        public static string Kind => "identity";

        public int FeatureWidth => width;

        public static Identity Create(PartDescription description, RandomKey key) => new();

        public override torch.Tensor forward(torch.Tensor input) => input.alias();
    }

    private sealed class Misdeclared : torch.nn.Module<torch.Tensor, torch.Tensor>, IBackbone
    {
        private readonly TinyBackbone _inner;

        public Misdeclared(int declared, int given)
            : base(nameof(Misdeclared))
        {
            _inner = new(Key, given);
            FeatureWidth = declared;
            register_module("inner", _inner);
        }

        public int FeatureWidth { get; }

        public PartDescription Description => new("tiny");

        public override torch.Tensor forward(torch.Tensor input) => _inner.call(input);
    }

    internal sealed class Copy(int width) : torch.nn.Module<torch.Tensor, torch.Tensor>("copy"), ITaskHead<Copy>
    {
        public static string Kind => "copy";

        public PartDescription Description => new PartDescription(Kind).With("outputs", width);

        public static Copy Create(PartDescription description, RandomKey key) => new(description.Number("outputs"));

        public override torch.Tensor forward(torch.Tensor input) => input.alias();
    }
}
