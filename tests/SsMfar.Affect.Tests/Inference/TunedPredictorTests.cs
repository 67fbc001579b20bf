using SsMfar.Data;
using SsMfar.Inference;
using SsMfar.Metadata;
using SsMfar.Predictions;
using SsMfar.Tests.Predictions;

namespace SsMfar.Tests.Inference;

/// <summary>Temperature and weights in predictors: averages first, then the temperature, then the weights.</summary>
public sealed class TunedPredictorTests
{
    private static readonly ExpressionDecision Tuned = new([1, 0.25f, 1.5f], 0.5);

    [Fact]
    public void A_face_is_read_with_temperature_and_weights()
    {
        using PredictionEngine engine = Engine(Tuned);
        float[] logits = FakeNetwork.Outputs(AffectTaskNames.Expression, 200 / 255.0);

        ExpressionPrediction read = engine.Predict(FakeFaces.Face(200)).Expression!;

        read.Probabilities.Zip(ExpressionDecisionTests.Softmax(logits, 0.5)).Should()
            .OnlyContain(pair => Math.Abs(pair.First - pair.Second) < 1e-6);
        using PredictionEngine plain = Engine(ExpressionDecision.MostProbable);
        plain.Predict(FakeFaces.Face(200)).Expression!.Name.Should().Be("wild");
        read.Name.Should().Be("wild", "four times as probable is not enough");
        engine.Predict(FakeFaces.Face(100)).Expression!.Name.Should().Be("odd");
        plain.Predict(FakeFaces.Face(100)).Expression!.Name.Should().Be("wild");
    }

    [Fact]
    public void Flip_averaging_averages_before_the_temperature()
    {
        using PredictionEngine flipping = Engine(Tuned, flips: true);
        FaceImage face = FaceImage.FromPixels(FakeFaces.Image(250, 10));
        double[] left = ExpressionDecisionTests.Softmax(FakeNetwork.Outputs(AffectTaskNames.Expression, 250 / 255.0), 1);
        double[] right = ExpressionDecisionTests.Softmax(FakeNetwork.Outputs(AffectTaskNames.Expression, 10 / 255.0), 1);
        double[] squares = [.. left.Zip(right, (a, b) => (a + b) * (a + b) / 4)];

        flipping.Predict(face).Expression!.Probabilities.Zip(squares.Select(square => square / squares.Sum())).Should()
            .OnlyContain(pair => Math.Abs(pair.First - pair.Second) < 1e-6);
    }

    [Fact]
    public void An_average_of_models_tuned_together_is_the_tuned_decision_of_the_average()
    {
        using AveragingPredictor untuned = new([Engine(ExpressionDecision.MostProbable), Other(ExpressionDecision.MostProbable)]);
        using AveragingPredictor tuned = new([Engine(Tuned), Other(Tuned)]);

        tuned.Metadata.ExpressionDecision().Should().Be(Tuned);
        for (int i = 0; i < 256; i += 5)
        {
            ExpressionPrediction average = untuned.Predict(FakeFaces.Face(i)).Expression!;
            ExpressionPrediction expected = Tuned.Decide(FakeNetwork.Classes, average.Probabilities.AsSpan());
            ExpressionPrediction actual = tuned.Predict(FakeFaces.Face(i)).Expression!;

            actual.Probabilities.Zip(expected.Probabilities).Should().OnlyContain(pair => Math.Abs(pair.First - pair.Second) < 1e-6);
            (actual.Index, actual.Decision).Should().Be((expected.Index, Tuned));
        }
    }

    [Fact]
    public void Models_tuned_apart_are_decided_by_the_geometric_means()
    {
        using AveragingPredictor both = new([Engine(Tuned), Other(new([1, 1, 6], 2))]);

        both.Metadata.ExpressionDecision()!.Temperature.Should().BeApproximately(1, 1e-12);
        both.Metadata.ExpressionDecision()!.Weights.Zip([1, 0.5f, 3]).Should()
            .OnlyContain(pair => Math.Abs(pair.First - pair.Second) < 1e-6);
        both.Predict(FakeFaces.Face(9)).Expression!.Decision.Should().Be(both.Metadata.ExpressionDecision());
    }

    private static PredictionEngine Engine(ExpressionDecision decision, bool flips = false) => new(
        new FakeNetwork((AffectTaskNames.Expression, new ExpressionDecoder(FakeNetwork.Classes, decision))),
        new() { FlipAveraging = flips });

    // A model that sees every face in its mirror.
    private static PredictionEngine Other(ExpressionDecision decision) => new(new Mirrored(decision));

    private sealed class Mirrored(ExpressionDecision decision) : IAffectNetwork
    {
        private readonly FakeNetwork _inner =
            new((AffectTaskNames.Expression, new ExpressionDecoder(FakeNetwork.Classes, decision)));

        public ModelMetadata Metadata => _inner.Metadata;

        public System.Collections.Immutable.ImmutableArray<string> Tasks => _inner.Tasks;

        public int PreferredBatchSize => 8;

        public float[][] Run(ReadOnlyMemory<byte> pixels, int count)
        {
            float[][] outputs = _inner.Run(pixels, count);
            return [[.. outputs[0].Chunk(FakeNetwork.Classes.Count).SelectMany(row => row.Reverse())]];
        }

        public void Dispose() => _inner.Dispose();
    }
}
