using SsMfar.Data;
using SsMfar.Randomness;
using SsMfar.Runtime;

namespace SsMfar.Tests.Data;

public sealed class SamplerTests
{
    private const int Rows = 6000;
    private static readonly RandomKey Key = RandomKey.FromSeed(3);

    // Class 0 is nine times as frequent as class 1; class 2 never occurs; a third of the rows has no label.
    private static readonly AnnotationSet Set = new(
        Enumerable.Range(0, Rows).Select(i => new AnnotationRow(
            $"{i}.jpg", null, i % 3 == 2 ? null : i % 30 < 3 ? 1 : 0, ActionUnitLabels.Unknown)),
        new("frequent", "rare", "absent"));

    [Fact]
    public void Shuffling_visits_every_row_once_in_an_order_of_the_key_alone()
    {
        int[] rows = new ShuffleSampler().Sample(Set, Key);

        rows.Order().Should().Equal(Enumerable.Range(0, Rows));
        rows.Should().NotBeInAscendingOrder();
        new ShuffleSampler().Sample(Set, Key).Should().Equal(rows);
        new ShuffleSampler().Sample(Set, Key.Fold(1)).Should().NotEqual(rows);
    }

    [Fact]
    public void Balanced_sampling_draws_classes_alike_and_keeps_unlabelled_rows_and_length()
    {
        int[] rows = new ClassBalancedSampler().Sample(Set, Key);

        rows.Should().HaveCount(Rows);
        int[] unlabelled = [.. rows.Where(row => Set[row].Expression is null)];
        unlabelled.Order().Should().Equal(Enumerable.Range(0, Rows).Where(row => Set[row].Expression is null), "each comes once");
        double rare = rows.Count(row => Set[row].Expression == 1) / (double)(Rows - unlabelled.Length);
        rare.Should().BeApproximately(0.5, 0.05, "4000 draws have a standard deviation of 0.008");
        int[] drawn = [.. rows.Where(row => Set[row].Expression == 1).CountBy(row => row).Select(count => count.Value)];
        drawn.Max().Should().BeGreaterThan(1, "a rare class repeats");
        new ClassBalancedSampler().Sample(Set, Key).Should().Equal(rows);
        new ClassBalancedSampler().Sample(Set, Key.Fold(1)).Should().NotEqual(rows);
        rows.Take(300).Count(row => Set[row].Expression is null).Should().BeInRange(60, 140, "unlabelled rows are spread over the epoch");
    }

    [Fact]
    public void Without_any_label_balanced_sampling_visits_every_row()
    {
        var none = new AnnotationSet(
            Enumerable.Range(0, 20).Select(i => new AnnotationRow($"{i}.jpg", null, null, ActionUnitLabels.Unknown)));
        new ClassBalancedSampler().Sample(none, Key).Order().Should().Equal(Enumerable.Range(0, 20));
    }

    [Fact]
    public void Balanced_sampling_of_one_row_a_class_draws_from_every_class()
    {
        AnnotationSet set = new(Enumerable.Range(0, 3).Select(i => new AnnotationRow($"{i}", null, i, default)), new("a", "b", "c"));
        int[] drawn = [.. Enumerable.Range(0, 200).SelectMany(i => new ClassBalancedSampler().Sample(set, RandomKey.FromSeed(i)))];
        drawn.CountBy(row => row)
            .Should().HaveCount(3).And.OnlyContain(count => count.Value > 150 && count.Value < 250, "600 draws, a third each");
    }
}
