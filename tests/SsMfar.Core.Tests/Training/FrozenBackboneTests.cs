using SsMfar.Data;
using SsMfar.Kernels.TensorLists;
using SsMfar.Metadata;
using SsMfar.Models;
using SsMfar.Randomness;
using SsMfar.Runtime;
using SsMfar.Tests.Models;
using SsMfar.Training;
using TorchSharp;

namespace SsMfar.Tests.Training;

public sealed class FrozenBackboneTests
{
    private static readonly AffectDataset Training = TinyFaces.Dataset(48);

    [Fact]
    public async Task A_frozen_backbone_keeps_every_weight_and_statistic_while_the_heads_learn()
    {
        var progress = new ProgressRecorder();
        (TrainingResult start, Dictionary<string, byte[]> before) = await Fit(epochs: 1, frozen: 1);
        (TrainingResult later, _) = await Fit(epochs: 3, frozen: 9, progress);

        using (start)
        using (later)
        {
            Dictionary<string, byte[]> first = Tiny.Weights(start.Model), last = Tiny.Weights(later.Model);
            before.Keys.Should().HaveCount(12).And
                .OnlyContain(name => first[name].SequenceEqual(before[name]) && last[name].SequenceEqual(before[name]));
            first.Keys.Except(before.Keys).Should().NotBeEmpty().And.OnlyContain(name => !first[name].SequenceEqual(last[name]));
        }

        progress.Steps.Should().OnlyContain(step => step.LearningRate == 0);
    }

    [Fact]
    public async Task Afterwards_it_trains_and_so_do_its_norms()
    {
        var progress = new ProgressRecorder();
        (TrainingResult result, Dictionary<string, byte[]> before) = await Fit(epochs: 3, frozen: 2, progress);

        using (result)
        {
            Dictionary<string, byte[]> after = Tiny.Weights(result.Model);
            before.Keys.Should().OnlyContain(name => !after[name].SequenceEqual(before[name]));
        }

        progress.Steps.Select(step => step.LearningRate > 0).Should().Equal(progress.Steps.Select(step => step.Epoch == 3));
    }

    // What Adam does with the first gradient does not depend on how long the parameters waited for it: with moments of zero and a bias
    // correction that counts from there, a step is the learning rate in size.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_first_step_after_thawing_is_a_first_step(bool fused)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        ITensorListKernels kernels = fused ? TensorListKernels.Current : PlainKernels.Instance;
        var options = new SsMfar.Training.OptimizerOptions {
            Kind = OptimizerKind.Adam,
            BackboneLearningRate = 1e-2,
            HeadLearningRate = 1e-2,
            WeightDecay = 0 };
        var waiting = new TorchSharp.Modules.Parameter(torch.zeros(3));
        var head = new TorchSharp.Modules.Parameter(torch.zeros(3));
        using var optimizer = new AdamOptimizer([new("b", waiting, false, false), new("h", head, true, false)], options, kernels);
        for (int step = 0; step < 5; step++)
        {
            head.grad = torch.ones(3);
            optimizer.Step(1, 0.9, 100, backboneIsFrozen: true);
        }

        waiting.data<float>().Should().OnlyContain(value => value == 0);
        waiting.grad = torch.tensor(new float[] { 3, -0.5f, 20 });
        head.grad = torch.ones(3);
        optimizer.Step(1, 0.9, null);

        waiting.data<float>().Zip([-1e-2f, 1e-2f, -1e-2f], (x, y) => Math.Abs(x - y)).Should().OnlyContain(difference => difference < 1e-6);
        optimizer.StepsTaken.Should().Be(new AdamSteps(1, 6));
    }

    [Fact]
    public void A_frozen_backbone_gets_no_gradient_and_stays_in_evaluation_mode_through_an_evaluation()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        RandomKey key = RandomKey.FromSeed(3);
        using var model = new MultiTaskModel(
            new TinyBackbone(key), new FeatureProcessing(0, false),
            new Dictionary<string, ITaskHead> { ["x"] = new LinearHead(24, 2, key) });
        model.BackboneIsFrozen = true;
        model.train();
        model.eval();
        model.train();
        model.training.Should().BeTrue();
        model.Backbone.Module.training.Should().BeFalse();
        model.call(torch.ones(4, 3, 16, 16))["x"].sum().backward();
        WithoutGradient().Should().NotBeEmpty().And.Equal(
            model.named_parameters().Select(named => named.name).Where(name => name.StartsWith("backbone.", StringComparison.Ordinal)));

        model.BackboneIsFrozen = false;
        model.train();
        model.Backbone.Module.training.Should().BeTrue();
        model.call(torch.ones(4, 3, 16, 16))["x"].sum().backward();
        WithoutGradient().Should().BeEmpty();

        IEnumerable<string> WithoutGradient() =>
            model.named_parameters().Where(named => named.parameter.grad is null).Select(named => named.name);
    }

    [Fact]
    public async Task A_model_that_was_frozen_to_the_end_is_its_owners_to_train()
    {
        using TrainingResult result = await Tiny.Builder(options =>
            (options.Epochs, options.EmaDecay, options.Optimizer.FrozenBackboneEpochs) = (1, null, 5)).Build().FitAsync(Training);

        using DisposeScope scope = torch.NewDisposeScope();
        result.Model.train();
        result.Model.Backbone.Module.training.Should().BeTrue();
        using TaskOutputs outputs = result.Model.call(torch.ones(4, 3, 16, 16));
        outputs.Names.Select(task => outputs[task].sum()).Aggregate((sum, next) => sum.Plus(next)).backward();
        result.Model.named_parameters().Where(named => named.parameter.grad is null).Should().BeEmpty();
    }

    [Fact]
    public async Task A_residual_network_trains_with_its_backbone_frozen_at_first()
    {
        using TrainingResult result = await MultiTaskTrainer.CreateBuilder().UseDevice(ComputeDevice.Cpu).Configure(Tiny.Small)
            .Configure(options => (options.BatchSize, options.Optimizer.FrozenBackboneEpochs) = (18, 1))
            .Build().FitAsync(TinyFaces.Dataset(18));

        result.History.Select(epoch => epoch.Losses["total"]).Should().OnlyContain(loss => double.IsFinite(loss));
    }

    // The run's end and the backbone that it started from.
    private static async Task<(TrainingResult Result, Dictionary<string, byte[]> Before)> Fit(
        int epochs, int frozen, IProgress<TrainingProgress>? progress = null)
    {
        Dictionary<string, byte[]> before = [];
        TrainingResult result = await Tiny.Builder(options =>
        {
            options.Epochs = epochs;
            options.Optimizer.FrozenBackboneEpochs = frozen;
            options.Optimizer.BackboneLearningRate = 1e-3;
            options.GradientClipNorm = 2;
        }).UseBackbone(BackboneFactory.Of(key =>
        {
            var backbone = new TinyBackbone(key);
            before = Tiny.Weights(backbone, "backbone.");
            return backbone;
        })).Build().FitAsync(Training, null, progress);
        return (result, before);
    }
}
