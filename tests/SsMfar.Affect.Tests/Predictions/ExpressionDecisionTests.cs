using System.Collections.Immutable;
using System.Text.Json;
using CsCheck;
using SsMfar.Data;
using SsMfar.Predictions;

namespace SsMfar.Tests.Predictions;

/// <summary>Temperature and weights of expressions.</summary>
public sealed class ExpressionDecisionTests
{
    private static readonly ExpressionClassSet Classes = new("calm", "wild", "odd");

    private static readonly Gen<float[]> Logits = Gen.Float[-20, 20].Array[3];

    [Fact]
    public void Weights_decide_and_probabilities_stay()
    {
        ExpressionPrediction rare = new(Classes, [0.5f, 0.2f, 0.3f], new([1, 1, 2]));

        (rare.Index, rare.Name, rare.Confidence).Should().Be((2, "odd", 0.3f));
        rare.Probabilities.Should().Equal(0.5f, 0.2f, 0.3f);
        rare.ToString().Should().Be("odd");
        new ExpressionPrediction(Classes, [0.5f, 0.2f, 0.3f]).Index.Should().Be(0);
        new ExpressionPrediction(Classes, [0.5f, 0.25f, 0.25f], new([1, 2, 2])).Index.Should().Be(0, "the first of equals");
    }

    [Fact]
    public void Probabilities_are_those_of_the_logits_over_the_temperature() =>
        Gen.Select(Logits, Gen.Double[0.2, 8]).Sample((logits, temperature) =>
        {
            double[] plain = Softmax(logits, 1), expected = Softmax(logits, temperature);

            ExpressionPrediction read = new ExpressionDecision(temperature: temperature)
                .Decide(Classes, [.. plain.Select(p => (float)p)]);

            read.Probabilities.Zip(expected).Max(pair => Math.Abs(pair.First - pair.Second)).Should().BeLessThan(2e-6);
            read.Uncalibrated().Zip(plain).Max(pair => Math.Abs(pair.First - pair.Second)).Should().BeLessThan(2e-5);
        }, iter: 500);

    [Fact]
    public void A_temperature_decides_nothing() =>
        Gen.Select(Logits, Gen.Double[0.2, 8]).Where((logits, _) => Gap(logits) > 1e-3).Sample((logits, temperature) =>
        {
            float[] probabilities = [.. Softmax(logits, 1).Select(p => (float)p)];

            new ExpressionDecision(temperature: temperature).Decide(Classes, probabilities).Index.Should()
                .Be(Array.IndexOf(logits, logits.Max()));
        }, iter: 500);

    [Fact]
    public void Without_a_temperature_probabilities_are_the_same_bits() => Logits.Sample(logits =>
    {
        float[] probabilities = [.. Softmax(logits, 1).Select(p => (float)p)];

        ExpressionDecision.MostProbable.Decide(Classes, probabilities).Probabilities.Should().Equal(probabilities);
    }, iter: 50);

    [Fact]
    public void The_mean_is_that_of_offsets_to_logits_and_of_equal_ones_the_same_bits()
    {
        ExpressionDecision first = new([0.1f, 1, 3], 1.3), second = new([0.4f, 1, 12], 0.7);

        ExpressionDecision mean = ExpressionDecision.Mean([first, second]);

        mean.Weights.Zip([0.2f, 1, 6]).Should().OnlyContain(pair => Math.Abs(pair.First - pair.Second) < 1e-6);
        mean.Temperature.Should().BeApproximately(Math.Sqrt(1.3 * 0.7), 1e-12);
        ExpressionDecision.Mean([first, new([0.1f, 1, 3], 1.3), first]).Should().Be(first);
        ExpressionDecision.Mean([new([4, 1, 1]), ExpressionDecision.MostProbable]).Weights.Should().Equal(2, 1, 1);
    }

    [Fact]
    public void What_cannot_decide_is_refused()
    {
        FluentActions.Invoking(() => new ExpressionDecision([1, 0, 1])).Should().Throw<ArgumentException>().WithMessage("*positive*1 0 1*");
        FluentActions.Invoking(() => new ExpressionDecision([1, float.NaN])).Should().Throw<ArgumentException>();
        FluentActions.Invoking(() => new ExpressionDecision(temperature: 0)).Should().Throw<ArgumentException>()
            .WithMessage("*temperature 0*");
        FluentActions.Invoking(() => new ExpressionDecision(temperature: double.NaN)).Should().Throw<ArgumentException>();
        FluentActions.Invoking(() => new ExpressionPrediction(Classes, [1, 0, 0], new([1, 1]))).Should().Throw<ArgumentException>()
            .WithMessage("*each of 3 classes, got 2*");
    }

    [Fact]
    public void Json_names_what_was_decided_and_gives_it_back() =>
        Gen.Select(Logits, Gen.Float[0.05f, 20].Array[3]).Sample((logits, weights) =>
    {
        ImmutableArray<float> probabilities = [.. Softmax(logits, 1).Select(p => (float)p)];
        ExpressionPrediction tuned = new(Classes, probabilities, new(weights));

        string json = JsonSerializer.Serialize(tuned);
        ExpressionPrediction read = JsonSerializer.Deserialize<ExpressionPrediction>(json)!;

        json.Should().StartWith($$"""{"expression":"{{tuned.Name}}","expressionProbabilities":{"calm":""");
        (read.Index, read.Name).Should().Be((tuned.Index, tuned.Name));
        read.Probabilities.Should().Equal(probabilities);
        read.Decision.IsMostProbable.Should().Be(tuned.Index == new ExpressionPrediction(Classes, probabilities).Index);
    }, iter: 300);

    [Fact]
    public void Json_that_contradicts_itself_is_refused()
    {
        ExpressionPrediction Read(string expression) => JsonSerializer.Deserialize<ExpressionPrediction>(
            $"{{\"expression\":\"{expression}\",\"expressionProbabilities\":{{\"calm\":1,\"wild\":0}}}}")!;

        Read("calm").Name.Should().Be("calm");
        FluentActions.Invoking(() => Read("odd")).Should().Throw<JsonException>().WithMessage("*'odd'*none of the classes calm, wild*");
        FluentActions.Invoking(() => Read("wild")).Should().Throw<JsonException>().WithMessage("*probability 0*");
    }

    internal static double[] Softmax(IReadOnlyList<float> logits, double temperature)
    {
        double[] powers = [.. logits.Select(logit => Math.Exp((logit - (double)logits.Max()) / temperature))];
        return [.. powers.Select(power => power / powers.Sum())];
    }

    private static float Gap(float[] logits)
    {
        float[] sorted = [.. logits.OrderDescending()];
        return sorted[0] - sorted[1];
    }
}
