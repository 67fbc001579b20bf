using System.Collections.Immutable;
using System.Threading.Channels;
using SsMfar.Data;
using SsMfar.Inference;
using SsMfar.Metadata;
using SsMfar.Predictions;

namespace SsMfar.Tests.Inference;

public sealed class AveragingPredictorTests
{
    [Fact]
    public void Probabilities_values_and_thresholds_are_averaged()
    {
        using PredictionEngine first = Engine(0);
        using PredictionEngine second = Engine(1);
        using AveragingPredictor both = new([Engine(0), Engine(1, threshold: 0.7f)]);
        FaceImage face = FakeFaces.Face(100);

        AffectPrediction average = both.Predict(face);

        (AffectPrediction a, AffectPrediction b) = (first.Predict(face), second.Predict(face));
        Mean(a.Expression!.Probabilities, b.Expression!.Probabilities).Should().Equal(average.Expression!.Probabilities);
        Mean(a.ActionUnits!.Probabilities, b.ActionUnits!.Probabilities).Should().Equal(average.ActionUnits!.Probabilities);
        Mean([a.Valence!.Value, a.Arousal!.Value], [b.Valence!.Value, b.Arousal!.Value]).Should()
            .Equal(average.Valence!.Value, average.Arousal!.Value);
        average.ActionUnits.Thresholds.Should().AllSatisfy(threshold => threshold.Should().BeApproximately(0.6f, 1e-6f));
        both.Metadata.ActionUnitThresholds()!.Value.Should().Equal(average.ActionUnits.Thresholds);
        average.Should().NotBeEquivalentTo(a);
    }

    [Fact]
    public async Task No_face_among_many_is_told_as_by_a_single_predictor()
    {
        using AveragingPredictor both = new([Engine(0), Engine(1)]);
        using PredictionEngine one = Engine(0);
        foreach (IAffectPredictor predictor in new IAffectPredictor[] { both, one })
        {
            predictor.Invoking(p => p.PredictAll([null!])).Should().Throw<ArgumentNullException>().WithParameterName("face");
            Func<Task> stream = async () => await predictor.PredictAsync(new FaceImage[] { null! }).ToListAsync();
            (await stream.Should().ThrowAsync<ArgumentNullException>()).WithParameterName("face");
        }
    }

    [Fact]
    public void One_model_or_the_same_model_many_times_changes_nothing()
    {
        using PredictionEngine alone = Engine(0.25f);
        using AveragingPredictor one = new([Engine(0.25f)]);
        using AveragingPredictor three = new([Engine(0.25f), Engine(0.25f), Engine(0.25f)]);
        for (int i = 0; i < 50; i++)
        {
            AffectPrediction expected = alone.Predict(FakeFaces.Face(i));
            Same(one.Predict(FakeFaces.Face(i)), expected);
            Same(three.Predict(FakeFaces.Face(i)), expected);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Many_faces_are_predicted_in_order_each_way(bool fromStreams)
    {
        FaceImage[] faces = [.. Enumerable.Range(0, 300)
            .Select(i => i % 50 == 7 ? FakeFaces.Broken($"broken {i}") : fromStreams ? Stream(i) : FakeFaces.Face(i))];
        FaceImage[] Faces() =>
            fromStreams ? [.. Enumerable.Range(0, 300).Select(i => i % 50 == 7 ? FakeFaces.Broken($"broken {i}") : Stream(i))] : faces;
        using AveragingPredictor predictor = new([Engine(0, batchSize: 8), Engine(0.5f, batchSize: 50)]);
        FaceImage[] given = Faces();

        IReadOnlyList<PredictionItem> all = predictor.PredictAll(given);
        PredictionItem[] streamed = await predictor.PredictAsync(Faces()).ToArrayAsync();
        PredictionItem[] arrived = await predictor.PredictAsync(Faces().ToAsyncEnumerable()).ToArrayAsync();

        all.Select(item => item.Face).Should().Equal(given);
        foreach (IReadOnlyList<PredictionItem> items in new[] { all, streamed, arrived })
        {
            items.Select(item => item.Index).Should().Equal(Enumerable.Range(0, 300));
            items.Select(item => item.Name).Should().Equal(given.Select(face => face.Name));
            items.Where(item => !item.Succeeded).Select(item => item.Index).Should().Equal(7, 57, 107, 157, 207, 257);
            items.Where(item => item.Succeeded).Max(item => Math.Abs(item.Prediction!.Arousal!.Value - Arousal(item.Index))).Should()
                .BeLessThan(1e-5f);
        }

        static float Arousal(int i) =>
            (float)((Math.Max(-1, (double)FakeFaces.Arousal(i)) + Math.Clamp(FakeFaces.Arousal(i) + 0.5, -1, 1)) / 2);
    }

    [Fact]
    public async Task Leaving_the_loop_ends_waiting_for_faces_that_never_come()
    {
        using AveragingPredictor predictor = new([Engine(0), Engine(1)]);
        Channel<FaceImage> camera = Channel.CreateUnbounded<FaceImage>();
        await camera.Writer.WriteAsync(FakeFaces.Face(1));

        await foreach (PredictionItem item in predictor.PredictAsync(camera.Reader.ReadAllAsync()))
        {
            item.Succeeded.Should().BeTrue();
            break;
        }

        using CancellationTokenSource stop = new();
        Func<Task> cancelled = async () =>
        {
            await camera.Writer.WriteAsync(FakeFaces.Face(2));
            await foreach (PredictionItem _ in predictor.PredictAsync(camera.Reader.ReadAllAsync(), stop.Token))
            {
                await stop.CancelAsync();
            }
        };
        await cancelled.Should().ThrowAsync<OperationCanceledException>();
    }

    [Fact]
    public async Task What_the_sequence_throws_comes_out()
    {
        using AveragingPredictor predictor = new([Engine(0), Engine(1)]);
        static IEnumerable<FaceImage> Faces()
        {
            yield return FakeFaces.Face(1);
            throw new InvalidOperationException("the camera fell");
        }

        Func<Task> sync = async () => await predictor.PredictAsync(Faces()).ToArrayAsync();
        Func<Task> arriving = async () => await predictor.PredictAsync(Faces().ToAsyncEnumerable()).ToArrayAsync();

        await sync.Should().ThrowAsync<InvalidOperationException>().WithMessage("the camera fell");
        await arriving.Should().ThrowAsync<InvalidOperationException>().WithMessage("the camera fell");
    }

    [Fact]
    public void Models_that_differ_are_refused_and_told_apart()
    {
        using PredictionEngine full = Engine(0);
        using PredictionEngine lacking = new(new FakeNetwork((AffectTaskNames.ValenceArousal, new ValenceArousalDecoder())));
        using PredictionEngine classes = new(new ShiftedNetwork(new FakeNetwork(), 0, ["a", "b", "c"]));
        Action none = () => _ = new AveragingPredictor([]);
        Action tasks = () => _ = new AveragingPredictor([full, lacking]);
        Action names = () => _ = new AveragingPredictor([full, classes]);
        using PredictionEngine own = new(new FakeNetwork(
            (AffectTaskNames.Expression, new ExpressionDecoder(FakeNetwork.Classes)),
            (AffectTaskNames.ValenceArousal, new NumberDecoder()), (AffectTaskNames.ActionUnits, new ActionUnitDecoder())));
        Action kinds = () => _ = new AveragingPredictor([full, own]);

        none.Should().Throw<ArgumentException>().WithMessage("*one predictor or more*");
        tasks.Should().Throw<ArgumentException>()
            .WithMessage("The tasks of model 1 are action_units, expression, valence_arousal, those of model 2 are valence_arousal.*");
        kinds.Should().Throw<ArgumentException>().WithMessage(
            "The kinds of tasks of model 1 are *valence_arousal by clamped-valence-arousal, those of model 2 are *valence_arousal by " +
                "number.*");
        names.Should().Throw<ArgumentException>().WithMessage("The expression classes of model 1*model 2 are a, b, c.*");
    }

    [Fact]
    public void The_template_is_that_of_the_models_that_say_one_whatever_their_order()
    {
        FaceTemplate large = FaceTemplate.ArcFace5 with { Size = 224 };
        using PredictionEngine silent = Aligned(null), small = Aligned(FaceTemplate.ArcFace5), big = Aligned(large),
            box = Aligned(FaceTemplate.Box), wide = Aligned(FaceTemplate.Box with { Margin = 0.5 });
        foreach ((PredictionEngine[] models, FaceTemplate? expected) in new (PredictionEngine[], FaceTemplate?)[]
        {
            ([silent, silent], null), ([silent, small], FaceTemplate.ArcFace5), ([small, silent], FaceTemplate.ArcFace5),
            ([small, silent, big], large), ([big, small], large),
        })
        {
            new AveragingPredictor(models).Metadata.Alignment.Should().Be(expected);
        }

        FluentActions.Invoking(() => new AveragingPredictor([silent, small, box])).Should().Throw<ArgumentException>()
            .WithMessage("*model 2*arcface5 at 112 pixels*model 3*box at 112 pixels, margin 0.25*").WithParameterName("predictors");
        FluentActions.Invoking(() => new AveragingPredictor([wide, box])).Should().Throw<ArgumentException>()
            .WithMessage("*model 1*margin 0.5*model 2*margin 0.25*");

        static PredictionEngine Aligned(FaceTemplate? template) => Saying(metadata => metadata with { Alignment = template });
    }

    [Fact]
    public void What_one_of_them_has_not_learned_means_nothing_in_the_mean_whatever_their_order()
    {
        using PredictionEngine whole = Lacking(null), valence = Lacking("valence"), arousal = Lacking("arousal");
        foreach ((PredictionEngine[] models, string? expected) in new (PredictionEngine[], string?)[]
        {
            ([whole, whole], null), ([whole, arousal], "arousal"), ([arousal, whole], "arousal"), ([arousal, arousal], "arousal"),
            ([valence, whole, arousal], "arousal, valence"), ([arousal, valence, whole], "arousal, valence"),
        })
        {
            AveragingPredictor mean = new(models);
            mean.Metadata.Notes.GetValueOrDefault(ModelMetadata.NotLearned).Should().Be(expected);
            mean.Metadata.Notes["of"].Should().Be("the first");
            new AveragingPredictor([mean, whole]).Metadata.Notes.GetValueOrDefault(ModelMetadata.NotLearned).Should().Be(expected);
        }

        static PredictionEngine Lacking(string? output) => Saying(metadata => metadata with
        {
            Notes = output is null ? metadata.Notes.Add("of", "the first")
                : metadata.Notes.Add("of", "the first").Add(ModelMetadata.NotLearned, output),
        });
    }

    [Fact]
    public void Tasks_of_ones_own_are_averaged_by_ones_own_function()
    {
        PredictionEngine Custom(float shift) => new(new ShiftedNetwork(new FakeNetwork(("age", new NumberDecoder())), shift, []));
        using AveragingPredictor silent = new([Custom(0), Custom(1)]);
        using AveragingPredictor told = new([Custom(0), Custom(1)], (task, values) => $"{task}: {values.Count}");
        Action predict = () => silent.Predict(FakeFaces.Face(1));

        predict.Should().Throw<InvalidOperationException>().WithMessage("*'age'*");
        told.Predict(FakeFaces.Face(1)).Custom["age"].Should().Be("age: 2");
    }

    [Fact]
    public void It_owns_the_predictors()
    {
        FakeNetwork network = new();
        AveragingPredictor predictor = new([new PredictionEngine(network), new PredictionEngine(new FakeNetwork())]);

        predictor.Dispose();
        predictor.Dispose();

        network.Disposals.Should().Be(1);
        Action predict = () => predictor.Predict(FakeFaces.Face(1));
        predict.Should().Throw<ObjectDisposedException>();
    }

    [Fact]
    public void Disposed_in_use_predictors_finish_what_the_network_has_begun_and_end_calls_that_need_it_again()
    {
        (PredictionEngine alone, FakeNetwork network) = DisposedInUse(engine => engine);
        alone.Predict(FakeFaces.Face(1)).Arousal.Should().NotBeNull();
        network.Disposals.Should().Be(1);

        (PredictionEngine many, network) = DisposedInUse(engine => engine);
        many.Invoking(one => one.PredictAll(Enumerable.Range(0, 20).Select(i => FakeFaces.Face(i)))).Should()
            .Throw<ObjectDisposedException>();
        (network.Batches.Count, network.Disposals).Should().Be((1, 1));

        (AveragingPredictor both, network) = DisposedInUse(
            engine => new AveragingPredictor([engine, new PredictionEngine(new FakeNetwork())]));
        both.Invoking(one => one.Predict(FakeFaces.Face(1))).Should().Throw<ObjectDisposedException>();
        (network.Batches.Count, network.Disposals).Should().Be((1, 1));

        static (T Predictor, FakeNetwork Network) DisposedInUse<T>(Func<PredictionEngine, T> make)
            where T : IAffectPredictor
        {
            T? predictor = default;
            FakeNetwork? network = null;
            network = new()
            {
                OnRun = () =>
                {
                    predictor!.Dispose();
                    network!.Disposals.Should().Be(0, "it runs");
                },
            };
            predictor = make(new(network));
            return (predictor, network);
        }
    }

    private static PredictionEngine Engine(float shift, float threshold = 0.5f, int? batchSize = null) => new(
        new ShiftedNetwork(
            new FakeNetwork(
                (AffectTaskNames.Expression, new ExpressionDecoder(FakeNetwork.Classes)),
                (AffectTaskNames.ValenceArousal, new ValenceArousalDecoder()),
                (AffectTaskNames.ActionUnits, new ActionUnitDecoder(Enumerable.Repeat(threshold, 12)))),
            shift,
            [.. FakeNetwork.Classes.Names]),
        new() { BatchSize = batchSize });

    private static PredictionEngine Saying(Func<ModelMetadata, ModelMetadata> change) =>
        new(new ShiftedNetwork(new FakeNetwork(), 0, [], change));

    // One red pixel size after another, as PNG.
    private static FaceImage Stream(int number)
    {
        using SkiaSharp.SKBitmap bitmap = new(FakeNetwork.Width, FakeNetwork.Height);
        for (int x = 0; x < FakeNetwork.Width; x++)
        {
            for (int y = 0; y < FakeNetwork.Height; y++)
            {
                bitmap.SetPixel(x, y, new((byte)(x < FakeNetwork.Width / 2 ? number % 256 : 0), 0, 0));
            }
        }

        using SkiaSharp.SKData encoded = bitmap.Encode(SkiaSharp.SKEncodedImageFormat.Png, 100);
        return FaceImage.FromStream(new MemoryStream(encoded.ToArray()), name: FormattableString.Invariant($"stream {number}"));
    }

    private static float[] Mean(IEnumerable<float> first, IEnumerable<float> second) =>
        [.. first.Zip(second, (a, b) => (float)(((double)a + b) / 2))];

    private static void Same(AffectPrediction actual, AffectPrediction expected)
    {
        actual.Expression!.Probabilities.Should().Equal(expected.Expression!.Probabilities);
        actual.ActionUnits!.Probabilities.Should().Equal(expected.ActionUnits!.Probabilities);
        actual.ActionUnits.Thresholds.Should().Equal(expected.ActionUnits.Thresholds);
        actual.ValenceArousal.Should().Be(expected.ValenceArousal);
    }

    /// <summary>
    /// Another model: a fake network whose outputs are all greater by a number, but for the last, so that a softmax sees it.
    /// </summary>
    private sealed class ShiftedNetwork(
        FakeNetwork inner, float shift, ImmutableArray<string> classes, Func<ModelMetadata, ModelMetadata>? change = null) : IAffectNetwork
    {
        public ModelMetadata Metadata { get; } = (change ?? (same => same))(inner.Metadata with { ExpressionClasses = classes });

        public ImmutableArray<string> Tasks => inner.Tasks;

        public int PreferredBatchSize => inner.PreferredBatchSize;

        public float[][] Run(ReadOnlyMemory<byte> pixels, int count) =>
            [.. inner.Run(pixels, count).Select(values => values.Select(
                (value, i) => (i + 1) % (values.Length / count) == 0 && values.Length / count == 3 ? value : value + shift).ToArray())];

        public void Dispose() => inner.Dispose();
    }
}
