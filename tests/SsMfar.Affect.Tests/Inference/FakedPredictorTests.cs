using System.Text.Json;
using SsMfar.Data;
using SsMfar.Imaging;
using SsMfar.Inference;
using SsMfar.Metadata;
using SsMfar.Predictions;

namespace SsMfar.Tests.Inference;

/// <summary>How an application tests its own code: with a predictor that it makes itself, on public members alone.</summary>
public sealed class FakedPredictorTests
{
    private static readonly AffectPrediction Happy = new() { Expression = new(new("calm", "glad"), [0.25f, 0.75f]) };

    [Fact]
    public async Task A_predictor_is_faked_in_a_few_lines()
    {
        using IAffectPredictor predictor = new Fake(Happy);
        FaceImage[] faces = [FaceImage.FromFile("a.jpg"), FaceImage.FromFile("b.jpg")];

        predictor.Predict("any.jpg").Should().BeSameAs(Happy);
        (await predictor.PredictAsync(faces[0])).Should().BeSameAs(Happy);
        await predictor.Invoking(p => p.PredictAsync(faces[0], new CancellationToken(canceled: true))).Should()
            .ThrowAsync<OperationCanceledException>();
        predictor.PredictAll(faces).Select(item => (item.Index, item.Name, item.GetPrediction())).Should()
            .Equal((0, "a.jpg", Happy), (1, "b.jpg", Happy));
        (await predictor.PredictAsync(faces).ToListAsync()).Should().OnlyContain(item => item.Prediction == Happy);
    }

    [Fact]
    public async Task A_fake_of_one_face_predicts_many_and_a_bad_one_fails_alone()
    {
        IAffectPredictor predictor = new Fake(Happy);
        FaceImage[] faces = [FaceImage.FromFile("a.jpg"), FaceImage.FromFile("bad.jpg"), FaceImage.FromFile("b.jpg")];
        List<int> told = [];
        using CancellationTokenSource stop = new();

        predictor.PredictAll(faces, new Counter(told)).Select(item => (item.Index, item.Succeeded)).Should()
            .Equal((0, true), (1, false), (2, true));
        told.Should().Equal(1, 2, 3);
        (await predictor.PredictAsync(faces.ToAsyncEnumerable()).Select(item => item.Error?.Message).ToListAsync()).Should()
            .Equal(null, "The image 'bad.jpg' cannot be read: it is empty. Look.", null);
        await stop.CancelAsync();
        predictor.Invoking(p => p.PredictAll(faces, cancellationToken: stop.Token)).Should().Throw<OperationCanceledException>();
        Func<Task> read = async () => await predictor.PredictAsync(faces, stop.Token).ToListAsync();
        await read.Should().ThrowAsync<OperationCanceledException>();
    }

    [Fact]
    public void An_expression_alone_is_logged_and_serialised()
    {
        AffectPrediction face = new Fake(Happy).Predict(FaceImage.FromFile("any.jpg"));
        $"read {face}".Should().Be("read glad 0.75");
        JsonSerializer.Serialize(face).Should().StartWith("""{"expression":"glad","expressionProbabilities":{"calm":0.25,"glad":0.75}""");
    }

    [Fact]
    public void An_item_has_a_prediction_or_an_error()
    {
        FaceImage face = FaceImage.FromFile("a.jpg");
        ImageDecodeException error = new("a.jpg", "it is empty", "Look.");

        PredictionItem good = PredictionItem.Success(face, Happy, 3), bad = PredictionItem.Failure(face, error, 4);

        (good.Succeeded, good.Prediction, good.Error, good.Index).Should().Be((true, Happy, null, 3));
        (bad.Succeeded, bad.Prediction, bad.Error, bad.Index).Should().Be((false, null, error, 4));
        bad.Invoking(item => item.GetPrediction()).Should().Throw<ImageDecodeException>().WithMessage(error.Message);
        FluentActions.Invoking(() => PredictionItem.Success(null!, Happy)).Should().Throw<ArgumentNullException>();
        FluentActions.Invoking(() => PredictionItem.Success(face, null!)).Should().Throw<ArgumentNullException>();
        FluentActions.Invoking(() => PredictionItem.Failure(face, null!)).Should().Throw<ArgumentNullException>();
        FluentActions.Invoking(() => PredictionItem.Failure(face, error, -1)).Should().Throw<ArgumentOutOfRangeException>();
    }

    private sealed class Fake(AffectPrediction face) : IAffectPredictor
    {
        public ModelMetadata Metadata { get; } = new() { Input = new() };

        public AffectPrediction Predict(FaceImage image) =>
            image.Name == "bad.jpg" ? throw new ImageDecodeException("bad.jpg", "it is empty", "Look.") : face;

        public void Dispose()
        {
        }
    }

    private sealed class Counter(List<int> told) : IProgress<int>
    {
        public void Report(int value) => told.Add(value);
    }
}
