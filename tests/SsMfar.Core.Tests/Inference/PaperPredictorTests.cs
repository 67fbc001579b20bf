using System.Collections.Concurrent;
using SsMfar.Data;
using SsMfar.Imaging;
using SsMfar.Inference;
using SsMfar.Metadata;
using SsMfar.Models;
using SsMfar.Predictions;
using SsMfar.Runtime;
using SsMfar.Tasks;
using SsMfar.Tests.Models;
using TorchSharp;

namespace SsMfar.Tests.Inference;

/// <summary>A predictor on the paper's network: folded, in batches, from many threads, on tensors.</summary>
public sealed partial class PaperPredictorTests(PaperPredictorTests.Files files) : IClassFixture<PaperPredictorTests.Files>
{
    private const double Tolerance = 1e-5;

    [Theory]
    [InlineData(18)]
    [InlineData(34)]
    [InlineData(50)]
    public void The_predictor_gives_what_the_unfolded_model_gives(int depth)
    {
        using AffectPredictor predictor = files.Load(depth);
        using LoadedModel loaded = ModelFile.Load(files.Model(depth));

        for (int i = 0; i < 4; i++)
        {
            PaperModel.Difference(predictor.Predict(PaperModel.Face(i)), Reference(loaded, PaperModel.Picture(i))).Should()
                .BeLessThan(Tolerance);
        }
    }

    [Fact]
    public void A_model_of_blue_green_red_normalises_each_colour_by_its_own_mean_and_deviation()
    {
        using AffectPredictor predictor = AffectPredictor.Load(files.Bgr, new() { Device = ComputeDevice.Cpu });
        using LoadedModel loaded = ModelFile.Load(files.Bgr);

        PaperModel.Difference(predictor.Predict(PaperModel.Face(3)), Reference(loaded, PaperModel.Picture(3))).Should()
            .BeLessThan(Tolerance);
    }

    [Fact]
    public void A_batch_of_any_size_gives_what_singles_give()
    {
        FaceImage[] faces = [.. Enumerable.Range(0, 37).Select(PaperModel.Face)];
        using AffectPredictor predictor = files.Load();
        AffectPrediction[] singles = [.. faces.Select(predictor.Predict)];
        singles.Select(single => single.Expression!.Probabilities[0]).Distinct().Should().HaveCountGreaterThan(30, "the pictures differ");
        foreach (int size in new[] { 2, 7, 32, 64 })
        {
            using AffectPredictor batched = files.Load(options: new() { BatchSize = size });
            ShouldAgree(batched.PredictAll(faces), singles);
            ShouldAgree(batched.PredictAll(faces.Reverse()), [.. singles.Reverse()]);
        }
    }

    [Fact]
    public async Task A_stream_gives_what_singles_give()
    {
        using AffectPredictor predictor = files.Load(options: new() { BatchSize = 6 });
        FaceImage[] faces = [.. Enumerable.Range(0, 20).Select(PaperModel.Face)];
        var items = new List<PredictionItem>();

        await foreach (PredictionItem item in predictor.PredictAsync(faces))
        {
            items.Add(item);
        }

        ShouldAgree(items, [.. faces.Select(predictor.Predict)]);
    }

    [Fact]
    public void Sixteen_threads_on_one_predictor_give_what_one_thread_gives()
    {
        using AffectPredictor predictor = files.Load();
        FaceImage[] faces = [.. Enumerable.Range(0, 24).Select(PaperModel.Face)];
        AffectPrediction[] expected = [.. faces.Select(predictor.Predict)];

        var differences = new ConcurrentBag<double>();
        var failures = new ConcurrentQueue<Exception>();
        Thread[] threads = [.. Enumerable.Range(0, 16).Select(offset => new Thread(() =>
        {
            try
            {
                if (offset % 4 == 0)
                {
                    foreach (PredictionItem item in predictor.PredictAll(faces))
                    {
                        differences.Add(PaperModel.Difference(item.GetPrediction(), expected[item.Index]));
                    }
                }

                for (int i = 0; i < faces.Length; i++)
                {
                    int face = (i + (5 * offset)) % faces.Length;
                    differences.Add(PaperModel.Difference(predictor.Predict(faces[face]), expected[face]));
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
        differences.Should().HaveCount((16 + 4) * faces.Length);
        differences.Max().Should().BeLessThan(Tolerance);
    }

    [Fact]
    public void Flip_averaging_averages_the_predictions_of_a_picture_and_its_mirror_image()
    {
        using AffectPredictor plain = files.Load();
        using AffectPredictor averaging = files.Load(options: new() { FlipAveraging = true });
        RgbImage picture = PaperModel.Picture(5), mirrored = Mirrored(picture);

        AffectPrediction mean = averaging.Predict(picture);

        (AffectPrediction face, AffectPrediction mirror) = (plain.Predict(picture), plain.Predict(mirrored));
        PaperModel.Difference(face, mirror).Should().BeGreaterThan(1e-3, "the two differ");
        mean.Expression!.Probabilities.Should().Equal(
            face.Expression!.Probabilities.Zip(mirror.Expression!.Probabilities, (a, b) => (a + b) / 2), (a, b) => Math.Abs(
                a - b) < Tolerance);
        mean.Arousal.Should().BeApproximately((face.Arousal + mirror.Arousal) / 2, (float)Tolerance);
        PaperModel.Difference(averaging.Predict(mirrored), mean).Should().BeLessThan(Tolerance);
        ShouldAgree(averaging.PredictTensor(Tensor(picture)), [mean]);
    }

    [Fact]
    public void Tensors_of_bytes_and_numbers_give_what_pictures_give()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using AffectPredictor predictor = files.Load(options: new() { BatchSize = 4 });
        RgbImage[] pictures = [.. Enumerable.Range(0, 9).Select(i => PaperModel.Picture(i))];
        AffectPrediction[] expected = [.. pictures.Select(picture => predictor.Predict(picture))];
        torch.Tensor bytes = torch.stack(pictures.Select(Tensor));

        ShouldAgree(predictor.PredictTensor(bytes), expected);
        ShouldAgree(predictor.PredictTensor(bytes.to(torch.ScalarType.Float32)), expected);
        ShouldAgree(predictor.PredictTensor(bytes.to(torch.ScalarType.Float64)), expected);
        ShouldAgree(predictor.PredictTensor(bytes[2]), [expected[2]]);
        predictor.PredictTensor(bytes.narrow(0, 0, 0)).Should().BeEmpty();

        // Another size, and a box: resized as pictures are.
        RgbImage wide = PaperModel.Picture(4, width: 90, height: 70);
        var box = new FaceBox(13, 5, 60, 58);
        ShouldAgree(predictor.PredictTensor(Tensor(wide)), [predictor.Predict(wide)]);
        ShouldAgree(predictor.PredictTensor(Tensor(wide).to(torch.ScalarType.Float32).Plus(0.3), box), [predictor.Predict(wide, box)]);
    }

    [Fact]
    public void Tensors_of_another_scale_are_refused_with_what_to_do()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using AffectPredictor predictor = files.Load();
        torch.Tensor image = Tensor(PaperModel.Picture(3)).to(torch.ScalarType.Float32);
        torch.Tensor mean = torch.tensor(new[] { 0.485f, 0.456f, 0.406f }).view(3, 1, 1);
        torch.Tensor deviation = torch.tensor(new[] { 0.229f, 0.224f, 0.225f }).view(3, 1, 1);
        foreach (FaceBox? box in new FaceBox?[] { null, new FaceBox(2, 2, 40, 40) })
        {
            Refused(image / Scalars.Of(255), "*0 to 255*scale of 0 to 1*multiply by 255*");
            Refused((image / Scalars.Of(255)).to(torch.ScalarType.Float16), "*multiply by 255*");
            Refused(torch.stack([image / Scalars.Of(255), image / Scalars.Of(510)]), "*multiply by 255*");
            Refused((image / Scalars.Of(255) - mean) / deviation, "*normalised already*");
            Refused((image / Scalars.Of(127.5)).Plus(-1), "*normalised already*");
            Refused(image * Scalars.Of(float.NaN), "*NaN*");
            Refused(image.where(image.ne(image.max()), torch.tensor(float.PositiveInfinity)), "*infinite*");

            // Black, white on one's own scale, and what another filter overshoots.
            predictor.Invoking(p => p.PredictTensor(torch.zeros(3, 48, 48), box)).Should().NotThrow();
            predictor.Invoking(p => p.PredictTensor(image.clamp(Scalars.Of(0), Scalars.Of(1)).round(), box)).Should().NotThrow();
            predictor.Invoking(p => p.PredictTensor((image * Scalars.Of(1.02)).Plus(-4), box)).Should().NotThrow();
            void Refused(torch.Tensor images, string message) =>
                predictor.Invoking(p => p.PredictTensor(images, box)).Should().Throw<ArgumentException>().WithMessage(message);
        }
    }

    [Fact]
    public void Tensors_of_another_shape_or_type_are_refused()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        AffectPredictor predictor = files.Load();

        predictor.Invoking(p => p.PredictTensor(torch.zeros(48, 48, 3))).Should().Throw<ArgumentException>().WithMessage("*[48, 48, 3]*");
        predictor.Invoking(p => p.PredictTensor(torch.zeros(2, 3, 48, 48, dtype: torch.ScalarType.Int32))).Should()
            .Throw<ArgumentException>()
            .WithMessage("*Int32*");
        predictor.Invoking(p => p.PredictTensor(torch.zeros(3, 48, 48), new FaceBox(50, 0, 5, 5))).Should().Throw<ImageDecodeException>()
            .WithMessage("*tensor*");
        predictor.Dispose();
        predictor.Invoking(p => p.PredictTensor(torch.zeros(3, 48, 48))).Should().Throw<ObjectDisposedException>();
    }

    [Fact]
    public void Options_that_cannot_be_used_are_named_on_loading() => FluentActions
        .Invoking(() => files.Load(options: new() { BatchSize = -4 })).Should().Throw<ArgumentException>().WithMessage("*BatchSize is -4*");

    [Fact]
    public void Predictions_leave_no_tensor_behind()
    {
        using AffectPredictor predictor = files.Load(options: new() { FlipAveraging = true });
        using torch.Tensor picture = Tensor(PaperModel.Picture(1));
        Predict();
        long before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        for (int i = 0; i < 20; i++)
        {
            Predict();
        }

        DisposeScopeManager.Statistics.ThreadTotalLiveCount.Should().Be(before);

        void Predict()
        {
            predictor.Predict(PaperModel.Face(1));
            predictor.PredictTensor(picture);
        }
    }
}
