using SkiaSharp;
using SsMfar.Data;
using SsMfar.Imaging;
using SsMfar.Inference;
using SsMfar.Metrics;
using SsMfar.Models;
using SsMfar.Predictions;
using SsMfar.Runtime;
using SsMfar.Tests.Models;
using SsMfar.Tests.Training;
using SsMfar.Training;

namespace SsMfar.Tests.Inference;

public sealed class AffectPredictorTests(AffectPredictorTests.Trained trained) : IClassFixture<AffectPredictorTests.Trained>
{
    [Fact]
    public void Many_images_at_once_give_what_each_gives_alone_from_bytes_and_from_a_file()
    {
        using AffectPredictor predictor = trained.Load();
        AffectPrediction[] all = All(predictor);

        all.Should().HaveCount(trained.Names.Length);
        for (int i = 0; i < trained.Names.Length; i += 7)
        {
            byte[] encoded = trained.Images.Encoded(trained.Names[i]);
            string file = trained.Folder.File($"{i}.png");
            File.WriteAllBytes(file, encoded);
            ShouldAgree(predictor.Predict(encoded), all[i]);
            ShouldAgree(predictor.Predict(file), all[i]);
        }
    }

    [Fact]
    public void Eight_threads_on_one_predictor_give_what_one_thread_gives()
    {
        using AffectPredictor predictor = trained.Load();
        byte[][] images = [.. trained.Names.Take(16).Select(trained.Images.Encoded)];
        AffectPrediction[] expected = [.. images.Select(image => predictor.Predict(image))];

        var failures = new System.Collections.Concurrent.ConcurrentQueue<Exception>();
        Thread[] threads = [.. Enumerable.Range(0, 8).Select(offset => new Thread(() =>
        {
            try
            {
                for (int i = 0; i < images.Length; i++)
                {
                    int image = (i + (2 * offset)) % images.Length;
                    ShouldAgree(predictor.Predict(images[image]), expected[image]);
                }
            }
            catch (Exception failure) when (failure is not OutOfMemoryException)
            {
                failures.Enqueue(failure);
            }
        }))];
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());

        failures.Should().BeEmpty();
    }

    [Fact]
    public void A_saved_and_loaded_model_scores_what_the_trainer_measured()
    {
        using AffectPredictor predictor = trained.Load();
        AnnotationSet truth = trained.Validation.Annotations;
        AffectPrediction[] predictions = All(predictor);

        AffectScores scores = AffectScorer.Score(
            truth,
            [.. predictions.Select(p => p.Expression!.Index)],
            (ReadOnlySpan<float>)[.. predictions.SelectMany(p => p.ActionUnits!.Probabilities)],
            [.. predictions.SelectMany(p => new[] { p.Valence!.Value, p.Arousal!.Value })]);

        EvaluationResult measured = trained.Result.Evaluation;
        scores.PMtl.Should().BeApproximately(measured.Score!.Value, 1e-4);
        scores.Expression!.MacroF1.Should().BeApproximately(measured.Tasks["expression"].Primary!.Value, 1e-9);
        scores.ActionUnits!.MeanF1.Should().BeApproximately(measured.Tasks["action_units"].Primary!.Value, 1e-9);
        scores.ValenceArousal!.Mean.Should().BeApproximately(measured.Tasks["valence_arousal"].Primary!.Value, 1e-4);
    }

    [Fact]
    public void Predictions_hold_what_they_promise()
    {
        using AffectPredictor predictor = trained.Load();
        foreach (AffectPrediction prediction in All(predictor))
        {
            prediction.Expression!.Probabilities.Should().HaveCount(8).And.OnlyContain(p => p >= 0 && p <= 1);
            prediction.Expression.Probabilities.Sum(p => (double)p).Should().BeApproximately(1, 1e-5);
            prediction.Expression.Confidence.Should().Be(prediction.Expression.Probabilities.Max());
            prediction.Expression.Name.Should().Be(ExpressionClassSet.AffWild2[prediction.Expression.Index]);
            prediction.Valence.Should().BeInRange(-1, 1);
            prediction.Arousal.Should().BeInRange(-1, 1);
            prediction.ActionUnits!.Probabilities.Should().HaveCount(12).And.OnlyContain(p => p >= 0 && p <= 1);
            prediction.ActionUnits.Present.Should().OnlyContain(unit => prediction.ActionUnits.Probability(unit) > 0.5f);
            prediction.Custom.Should().BeEmpty();
        }
    }

    [Fact]
    public void A_face_box_gives_what_the_cut_out_face_gives()
    {
        using AffectPredictor predictor = trained.Load();
        // Of the input's size, since the resize filter reaches beyond a box, as Pillow's does.
        using SKBitmap drawn = SKBitmap.Decode(trained.Images.Encoded(trained.Names[3]))
            .Resize(new SKImageInfo(32, 32), SKFilterQuality.Low);
        using SKData encoded = drawn.Encode(SKEncodedImageFormat.Png, 100);
        byte[] face = encoded.ToArray();
        using var large = new SKBitmap(new SKImageInfo(100, 80, SKColorType.Rgba8888, SKAlphaType.Opaque));
        using (var canvas = new SKCanvas(large))
        {
            canvas.Clear(SKColors.Fuchsia);
            canvas.DrawBitmap(drawn, 21, 17);
        }

        using SKData scene = large.Encode(SKEncodedImageFormat.Png, 100);
        string file = trained.Folder.File("scene.png");
        File.WriteAllBytes(file, scene.ToArray());
        var box = new FaceBox(21, 17, drawn.Width, drawn.Height);

        ShouldAgree(predictor.Predict(scene.ToArray(), box), predictor.Predict(face));
        ShouldAgree(predictor.Predict(file, box), predictor.Predict(face));
    }

    [Fact]
    public void Progress_counts_up_bad_images_are_named_and_cancellation_stops()
    {
        using AffectPredictor predictor = trained.Load();
        var counts = new List<int>();
        predictor.PredictAll(trained.Images, trained.Names, new Counter(counts));
        counts.Should().Equal(32, 64, 96, trained.Names.Length);
        predictor.PredictAll(trained.Images, []).Should().BeEmpty();

        using TinyFaces.Images broken = new TinyFaces.Images().With(trained.Names[5], [0, 1]);
        IReadOnlyList<PredictionItem> items = predictor.PredictAll(broken, trained.Names);
        items.Where(item => !item.Succeeded).Should().ContainSingle().Which.Error!.Message.Should().Contain(trained.Names[5]);
        FluentActions.Invoking(() => items[5].GetPrediction()).Should().Throw<ImageDecodeException>().WithMessage($"*{trained.Names[5]}*");
        FluentActions.Invoking(() => predictor.Predict(new byte[] { 1, 2, 3 })).Should().Throw<ImageDecodeException>();
        FluentActions.Invoking(() => predictor.Predict(trained.Folder.File("none.png"))).Should().Throw<ImageDecodeException>()
            .WithMessage("*none.png*");

        using var stop = new CancellationTokenSource();
        stop.Cancel();
        FluentActions.Invoking(() => predictor.PredictAll(trained.Images, trained.Names, null, stop.Token)).Should()
            .Throw<OperationCanceledException>();
    }

    [Fact]
    public async Task A_model_of_expressions_alone_and_six_classes_predicts_them_and_nothing_else()
    {
        using TrainingResult result = await Tiny.Builder().UseTasks("expression")
            .Build().FitAsync(TinyFaces.Dataset(48, classes: ExpressionClassSet.SyntheticData));
        string file = trained.Folder.File("six.safetensors");
        result.SaveModel(file);
        using AffectPredictor predictor = AffectPredictor.Load(file, new() { Parts = TinyBackbone.Parts, Device = ComputeDevice.Cpu });

        AffectPrediction prediction = predictor.Predict(trained.Images.Encoded(trained.Names[0]));

        prediction.Expression!.Probabilities.Should().HaveCount(6);
        prediction.Expression.Classes.Should().Be(ExpressionClassSet.SyntheticData);
        prediction.ValenceArousal.Should().BeNull();
        prediction.ActionUnits.Should().BeNull();
        (prediction.Valence, prediction.Arousal).Should().Be((null, null));
        predictor.Metadata.ActionUnits.Should().BeEmpty();
        predictor.Metadata.Variant.Should().Be("ss-mfar");
    }

    [Fact]
    public void Live_tensors_stay_constant_over_predictions()
    {
        using AffectPredictor predictor = trained.Load();
        byte[] image = trained.Images.Encoded(trained.Names[0]);
        predictor.Predict(image);
        long before = TorchSharp.DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        for (int i = 0; i < 50; i++)
        {
            predictor.Predict(image);
        }

        TorchSharp.DisposeScopeManager.Statistics.ThreadTotalLiveCount.Should().Be(before);
    }

    private AffectPrediction[] All(AffectPredictor predictor) =>
        [.. predictor.PredictAll(trained.Images, trained.Names).Select(item => item.GetPrediction())];

    private static void ShouldAgree(AffectPrediction actual, AffectPrediction expected)
    {
        double[] difference =
        [
            .. actual.Expression!.Probabilities.Zip(expected.Expression!.Probabilities, (a, b) => Math.Abs(a - (double)b)),
            .. actual.ActionUnits!.Probabilities.Zip(expected.ActionUnits!.Probabilities, (a, b) => Math.Abs(a - (double)b)),
            Math.Abs(actual.Valence!.Value - (double)expected.Valence!.Value),
            Math.Abs(actual.Arousal!.Value - (double)expected.Arousal!.Value),
        ];
        difference.Max().Should().BeLessThanOrEqualTo(1e-5);
    }

    private sealed class Counter(List<int> counts) : IProgress<int>
    {
        public void Report(int value) => counts.Add(value);
    }

    /// <summary>A model trained once for all tests of this class.</summary>
    public sealed class Trained : IAsyncLifetime
    {
        public AffectDataset Validation { get; } = TinyFaces.Dataset(100, seed: 2);

        public TinyFaces.Images Images { get; } = new();

        public string[] Names => [.. Validation.Annotations.Select(row => row.Image)];

        internal TemporaryFolder Folder { get; } = new();

        public TrainingResult Result { get; private set; } = null!;

        public AffectPredictor Load() => AffectPredictor.Load(
            Folder.File("model.safetensors"), new() { Parts = TinyBackbone.Parts, Device = ComputeDevice.Cpu });

        public async Task InitializeAsync()
        {
            Result = await Tiny.Builder(options => options.Epochs = 4).Build().FitAsync(TinyFaces.Dataset(128), Validation);
            Result.SaveModel(Folder.File("model.safetensors"));
        }

        public Task DisposeAsync()
        {
            Result.Dispose();
            Images.Dispose();
            Folder.Dispose();
            return Task.CompletedTask;
        }
    }
}
