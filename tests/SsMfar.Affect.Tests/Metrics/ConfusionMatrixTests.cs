using CsCheck;
using SsMfar.Metrics;

namespace SsMfar.Tests.Metrics;

public class ConfusionMatrixTests
{
    private static readonly Gen<(int Truth, int Predicted)[]> Pairs = Gen.Select(Gen.Int[0, 4], Gen.Int[0, 4], (t, p) => (t, p))
        .Array[0, 60];

    private static ConfusionMatrix Of(IEnumerable<(int Truth, int Predicted)> pairs)
    {
        ConfusionMatrix matrix = new(5);
        foreach ((int truth, int predicted) in pairs)
        {
            matrix.Add(truth, predicted);
        }

        return matrix;
    }

    [Fact]
    public void F1_is_the_harmonic_mean_of_precision_and_recall() => Pairs.Sample(pairs =>
    {
        ConfusionMatrix matrix = Of(pairs);
        for (int k = 0; k < 5; k++)
        {
            double right = pairs.Count(pair => pair == (k, k));
            double precision = pairs.Any(pair => pair.Predicted == k) ? right / pairs.Count(pair => pair.Predicted == k) : 0;
            double recall = pairs.Any(pair => pair.Truth == k) ? right / pairs.Count(pair => pair.Truth == k) : 0;
            matrix.Precision(k).Should().Be(precision);
            matrix.Recall(k).Should().Be(recall);
            matrix.F1(k).Should().BeApproximately(right == 0 ? 0 : 2 / (1 / precision + 1 / recall), 1e-12);
        }

        matrix.Total.Should().Be(pairs.Length);
        matrix.Accuracy.Should().Be(pairs.Length == 0 ? null : pairs.Count(pair => pair.Truth == pair.Predicted) / (double)pairs.Length);
        matrix.MacroF1.Should().Be(pairs.Length == 0 ? null : Enumerable.Range(0, 5).Average(matrix.F1));
    });

    [Fact]
    public void F1_does_not_change_when_truth_and_prediction_swap() => Pairs.Sample(pairs =>
        Of(pairs.Select(pair => (pair.Predicted, pair.Truth))).F1PerClass().Should().Equal(Of(pairs).F1PerClass()));

    [Fact]
    public void Renaming_classes_renames_their_scores() => Gen.Select(Pairs, Gen.Shuffle(new[] { 0, 1, 2, 3, 4 }))
        .Sample((pairs, names) =>
            {
                ConfusionMatrix plain = Of(pairs);
                ConfusionMatrix renamed = Of(pairs.Select(pair => (names[pair.Truth], names[pair.Predicted])));
                Enumerable.Range(0, 5).Select(k => renamed.F1(names[k])).Should().Equal(plain.F1PerClass());
            });

    [Fact]
    public void Merged_parts_equal_the_whole() => Gen.Select(Pairs, Pairs).Sample((first, second) =>
    {
        ConfusionMatrix merged = Of(first);
        merged.Merge(Of(second));
        ConfusionMatrix whole = Of(first.Concat(second));
        merged.F1PerClass().Should().Equal(whole.F1PerClass());
        (merged.Total, merged.Accuracy).Should().Be((whole.Total, whole.Accuracy));
    });

    [Fact]
    public void A_class_that_never_occurs_counts_as_0()
    {
        ConfusionMatrix matrix = new(4);
        matrix.Add(0, 0, 10);

        matrix.MacroF1.Should().Be(0.25);
    }

    [Theory]
    [InlineData(-1, 0)]
    [InlineData(0, 5)]
    public void Classes_outside_are_refused(int truth, int predicted)
    {
        Action add = () => new ConfusionMatrix(5).Add(truth, predicted);

        add.Should().Throw<ArgumentOutOfRangeException>();
    }

    [Fact]
    public void Matrices_of_different_sizes_do_not_merge()
    {
        Action merge = () => new ConfusionMatrix(5).Merge(new(6));

        merge.Should().Throw<ArgumentException>();
    }
}
