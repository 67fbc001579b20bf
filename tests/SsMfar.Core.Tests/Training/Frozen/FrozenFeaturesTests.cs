using SsMfar.Augmentation;
using SsMfar.Data;
using SsMfar.Inference;
using SsMfar.Models;
using SsMfar.Randomness;
using SsMfar.Runtime;
using SsMfar.Training;
using TorchSharp;

namespace SsMfar.Tests.Training.Frozen;

/// <summary>Heads trained on features that were computed once: as on images, and the result predicts images.</summary>
public sealed class FrozenFeaturesTests
{
    private static readonly AffectDataset Training = TinyFaces.Dataset(60);
    private static readonly AffectDataset Validation = TinyFaces.Dataset(30, seed: 2);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_backbone_stays_as_it_is_the_heads_learn_and_the_file_predicts_images_as_it_was_judged(bool averaged)
    {
        Dictionary<string, byte[]> before = [];
        BackboneFactory factory = BackboneFactory.Of(key =>
        {
            TinyBackbone backbone = Trained(key);
            before = Tiny.Weights(backbone, "backbone.");
            return backbone;
        });
        using TrainingResult result = await Builder(options => options.EmaDecay = averaged ? 0.9 : null).UseBackbone(factory).Build()
            .FitAsync(Training, Validation);

        Dictionary<string, byte[]> after = Tiny.Weights(result.Model);
        before.Should().NotBeEmpty();
        before.Keys.Should().OnlyContain(name => after[name].SequenceEqual(before[name]));
        result.History.Select(epoch => epoch.Losses["total"]).Should().BeInDescendingOrder("the heads learn");

        using var folder = new TemporaryFolder();
        string path = Path.Combine(folder.Path, "model.safetensors");
        result.SaveModel(path);
        using AffectPredictor predictor = AffectPredictor.Load(path, new() { Parts = TinyBackbone.Parts });
        var judged = (await predictor.EvaluateAsync(Validation)).Scores;
        judged.PMtl.Should().BeApproximately(result.BestScore!.Value, 1e-4);
        judged.ValenceArousal!.Valence.Should().BeApproximately(result.Evaluation.Affect.ValenceArousal!.Valence, 1e-4);
    }

    // Where the weak view is the image or its mirror image, the features computed once are those that a step would compute.
    [Fact]
    public async Task Training_on_features_is_training_on_images_with_a_frozen_backbone()
    {
        using TrainingResult images = await Supervised(
            options => options.Optimizer.FrozenBackboneEpochs = options.Epochs).UseWeakView(_ => new Mirrored()).Build()
            .FitAsync(Training, Validation);
        using TrainingResult features = await Supervised(options =>
            (options.FrozenFeatures.Enabled, options.FrozenFeatures.WeakViews) = (true, 0)).Build().FitAsync(Training, Validation);

        features.History.Should().HaveSameCount(images.History);
        for (int epoch = 0; epoch < images.History.Length; epoch++)
        {
            foreach ((string term, double loss) in images.History[epoch].Losses)
            {
                features.History[epoch].Losses[term].Should().BeApproximately(loss, 1e-4, $"{term} of epoch {epoch + 1}");
            }

            features.History[epoch].Evaluation!.Score!.Value.Should().BeApproximately(images.History[epoch].Evaluation!.Score!.Value, 0.02);
        }
    }

    [Fact]
    public async Task Everything_that_steps_can_do_works_on_features()
    {
        var progress = new ProgressRecorder();
        using TrainingResult result = await Builder(options =>
        {
            options.AccumulationSteps = 2;
            options.GradientClipNorm = 1;
            options.Mixup.Alpha = 0.4;
            options.LabelSmoothing = 0.1;
            options.Heads.L2Normalize = true;
            options.Balancing.Kind = TaskBalancingKind.Uncertainty;
            options.SemiSupervision.Teacher = PseudoLabelTeacher.Average;
            options.SemiSupervision.Policy = PseudoLabelPolicyKind.FreeMatch;
        }).Build().FitAsync(Training, Validation, progress);

        result.History.Should().OnlyContain(epoch => double.IsFinite(epoch.Losses["total"]) && epoch.Evaluation!.Score > 0);
        result.History.Should().Contain(epoch => epoch.Losses["expression.unsupervised"] > 0 || epoch.Losses["expression.consistency"] > 0);
        FeatureProgress[] computed = [.. progress.Reports.OfType<FeatureProgress>()];
        computed.Where(report => report.Set == "training").Select(report => report.Done).Should().EndWith(60);
        computed.Where(report => report.Set == "validation").Select(report => report.Done).Should().EndWith(30);
        computed.Should().OnlyContain(report => report.Total == (report.Set == "training" ? 60 : 30));
        progress.Steps.Should().OnlyContain(step => step.LearningRate == 0, "it is the backbone's");
    }

    // The weights that a run goes on with are those of its checkpoint.
    [Fact]
    public async Task A_resumed_run_has_the_features_of_its_checkpoints_backbone()
    {
        using TrainingResult whole = await Builder(_ => { }).Build().FitAsync(Training, Validation);
        using var folder = new TemporaryFolder();
        using var stop = new CancellationTokenSource();
        var progress = new ProgressRecorder(report => Stop(report is EpochProgress { Result.Epoch: 2 }));
        Func<Task> fit = async () => (await Builder(_ => { }).UseCheckpoints(folder.Path).Build()
            .FitAsync(Training, Validation, progress, stop.Token)).Dispose();
        await fit.Should().ThrowAsync<OperationCanceledException>();

        using TrainingResult resumed = await Builder(_ => { }).UseBackbone(BackboneFactory.Of(key => Trained(key.Fold(77))))
            .UseCheckpoints(folder.Path, CheckpointMode.Resume).Build().FitAsync(Training, Validation);

        Tiny.ShouldEqual(resumed, whole);

        void Stop(bool now)
        {
            if (now)
            {
                stop.Cancel();
            }
        }
    }

    [Fact]
    public void The_preset_sets_what_its_documentation_says()
    {
        TrainingOptions plain = TrainingRecipe.Paper.Create(), frozen = TrainingRecipe.Paper.Create();
        frozen.UseFrozenFeatures();

        RunDescription.Of(plain, []).Differences(RunDescription.Of(frozen, [])).Should().Equal(
            "Epochs was 40, is 30", "FrozenFeatures.Enabled was false, is true", "Optimizer.HeadLearningRate was 0.01, is 0.005");
    }

    [Theory]
    [InlineData(false, true)]
    [InlineData(true, false)]
    public async Task Features_of_random_weights_are_warned_of_where_the_library_knows_that_they_are(bool custom, bool warned)
    {
        using var log = new LogBook();
        MultiTaskTrainerBuilder builder = Builder(options => (options.BatchSize, options.Epochs) = (12, 1)).UseLogging(log);
        using TrainingResult result = await (custom ? builder : builder.UseBackbone(BackboneFactory.ResNet18)).Build()
            .FitAsync(TinyFaces.Dataset(12));

        log.Of(31).Any().Should().Be(warned);
        log.Of(30).Should().ContainSingle();
    }

    private static MultiTaskTrainerBuilder Builder(Action<TrainingOptions> configure) => Tiny.Builder(options =>
    {
        options.FrozenFeatures.Enabled = true;
        options.Epochs = 4;
        configure(options);
    }).UseBackbone(BackboneFactory.Of(key => Trained(key)));

    private static MultiTaskTrainerBuilder Supervised(Action<TrainingOptions> configure) => Tiny.Builder(options =>
    {
        options.Epochs = 3;
        configure(options);
    }).UseVariant(SsMfarVariant.Mfar).UseBackbone(BackboneFactory.Of(key => Trained(key)));

    // Batch statistics that are not those of nothing seen.
    private static TinyBackbone Trained(RandomKey key)
    {
        var backbone = new TinyBackbone(key);
        using var noGradient = torch.no_grad();
        foreach ((string name, torch.Tensor buffer) in backbone.named_buffers())
        {
            if (name.EndsWith("running_mean", StringComparison.Ordinal))
            {
                buffer.fill_(Scalars.Of(-0.3f));
            }
        }

        return backbone;
    }

    private sealed class Mirrored : IAugmentation
    {
        public torch.Tensor Apply(torch.Tensor pixels, RandomKey key)
        {
            using DisposeScope scope = torch.NewDisposeScope();
            return torch.stack(Enumerable.Range(0, (int)pixels.size(0)).Select(row =>
            {
                RandomSource random = key.Fold(row).ToSource();
                return random.NextInt32(2) == 1 ? pixels[row].flip(2) : pixels[row];
            })).MoveToOuterDisposeScope();
        }
    }
}
