using CsCheck;
using SsMfar.Data;

namespace SsMfar.Tests.Data;

public sealed class BatchPlanTests
{
    private static readonly Gen<(int Rows, int BatchSize)> Sizes = Gen.Select(Gen.Int[2, 600], Gen.Int[2, 130]);

    [Fact]
    public void Batches_cover_every_row_once_in_order() => Sizes.Sample((rows, size) =>
    {
        IEnumerable<int> covered = BatchPlan.Cut(rows, size)
            .SelectMany(range => Enumerable.Range(range.Start.Value, range.End.Value - range.Start.Value));
        return covered.SequenceEqual(Enumerable.Range(0, rows));
    });

    [Fact]
    public void No_batch_needs_more_memory_than_another_or_has_a_handful_of_rows() => Sizes.Sample((rows, size) =>
    {
        int[] lengths = [.. BatchPlan.Cut(rows, size).Select(range => range.End.Value - range.Start.Value)];
        return lengths.Max() - lengths.Min() <= 1
            && lengths.Max() <= size + Math.Max(1, size / 32)
            && lengths.Min() >= Math.Min(rows, Math.Max(2, size / 2));
    });

    [Theory]
    [InlineData(96, 32, new[] { 32, 32, 32 })]
    [InlineData(99, 32, new[] { 33, 33, 33 })]
    [InlineData(100, 32, new[] { 25, 25, 25, 25 })]
    [InlineData(302, 256, new[] { 151, 151 })]
    [InlineData(264, 256, new[] { 264 })]
    [InlineData(265, 256, new[] { 132, 133 })]
    [InlineData(1000, 256, new[] { 250, 250, 250, 250 })]
    [InlineData(9, 8, new[] { 9 })]
    [InlineData(10, 8, new[] { 5, 5 })]
    [InlineData(5, 32, new[] { 5 })]
    [InlineData(3, 2, new[] { 3 })]
    public void A_few_rows_are_spread_over_the_batches_and_more_make_one_batch_more(int rows, int size, int[] expected) =>
        BatchPlan.Cut(rows, size).Select(range => range.End.Value - range.Start.Value).Should().Equal(expected);

    [Fact]
    public void The_set_of_the_paper_gives_batches_of_its_size() =>
        BatchPlan.Cut(142_382, 256).Select(range => range.End.Value - range.Start.Value).Should().HaveCount(556).And
            .OnlyContain(length => length == 256 || length == 257);

    [Fact]
    public void Fewer_than_two_rows_are_refused()
    {
        FluentActions.Invoking(() => BatchPlan.Cut(1, 8)).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => BatchPlan.Cut(8, 1)).Should().Throw<ArgumentOutOfRangeException>();
    }
}
