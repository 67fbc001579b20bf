using System.Collections.Immutable;
using SsMfar.Training;
using TorchSharp;

namespace SsMfar.Tests.Training;

/// <summary>Means of loss terms over steps, whatever terms a step reports, and over an interruption.</summary>
public sealed class LossAccumulatorTests : IDisposable
{
    private readonly DisposeScope _scope = torch.NewDisposeScope();
    private readonly LossAccumulator _losses = new();

    [Fact]
    public void Terms_are_summed_by_name_and_divided_by_steps_not_by_micro_batches()
    {
        Add(("total", 3), ("a", 1));
        Add(("total", 4), ("a", 2));
        _losses.CompleteStep();
        Add(("total", 5), ("a", 0.5));
        _losses.CompleteStep();

        _losses.Count.Should().Be(2);
        Read(_losses.Sums()).Should().Equal(("a", 3.5), ("total", 12));
        Read(_losses.Means()).Should().Equal(("a", 1.75), ("total", 6));
    }

    [Fact]
    public void Steps_may_report_other_terms_in_another_order()
    {
        Add(("a", 1), ("b", 10));
        Add(("b", 20), ("a", 2));
        Add(("c", 100), ("a", 4));
        Add(("a", 8), ("b", 40), ("c", 200));
        Add(("b", 80));

        Read(_losses.Sums()).Should().Equal(("a", 15), ("b", 150), ("c", 300));
    }

    [Fact]
    public void An_epoch_goes_on_from_the_sums_of_an_interrupted_one_and_a_new_one_from_nothing()
    {
        _losses.Restart(Sums(("a", 5), ("gone", 7)), 3);
        Read(_losses.Sums()).Should().Equal([("a", 5), ("gone", 7)], "nothing was added yet");
        _losses.Count.Should().Be(3);
        Add(("b", 2), ("a", 1));
        _losses.CompleteStep();

        Read(_losses.Sums()).Should().Equal(("a", 6), ("b", 2), ("gone", 7));
        Read(_losses.Means()).Should().Equal(("a", 1.5), ("b", 0.5), ("gone", 1.75));

        _losses.Restart(Sums(), 0);
        _losses.Sums().Should().BeEmpty();
        _losses.Count.Should().Be(0);
        Add(("b", 9));
        Read(_losses.Sums()).Should().Equal(("b", 9));
    }

    [Fact]
    public void Sums_outlive_the_steps_that_made_them_keep_every_digit_and_leave_nothing_behind()
    {
        using (torch.NewDisposeScope())
        {
            Add(("a", 1));
        }

        long before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        for (int step = 0; step < 3; step++)
        {
            using DisposeScope scope = torch.NewDisposeScope();
            Add(("a", 1e-9));
        }

        DisposeScopeManager.Statistics.ThreadTotalLiveCount.Should().Be(before);
        _losses.Sums()["a"].Should().BeApproximately(1 + 3e-9, 1e-15, "float32 would lose it");
    }

    public void Dispose()
    {
        _losses.Dispose();
        _scope.Dispose();
    }

    private static IEnumerable<(string, double)> Read(ImmutableSortedDictionary<string, double> sums) => sums
        .Select(sum => (sum.Key, sum.Value));

    private static ImmutableSortedDictionary<string, double> Sums(params (string Name, double Value)[] sums) =>
        sums.ToImmutableSortedDictionary(sum => sum.Name, sum => sum.Value, StringComparer.Ordinal);

    private void Add(params (string Name, double Value)[] terms) =>
        _losses.Add([.. terms.Select(term => KeyValuePair.Create(term.Name, torch.tensor(term.Value)))]);
}
