using SsMfar.Export;

namespace SsMfar.Tests.Export;

/// <summary>What is kept of a value over images, and the limits that are chosen by it.</summary>
public sealed class ActivationRangeTests
{
    [Fact]
    public void Limits_are_exact_and_counts_do_not_depend_on_the_order()
    {
        float[] values = [.. Normal(4000)];
        ActivationRange forward = new(), backward = new();
        foreach (float[] chunk in values.Chunk(100))
        {
            forward.Add(chunk).Should().BeTrue();
        }

        backward.Add([.. values.Reverse()]).Should().BeTrue();

        (forward.Least, forward.Greatest).Should().Be((values.Min(), values.Max()));
        forward.Counts().Should().Equal(backward.Counts());
        forward.Counts().Sum(step => step.Count).Should().Be(4000);
        forward.Counts().Sum(step => step.Center * step.Count).Should().BeApproximately(values.Sum(value => (double)value), 4000 * 0.001);
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    public void What_is_no_number_is_told_and_not_taken_in(float odd)
    {
        ActivationRange range = new();
        range.Add([1]).Should().BeTrue();

        range.Add([5, odd]).Should().BeFalse();

        range.Greatest.Should().Be(1);
        range.Counts().Sum(step => step.Count).Should().Be(1);
    }

    [Fact]
    public void Huge_and_tiny_values_have_their_place()
    {
        ActivationRange range = new();
        range.Add([float.MaxValue, float.MinValue, float.Epsilon, 0]).Should().BeTrue();

        range.Counts().Sum(step => step.Count).Should().Be(4);
        Quantizer quantizer = RangeChoice.Of(range);
        float.IsFinite(quantizer.Scale).Should().BeTrue();
    }

    [Fact]
    public void Nothing_but_zeros_can_be_quantised()
    {
        ActivationRange range = new();
        range.Add(new float[10]);

        RangeChoice.Of(range).Restore(0).Should().Be(0);
    }

    [Fact]
    public void One_value_far_off_is_cut_where_many_gain_by_it()
    {
        float[] values = [.. Normal(400_000).Select(value => Math.Max(0, value)), 12];
        ActivationRange range = new();
        range.Add(values);

        Quantizer chosen = RangeChoice.Of(range);

        double best = Enumerable.Range(12, 53).Min(part => Error(values, Quantizer.Of(0, 12 * part / 64.0)));
        Error(values, chosen).Should().BeLessThan(0.8 * Error(values, Quantizer.Of(0, 12))).And.BeLessThan(1.02 * best);
    }

    [Fact]
    public void Both_limits_are_chosen_together()
    {
        float[] values = [.. Normal(3000)];
        ActivationRange range = new();
        range.Add(values);

        double best = Enumerable.Range(32, 33).Min(upper => Enumerable.Range(32, 33).Min(
            lower => Error(values, Quantizer.Of(range.Least * lower / 64, range.Greatest * upper / 64))));
        Error(values, RangeChoice.Of(range)).Should().BeLessThan(1.05 * best);
    }

    [Fact]
    public void The_upper_limit_suits_the_lower_one_that_was_chosen_after_it()
    {
        float[] values = [.. Normal(300_000), -30, 30];
        ActivationRange range = new();
        range.Add(values);

        Quantizer chosen = RangeChoice.Of(range);

        double least = -chosen.Zero * (double)chosen.Scale;
        double best = Enumerable.Range(12, 53).Min(part => Error(values, Quantizer.Of(least, range.Greatest * part / 64.0)));
        Error(values, chosen).Should().BeLessThan(1.005 * best);
    }

    private static double Error(float[] values, Quantizer quantizer) =>
        values.Sum(value => Math.Pow(quantizer.Restore(value) - value, 2));

    private static IEnumerable<float> Normal(int count)
    {
        Random random = new(5);
        return Enumerable.Range(0, count).Select(_ => (float)(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble()))
            * Math.Cos(2 * Math.PI * random.NextDouble())));
    }
}
