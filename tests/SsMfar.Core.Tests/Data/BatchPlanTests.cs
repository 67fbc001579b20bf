using CsCheck;
using SsMfar.Data;

namespace SsMfar.Tests.Data;

public sealed class BatchPlanTests
{
    private static readonly Gen<(int Rows, int BatchSize)> Sizes = Gen.Select(Gen.Int[2, 600], Gen.Int[2, 130]);

    [Fact]
    public void Batches_cover_every_row_once_in_order() => Sizes.Sample((rows, size) =>
    {
        IEnumerable<int> covered = BatchPlan.Cut(rows, size).SelectMany(range => Enumerable.Range(range.Start.Value, range.End.Value - range.Start.Value));
        return covered.SequenceEqual(Enumerable.Range(0, rows));
    });

    [Fact]
    public void All_but_the_last_have_the_size_and_the_last_no_fewer_than_the_rule_allows() => Sizes.Sample((rows, size) =>
    {
        int smallest = Math.Max(8, size / 4);
        int[] lengths = [.. BatchPlan.Cut(rows, size).Select(range => range.End.Value - range.Start.Value)];
        return lengths.SkipLast(1).All(length => length == size)
            && lengths[^1] < size + smallest
            && (lengths.Length == 1 || lengths[^1] >= Math.Min(smallest, size))
            && (rows > size || lengths.Length == 1);
    });

    [Theory]
    [InlineData(100, 32, new[] { 32, 32, 36 })]
    [InlineData(104, 32, new[] { 32, 32, 32, 8 })]
    [InlineData(1000, 256, new[] { 256, 256, 256, 232 })]
    [InlineData(831, 256, new[] { 256, 256, 319 })]
    [InlineData(832, 256, new[] { 256, 256, 256, 64 })]
    [InlineData(5, 32, new[] { 5 })]
    public void Remainders_join_or_stand(int rows, int size, int[] expected) =>
        BatchPlan.Cut(rows, size).Select(range => range.End.Value - range.Start.Value).Should().Equal(expected);

    [Fact]
    public void Fewer_than_two_rows_are_refused()
    {
        FluentActions.Invoking(() => BatchPlan.Cut(1, 8)).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => BatchPlan.Cut(8, 1)).Should().Throw<ArgumentOutOfRangeException>();
    }
}
