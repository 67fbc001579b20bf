using CsCheck;
using SsMfar.Randomness;
using SsMfar.Runtime;

namespace SsMfar.Tests.Randomness;

public sealed class RandomKeyTests
{
    [Fact]
    public void A_key_is_a_function_of_what_was_folded_in() => Gen.Select(Gen.Long, Gen.Long, Gen.Long).Sample((seed, a, b) =>
        RandomKey.FromSeed(seed).Fold(a).Fold(b).Value == RandomKey.FromSeed(seed).Fold(a).Fold(b).Value
        && (a == b || RandomKey.FromSeed(seed).Fold(a).Value != RandomKey.FromSeed(seed).Fold(b).Value)
        && (a == b || RandomKey.FromSeed(seed).Fold(a).Fold(b).Value != RandomKey.FromSeed(seed).Fold(b).Fold(a).Value));

    [Fact]
    public void Neighbouring_seeds_epochs_and_steps_share_no_key()
    {
        var keys = new HashSet<RandomKey>();
        for (int seed = 0; seed < 20; seed++)
        {
            for (int epoch = 0; epoch < 50; epoch++)
            {
                for (int step = 0; step < 50; step++)
                {
                    keys.Add(RandomKey.FromSeed(seed).Fold(epoch).Fold(step));
                }
            }
        }

        keys.Should().HaveCount(20 * 50 * 50);
    }

    [Fact]
    public void First_draws_of_neighbouring_keys_are_uniform_and_uncorrelated()
    {
        const int Count = 20_000;
        RandomKey root = RandomKey.FromSeed(1);
        double[] draws = [.. Enumerable.Range(0, Count).Select(i => root.Fold(i).ToSource().NextDouble())];

        draws.Average().Should().BeApproximately(0.5, 0.01);
        int[] bins = new int[10];
        foreach (double draw in draws)
        {
            bins[(int)(draw * 10)]++;
        }

        bins.Sum(bin => (bin - (Count / 10.0)) * (bin - (Count / 10.0)) / (Count / 10.0)).Should()
            .BeLessThan(28, "chi square of 9 degrees, p = 0.001");
        double correlation = draws.Zip(draws.Skip(1), (a, b) => (a - 0.5) * (b - 0.5)).Average() * 12;
        correlation.Should().BeApproximately(0, 0.03);
    }

    [Fact]
    public void Draws_keep_to_their_ranges() => Gen.Select(Gen.Long, Gen.Int[1, 1000]).Sample((seed, count) =>
    {
        RandomSource source = RandomKey.FromSeed(seed).ToSource();
        int[] items = [.. Enumerable.Range(0, count)];
        source.Shuffle<int>(items);
        double one = source.NextDouble();
        int whole = source.NextInt32(count);
        return one is >= 0 and < 1 && whole >= 0 && whole < count && items.Order().SequenceEqual(Enumerable.Range(0, count))
            && source.NextBoolean(1) && !source.NextBoolean(0);
    });
}
