using SsMfar.Augmentation;
using SsMfar.Data;
using SsMfar.Imaging;
using SsMfar.Inference;
using SsMfar.Metadata;
using SsMfar.Models;
using SsMfar.Predictions;
using SsMfar.Randomness;
using SsMfar.Runtime;
using SsMfar.Training;
using SsMfar.Weights;
using TorchSharp;

namespace SsMfar.Tests.Training.Frozen;

/// <summary>Heads trained on features that were computed once: as if each training computed them.</summary>
public sealed class FrozenFeatureSetTests
{
    private static readonly AffectDataset Faces = TinyFaces.Dataset(60);
    private static readonly AffectDataset Others = TinyFaces.Dataset(30, seed: 2);

    // With augmented views too: the whole set's are those that the trainer itself would draw.
    [Fact]
    public async Task Heads_learn_of_the_whole_set_what_they_learn_of_its_images_bit_for_bit()
    {
        using TrainingResult images = await Builder().Build().FitAsync(Faces);
        MultiTaskTrainer trainer = Builder().Build();
        using FrozenFeatureSet features = await trainer.ComputeFeaturesAsync(Faces);
        using TrainingResult heads = await trainer.FitHeadsAsync(features);

        Tiny.ShouldEqual(heads, images);
        (features.Count, features.Views, features.SkippedImages, features.Bytes).Should()
            .Be((60, 6, 0, 60L * 6 * images.Model.Backbone.FeatureWidth * sizeof(float)));
    }

    // The image and its mirror image alone, since augmented views depend on which rows are drawn with them.
    [Fact]
    public async Task Every_fold_of_a_cross_fitting_is_as_if_it_computed_its_own_features()
    {
        MultiTaskTrainer trainer = Plain().Build();
        using FrozenFeatureSet features = await trainer.ComputeFeaturesAsync(Faces);
        int[] foldOf = Faces.Annotations.Folds(3, 5);
        for (int fold = 0; fold < 3; fold++)
        {
            int[] learned = [.. Enumerable.Range(0, 60).Where(row => foldOf[row] != fold)];
            int[] judged = [.. Enumerable.Range(0, 60).Where(row => foldOf[row] == fold)];
            AffectDataset rest = Faces.With(Faces.Annotations.Select(judged));
            using TrainingResult images = await Plain().Build().FitAsync(Faces.With(Faces.Annotations.Select(learned)), rest);
            using TrainingResult heads = await trainer.FitHeadsAsync(features.Select(learned), features.Select(judged));

            for (int epoch = 0; epoch < images.History.Length; epoch++)
            {
                foreach ((string term, double loss) in images.History[epoch].Losses)
                {
                    heads.History[epoch].Losses[term].Should().BeApproximately(loss, 1e-4, $"{term} of epoch {epoch + 1}");
                }
            }

            IReadOnlyList<AffectPrediction> byFile = await Read(images, rest, flip: false);
            ShouldBeAlike(features.Select(judged).Predict(heads), byFile);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_heads_read_in_features_is_what_their_file_reads_in_images(bool flip)
    {
        MultiTaskTrainer trainer = Builder().Build();
        using FrozenFeatureSet features = await trainer.ComputeFeaturesAsync(Faces);
        using TrainingResult heads = await trainer.FitHeadsAsync(features);

        ShouldBeAlike(features.Predict(heads, new() { FlipAveraging = flip }), await Read(heads, Faces, flip));
    }

    [Fact]
    public async Task Images_are_read_and_the_backbone_is_run_once_for_any_number_of_trainings()
    {
        int passes = 0;
        MultiTaskTrainer trainer = Builder().UseBackbone(BackboneFactory.Of(key => new Counting(key, () => passes++))).Build();
        CountedImages images = new();
        using FrozenFeatureSet features = await trainer.ComputeFeaturesAsync(new(Faces.Annotations, images));
        (int computed, int opened) = (passes, images.Opened);
        computed.Should().Be(6, "the sixty images are one batch, of which each view is a pass");

        for (int fold = 0; fold < 2; fold++)
        {
            using TrainingResult heads = await trainer.FitHeadsAsync(
                features.Select(Enumerable.Range(0, 40)), features.Select([50, 51, 52]));
            features.Select([3, 1]).Predict(heads).Should().HaveCount(2);
        }

        (passes, images.Opened).Should().Be((computed, opened));
    }

    [Fact]
    public async Task Another_seed_begins_with_other_heads_on_the_sets_backbone()
    {
        using FrozenFeatureSet features = await Builder().Build().ComputeFeaturesAsync(Faces);
        using TrainingResult one = await Builder().Build().FitHeadsAsync(features);
        using TrainingResult other = await Builder(options => options.Seed = 9).Build().FitHeadsAsync(features);

        Dictionary<string, byte[]> first = Tiny.Weights(one.Model), second = Tiny.Weights(other.Model);
        first.Keys.Where(name => name.StartsWith("backbone.", StringComparison.Ordinal)).Should()
            .OnlyContain(name => first[name].SequenceEqual(second[name]));
        first.Keys.Where(name => name.EndsWith("weight", StringComparison.Ordinal) && name.StartsWith("heads.", StringComparison.Ordinal))
            .Should().NotBeEmpty().And.OnlyContain(name => !first[name].SequenceEqual(second[name]));
    }

    [Fact]
    public async Task Heads_learn_the_labels_that_the_set_is_given()
    {
        MultiTaskTrainer trainer = Builder().Build();
        using FrozenFeatureSet features = await trainer.ComputeFeaturesAsync(Faces);
        AnnotationSet turned = new(Faces.Annotations.Select(
            row => row with { Expression = row.Expression is { } expression ? (expression + 1) % 8 : null }));
        using TrainingResult heads = await trainer.FitHeadsAsync(features.With(turned));
        using TrainingResult images = await trainer.FitAsync(Faces.With(turned));

        Tiny.ShouldEqual(heads, images);
        features.Invoking(set => set.With(Others.Annotations)).Should().Throw<ArgumentException>().WithMessage("*not of the set's images*");
        features.Invoking(set => set.Select([60])).Should().Throw<ArgumentOutOfRangeException>();
    }

    [Fact]
    public async Task A_trainer_that_stops_early_computes_features_and_stops_early_on_them()
    {
        using var log = new LogBook();
        MultiTaskTrainer trainer = Builder(options => options.EarlyStopping = new() { Patience = 1, MinimumImprovement = 100 })
            .UseLogging(log).Build();
        using FrozenFeatureSet features = await trainer.ComputeFeaturesAsync(Faces);
        using FrozenFeatureSet judged = await trainer.ComputeFeaturesAsync(Others);
        using TrainingResult heads = await trainer.FitHeadsAsync(features, judged);

        heads.StopReason.Should().Be(TrainingStopReason.NoImprovement);
        log.Entries.Should().NotContain(entry => entry.Text.Contains("MinimumImprovement", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(2, true)]
    [InlineData(1, false)]
    [InlineData(0, false)]
    public async Task Heads_learn_of_more_views_than_they_draw_from_as_if_there_were_no_others(int strongViews, bool bare)
    {
        // Without an expression label no row has a strong view.
        AnnotationSet labels = bare ? new(Faces.Annotations.Select(row => row with { Expression = null })) : Faces.Annotations;
        using FrozenFeatureSet features = await Builder().Build().ComputeFeaturesAsync(Faces);
        MultiTaskTrainer trainer = Builder(options => options.FrozenFeatures.StrongViews = strongViews).Build();
        using TrainingResult heads = await trainer.FitHeadsAsync(features.With(labels));
        using TrainingResult images = await trainer.FitAsync(Faces.With(labels));

        Tiny.ShouldEqual(heads, images);
    }

    [Fact]
    public async Task Rows_that_judge_need_no_augmented_views()
    {
        AffectDataset bare = Others.With(new(Others.Annotations.Select(row => row with { Expression = null })));
        MultiTaskTrainer trainer = Builder().Build();
        using FrozenFeatureSet features = await trainer.ComputeFeaturesAsync(Faces);
        using FrozenFeatureSet judged = await trainer.ComputeFeaturesAsync(bare);
        using FrozenFeatureSet plain = await Plain().Build().ComputeFeaturesAsync(bare);
        (features.Views, judged.Views, plain.Views).Should().Be((6, 4, 2));
        using TrainingResult heads = await trainer.FitHeadsAsync(features, judged);
        using TrainingResult byPlain = await trainer.FitHeadsAsync(features, plain);
        using TrainingResult images = await trainer.FitAsync(Faces, bare);

        Tiny.ShouldEqual(heads, images);
        Tiny.ShouldEqual(byPlain, images);
    }

    [Fact]
    public async Task A_run_on_features_is_resumed_with_the_same_bits()
    {
        using var folder = new TemporaryFolder();
        using FrozenFeatureSet features = await Builder().Build().ComputeFeaturesAsync(Faces);
        using TrainingResult whole = await Builder().Build().FitHeadsAsync(features);
        using var stop = new CancellationTokenSource();
        var progress = new ProgressRecorder(report =>
        {
            if (report is EpochProgress { Result.Epoch: 2 })
            {
                stop.Cancel();
            }
        });
        Func<Task> fit = async () => (await Builder().UseCheckpoints(folder.Path).Build()
            .FitHeadsAsync(features, null, progress, stop.Token)).Dispose();
        await fit.Should().ThrowAsync<OperationCanceledException>();

        using FrozenFeatureSet foreign = await Builder().UseBackbone(Fixed(4)).Build().ComputeFeaturesAsync(Faces);
        Func<Task> other = () => Builder().UseCheckpoints(folder.Path, CheckpointMode.Resume).Build().FitHeadsAsync(foreign);
        (await other.Should().ThrowAsync<TrainingConfigurationException>()).WithMessage("*is not the one*");

        using TrainingResult resumed = await Builder().UseCheckpoints(folder.Path, CheckpointMode.Resume).Build().FitHeadsAsync(features);
        Tiny.ShouldEqual(resumed, whole);
    }

    [Theory]
    [InlineData("seed", "*Features was Seed 0, Views *, is Seed 4, Views *")]
    [InlineData("views", "*Features was *WeakView by the options*, is *WeakView SsMfar.Augmentation.WeakAugmentation*")]
    [InlineData("images", "*Features was *60 rows*, is *61 rows*")]
    public async Task A_run_on_features_is_not_resumed_with_other_views_of_the_same_backbone(string what, string message)
    {
        using var folder = new TemporaryFolder();
        MultiTaskTrainerBuilder Resuming(MultiTaskTrainerBuilder builder) =>
            builder.UseBackbone(Fixed(1)).UseCheckpoints(folder.Path, CheckpointMode.ResumeIfPresent);
        using FrozenFeatureSet features = await Builder().UseBackbone(Fixed(1)).Build().ComputeFeaturesAsync(Faces);
        (await Resuming(Builder()).Build().FitHeadsAsync(features)).Dispose();
        MultiTaskTrainer stranger = (what switch
        {
            "seed" => Builder(options => options.Seed = 4),
            "views" => Builder().UseWeakView(_ => new WeakAugmentation(new())),
            _ => Builder(),
        }).UseBackbone(Fixed(1)).Build();
        using FrozenFeatureSet foreign = await stranger.ComputeFeaturesAsync(what == "images" ? TinyFaces.Dataset(61) : Faces);

        Func<Task> other = async () =>
            (await Resuming(Builder()).Build().FitHeadsAsync(foreign.Select(Enumerable.Range(0, 60)))).Dispose();

        (await other.Should().ThrowAsync<CheckpointException>()).WithMessage(message);
    }

    [Fact]
    public async Task A_run_on_images_alone_is_resumed_with_the_features_of_any_trainer()
    {
        using var folder = new TemporaryFolder();
        MultiTaskTrainerBuilder Resuming() => Plain().UseBackbone(Fixed(1)).UseCheckpoints(folder.Path, CheckpointMode.ResumeIfPresent);
        using FrozenFeatureSet features = await Plain().UseBackbone(Fixed(1)).Build().ComputeFeaturesAsync(Faces);
        using FrozenFeatureSet others = await Plain().Configure(options => options.Seed = 4).UseBackbone(Fixed(1)).Build()
            .ComputeFeaturesAsync(Faces);
        using TrainingResult first = await Resuming().Build().FitHeadsAsync(features);

        using TrainingResult again = await Resuming().Build().FitHeadsAsync(others);

        Tiny.ShouldEqual(again, first);
    }

    [Fact]
    public async Task What_does_not_fit_the_features_is_refused()
    {
        using FrozenFeatureSet features = await Builder().Build().ComputeFeaturesAsync(Faces);
        await Refused(Tiny.Builder(), "*FrozenFeatures.Enabled is false*set it.*");
        await Refused(Builder(options => options.FrozenFeatures.WeakViews = 1), "*2 augmented weak and 2 strong views*ask for 1 and 2*");
        await Refused(Builder(options => options.FrozenFeatures.WeakViews = 3), "*2 augmented weak and 2 strong views*ask for 3 and 2*");
        await Refused(Builder(options => options.FrozenFeatures.StrongViews = 3), "*2 augmented weak and 2 strong views*ask for 2 and 3*");
        await Refused(Builder(options => options.ImageSize = 40), "*images of 32 pixels, the trainer's of 40*");
        await Refused(
            Builder().UseBackbone(BackboneFactory.Of(key => new Counting(key, () => { }))), "*features are of the backbone*trainer's is*");
        using TrainingResult foreign = await Builder(options => options.Seed = 4).Build().FitAsync(Faces);
        features.Invoking(set => set.Predict(foreign)).Should().Throw<TrainingConfigurationException>().WithMessage("*is not the one*");
        Func<Task> compute = () => Tiny.Builder().Build().ComputeFeaturesAsync(Faces);
        await compute.Should().ThrowAsync<TrainingConfigurationException>();

        async Task Refused(MultiTaskTrainerBuilder builder, string message)
        {
            Func<Task> fit = async () => (await builder.Build().FitHeadsAsync(features)).Dispose();
            (await fit.Should().ThrowAsync<TrainingConfigurationException>()).WithMessage(message);
        }
    }

    [Fact]
    public async Task A_model_to_start_from_has_the_backbone_of_the_features()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("start.safetensors");
        using (TrainingResult start = await Builder(options => options.Seed = 4).Build().FitAsync(Faces))
        {
            start.SaveModel(path);
        }

        using FrozenFeatureSet features = await Builder().Build().ComputeFeaturesAsync(Faces);
        MultiTaskTrainer trainer = Builder().UseStartModel(path).Build();
        Func<Task> fit = async () => (await trainer.FitHeadsAsync(features)).Dispose();
        (await fit.Should().ThrowAsync<TrainingConfigurationException>())
            .WithMessage($"{path}: its backbone is not the one*compute features with the model to start from*");

        using FrozenFeatureSet own = await trainer.ComputeFeaturesAsync(Faces);
        using TrainingResult heads = await trainer.FitHeadsAsync(own);
        heads.Start!.Parts.Should().OnlyContain(part => part.IsTaken);
    }

    [Fact]
    public async Task The_model_says_what_weights_the_features_backbone_started_from()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("weights.safetensors");
        using (ResNet network = new(18, RandomKey.FromSeed(5)))
        {
            SafetensorsWriter.Write(path, network.state_dict());
        }

        AffectDataset few = TinyFaces.Dataset(16);
        MultiTaskTrainer pretrained = Short()
            .UseBackbone(BackboneFactory.ResNet18, PretrainedWeights.FromFile(path, ChannelOrder.Rgb)).Build();
        MultiTaskTrainer scratch = Short().UseBackbone(BackboneFactory.ResNet18).Build();
        using FrozenFeatureSet known = await pretrained.ComputeFeaturesAsync(few);
        using FrozenFeatureSet random = await scratch.ComputeFeaturesAsync(few);
        using TrainingResult ofKnown = await scratch.FitHeadsAsync(known);
        using TrainingResult ofRandom = await pretrained.FitHeadsAsync(random);

        ofKnown.Metadata.Notes.Should().Contain("started-from", "weights.safetensors");
        ofRandom.Metadata.Notes.Should().NotContainKey("started-from");

        static MultiTaskTrainerBuilder Short() => Plain().Configure(options => (options.Epochs, options.EmaDecay) = (1, null));
    }

    [Fact]
    public async Task Parts_of_a_set_give_nothing_back_and_the_set_gives_back_all()
    {
        MultiTaskTrainer trainer = Builder().Build();
        FrozenFeatureSet features = await trainer.ComputeFeaturesAsync(Faces);
        features.Select([1, 2]).Dispose();
        features.With(Faces.Annotations).Dispose();
        (await trainer.FitHeadsAsync(features)).Dispose();

        features.Dispose();
        Func<Task> fit = () => trainer.FitHeadsAsync(features);
        await fit.Should().ThrowAsync<Exception>("there is nothing left");
    }

    [Fact]
    public async Task A_set_and_the_rows_that_judge_it_may_overlap_and_that_is_said()
    {
        using var log = new LogBook();
        MultiTaskTrainer trainer = Builder().UseLogging(log).Build();
        using FrozenFeatureSet features = await trainer.ComputeFeaturesAsync(Faces);
        (await trainer.FitHeadsAsync(features.Select(Enumerable.Range(0, 40)), features.Select(Enumerable.Range(40, 20)))).Dispose();
        int before = log.Of(12).Count();
        (await trainer.FitHeadsAsync(features.Select(Enumerable.Range(0, 40)), features.Select(Enumerable.Range(30, 20)))).Dispose();

        (before, log.Of(12).Count()).Should().Be((0, 1));
        log.Of(12).Single().Text.Should().Contain("10 of 20");
    }

    private static MultiTaskTrainerBuilder Builder(Action<TrainingOptions>? configure = null) => Tiny.Builder(options =>
    {
        options.FrozenFeatures.Enabled = true;
        options.Epochs = 4;
        options.Imbalance.WeightCap = 10;
        configure?.Invoke(options);
    });

    // Whatever the trainer's seed.
    private static BackboneFactory Fixed(long seed) => BackboneFactory.Of(_ => new TinyBackbone(RandomKey.FromSeed(seed)));

    private static MultiTaskTrainerBuilder Plain() => Builder(options =>
        (options.FrozenFeatures.WeakViews, options.FrozenFeatures.StrongViews) = (0, 0));

    private static async Task<IReadOnlyList<AffectPrediction>> Read(TrainingResult result, AffectDataset faces, bool flip)
    {
        using var folder = new TemporaryFolder();
        string path = Path.Combine(folder.Path, "model.safetensors");
        result.SaveModel(path);
        using AffectPredictor predictor = AffectPredictor.Load(
            path, new() { Parts = TinyBackbone.Parts, FlipAveraging = flip, Device = ComputeDevice.Cpu });
        return (await predictor.EvaluateAsync(faces)).Predictions;
    }

    private static void ShouldBeAlike(IReadOnlyList<AffectPrediction> read, IReadOnlyList<AffectPrediction> expected)
    {
        read.Should().HaveSameCount(expected);
        for (int row = 0; row < read.Count; row++)
        {
            Numbers(read[row]).Zip(Numbers(expected[row]), (a, b) => Math.Abs(a - b)).Max().Should().BeLessThan(1e-3f, $"row {row}");
        }
    }

    private static IEnumerable<float> Numbers(AffectPrediction prediction) =>
    [
        .. prediction.Expression!.Probabilities, .. prediction.ActionUnits!.Probabilities, prediction.Valence!.Value,
        prediction.Arousal!.Value,
    ];

    private sealed class CountedImages : IImageSource
    {
        private readonly TinyFaces.Images _images = new();
        private int _opened;

        public int Opened => _opened;

        public Stream Open(string name)
        {
            Interlocked.Increment(ref _opened);
            return _images.Open(name);
        }

        public bool Exists(string name) => true;

        public ImageStamp? GetStamp(string name) => _images.GetStamp(name);

        public string Describe(string name) => _images.Describe(name);

        public void Dispose() => _images.Dispose();
    }

    // Says whenever it is run.
    private sealed class Counting : torch.nn.Module<torch.Tensor, torch.Tensor>, IBackbone<Counting>
    {
        private readonly Action _count;
        private readonly TinyBackbone _backbone;

        public Counting(RandomKey key, Action count)
            : base(nameof(Counting))
        {
            (_count, _backbone) = (count, new(key));
            RegisterComponents();
        }

        public static string Kind => "counting";

        public int FeatureWidth => _backbone.FeatureWidth;

        public static Counting Create(PartDescription description, RandomKey key) => new(key, () => { });

        public override torch.Tensor forward(torch.Tensor input)
        {
            _count();
            return _backbone.call(input);
        }
    }
}
