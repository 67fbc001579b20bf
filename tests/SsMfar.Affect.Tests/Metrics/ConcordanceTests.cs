using CsCheck;
using SsMfar.Metrics;

namespace SsMfar.Tests.Metrics;

public class ConcordanceTests
{
    private static readonly Gen<(double P, double T)[]> Pairs = Gen.Select(Gen.Double[-1, 1], Gen.Double[-1, 1], (p, t) => (p, t))
        .Array[1, 80];

    private static ConcordanceAccumulator Of(IEnumerable<(double P, double T)> pairs)
    {
        ConcordanceAccumulator accumulator = new();
        foreach ((double p, double t) in pairs)
        {
            accumulator.Add(p, t);
        }

        return accumulator;
    }

    private static double TwoPass((double P, double T)[] pairs)
    {
        double meanP = pairs.Average(pair => pair.P);
        double meanT = pairs.Average(pair => pair.T);
        double varianceP = pairs.Average(pair => Math.Pow(pair.P - meanP, 2));
        double varianceT = pairs.Average(pair => Math.Pow(pair.T - meanT, 2));
        double covariance = pairs.Average(pair => (pair.P - meanP) * (pair.T - meanT));
        double denominator = varianceP + varianceT + Math.Pow(meanP - meanT, 2);
        return denominator == 0 ? 0 : 2 * covariance / denominator;
    }

    [Fact]
    public void Streaming_equals_two_passes() =>
        Pairs.Sample(pairs => Of(pairs).Value!.Value.Should().BeApproximately(TwoPass(pairs), 1e-11));

    [Fact]
    public void Merged_parts_equal_the_whole() => Gen.Select(Pairs, Pairs, Pairs).Sample((a, b, c) =>
    {
        ConcordanceAccumulator merged = new();
        merged.Merge(new());
        foreach ((double P, double T)[] part in new[] { a, b, c })
        {
            merged.Merge(Of(part));
        }

        merged.Merge(new());
        merged.Count.Should().Be(a.Length + b.Length + c.Length);
        merged.Value!.Value.Should().BeApproximately(TwoPass([.. a, .. b, .. c]), 1e-11);
    });

    [Fact]
    public void Moments_of_a_batch_count_as_its_pairs() => Gen.Select(Pairs, Pairs).Sample((own, batch) =>
    {
        double meanP = batch.Average(pair => pair.P);
        double meanT = batch.Average(pair => pair.T);
        ConcordanceAccumulator accumulator = Of(own);
        accumulator.AddMoments(
            batch.Length,
            meanP,
            meanT,
            batch.Sum(pair => Math.Pow(pair.P - meanP, 2)),
            batch.Sum(pair => Math.Pow(pair.T - meanT, 2)),
            batch.Sum(pair => (pair.P - meanP) * (pair.T - meanT)));
        accumulator.Value!.Value.Should().BeApproximately(TwoPass([.. own, .. batch]), 1e-11);
    });

    [Fact]
    public void It_is_symmetric_bounded_and_negated_with_the_prediction() => Pairs.Sample(pairs =>
    {
        double value = Of(pairs).Value!.Value;
        value.Should().BeInRange(-1 - 1e-12, 1 + 1e-12);
        Of(pairs.Select(pair => (pair.T, pair.P))).Value!.Value.Should().BeApproximately(value, 1e-12);
        Of(pairs.Select(pair => (-pair.P, -pair.T))).Value!.Value.Should().BeApproximately(value, 1e-12);
    });

    [Fact]
    public void A_large_offset_costs_no_digits()
    {
        // Integers, so that adding the offset is exact.
        (double P, double T)[] pairs = [.. Enumerable.Range(0, 1000)
            .Select(i => ((double)(i * 7919 % 101), (double)(i * 7919 % 101 + i * 31 % 17)))];
        double plain = TwoPass(pairs);

        Of(pairs.Select(pair => (pair.P + 1e9, pair.T + 1e9))).Value!.Value.Should().BeApproximately(plain, 1e-9);
        ConcordanceAccumulator halves = Of(pairs.Take(500).Select(pair => (pair.P + 1e9, pair.T + 1e9)));
        halves.Merge(Of(pairs.Skip(500).Select(pair => (pair.P + 1e9, pair.T + 1e9))));
        halves.Value!.Value.Should().BeApproximately(plain, 1e-9);
    }

    [Fact]
    public void It_is_0_where_undefined_and_null_without_pairs()
    {
        new ConcordanceAccumulator().Value.Should().BeNull();
        Of([(0.3, 0.3)]).Value.Should().Be(0);
        Of([(0.3, 0.7)]).Value.Should().Be(0);
        Of(Enumerable.Repeat((0.1, 0.1), 1000)).Value.Should().Be(0);
        Of([(0.1, 0.2), (0.1, -0.4)]).Value.Should().Be(0);
    }

    [Fact]
    public void Equal_sequences_agree_fully()
    {
        Of(Enumerable.Range(0, 50).Select(i => (i / 50.0, i / 50.0))).Value.Should().BeApproximately(1, 1e-14);
        ConcordanceAccumulator.Of([1, 2, 3], [3, 2, 1]).Should().BeApproximately(-1, 1e-14);
    }

    [Theory]
    [InlineData(double.NaN, 0)]
    [InlineData(0, double.NegativeInfinity)]
    public void Values_must_be_finite(double prediction, double truth)
    {
        Action add = () => new ConcordanceAccumulator().Add(prediction, truth);
        Action moments = () => new ConcordanceAccumulator().AddMoments(1, prediction, truth, 0, 0, 0);

        add.Should().Throw<ArgumentException>();
        moments.Should().Throw<ArgumentException>();
    }
}
