using System.Collections.Immutable;
using SsMfar.Training;

namespace SsMfar.Tests.Training.Searching;

/// <summary>Successive halving on an objective that is known, beside a calculation of its own.</summary>
public sealed class SuccessiveHalvingTests
{
    public static TheoryData<double, int, int, double, int> Plans => new()
    {
        { 16, 9, 1, 3, 1 },
        { 16, 8, 1, 3, 1 },
        { 5.5, 40, 1, 3, 2 },
        { 30, 81, 3, 3, 1 },
        { 7, 5, 2, 2, 1 },
        { 1, 10, 1, 4, 1 },
        { 12, 1, 1, 3, 1 },
        { 100, 20, 1, 1.5, 4 },
    };

    [Theory]
    [MemberData(nameof(Plans))]
    public void A_plan_spends_what_the_budget_has_and_no_more(double budget, int epochs, int runs, double factor, int least)
    {
        HalvingPlan plan = HalvingPlan.Create(budget, epochs, runs, factor, least);

        HalvingRung[] rungs = [.. plan.Rungs];
        rungs.Select(rung => rung.Epochs).Should().BeInAscendingOrder().And.OnlyHaveUniqueItems();
        rungs.Select(rung => rung.Candidates).Should().BeInDescendingOrder().And.OnlyHaveUniqueItems();
        rungs[^1].Epochs.Should().Be(epochs);
        rungs.Should().OnlyContain(rung => rung.Epochs >= least && rung.Candidates >= 1);

        // Each candidate is paid for up to the rung that it leaves.
        double paid = runs / (double)epochs * rungs.Select((rung, i) =>
            (rung.Candidates - (i + 1 < rungs.Length ? rungs[i + 1].Candidates : 0)) * (double)rung.Epochs).Sum();
        plan.Cost.Should().BeApproximately(paid, 1e-9).And.BeLessThanOrEqualTo(budget);
        HalvingPlan.Create(budget + (2.0 * runs), epochs, runs, factor, least).Rungs[0].Candidates.Should()
            .BeGreaterThan(rungs[0].Candidates, "two full runs more are another candidate at least");
        HalvingPlan.Create(plan.Cost, epochs, runs, factor, least).Rungs.Select(rung => (rung.Epochs, rung.Candidates)).Should()
            .Equal(rungs.Select(rung => (rung.Epochs, rung.Candidates)), "a budget may be spent to its last epoch");
    }

    [Theory]
    [InlineData(0.5, 3, "*at least one candidate, of 1 runs*")]
    [InlineData(double.NaN, 3, "*at least one candidate, of 1 runs*")]
    [InlineData(5, 1, "*factor is above 1*")]
    [InlineData(5, double.NaN, "*factor is above 1*")]
    public void A_number_that_is_out_of_range_is_told(double budget, double factor, string message) =>
        FluentActions.Invoking(() => HalvingPlan.Create(budget, 9, factor: factor)).Should().Throw<ArgumentOutOfRangeException>()
            .WithMessage(message);

    [Fact]
    public void Rungs_are_what_the_factor_says()
    {
        HalvingPlan plan = HalvingPlan.Create(16, 9);

        plan.Rungs.Select(rung => (rung.Epochs, rung.Candidates)).Should().Equal((1, 62), (3, 20), (9, 6));
        plan.Cost.Should().BeApproximately((62 + (20 * 2) + (6 * 6)) / 9.0, 1e-12);
        plan.Runs.Should().Be(1);
        HalvingPlan.Create(16, 9, candidates: 30).Rungs[0].Candidates.Should().Be(30);
        HalvingPlan.Create(16, 9, candidates: 16).Rungs.Select(rung => (rung.Epochs, rung.Candidates)).Should().Equal([(9, 16)],
            "all of them can be trained to the end");
    }

    [Fact]
    public void What_is_out_of_range_is_refused()
    {
        Action[] wrong =
        [
            () => HalvingPlan.Create(0.5, 9), () => HalvingPlan.Create(double.NaN, 9), () => HalvingPlan.Create(2, 9, runs: 3),
            () => HalvingPlan.Create(2, 0), () => HalvingPlan.Create(2, 9, runs: 0), () => HalvingPlan.Create(2, 9, factor: 1),
            () => HalvingPlan.Create(2, 9, leastEpochs: 0), () => HalvingPlan.Create(2, 9, leastEpochs: 10),
            () => HalvingPlan.Create(2, 9, candidates: 0),
        ];

        wrong.Should().AllSatisfy(create => create.Should().Throw<ArgumentOutOfRangeException>());
    }

    [Theory]
    [MemberData(nameof(Plans))]
    public async Task Each_rung_is_of_the_best_of_the_rung_below(double budget, int epochs, int runs, double factor, int least)
    {
        HalvingPlan plan = HalvingPlan.Create(budget, epochs, runs, factor, least);
        List<(int Candidate, int Epochs)> asked = [];

        ImmutableArray<HalvingStanding> standings = await SuccessiveHalving.RunAsync(plan, (trial, _) =>
        {
            asked.Add((trial.Candidate, trial.Epochs));
            plan.Rungs[trial.Rung].Epochs.Should().Be(trial.Epochs);
            return Task.FromResult(Objective(trial.Candidate, trial.Epochs));
        });

        (List<(int Candidate, int Epochs)> expected, int[] order) = ByHand(plan);
        asked.Should().BeEquivalentTo(expected);
        standings.Select(standing => standing.Candidate).Should().Equal(order);
        standings.Should().AllSatisfy(standing => standing.Scores.Should().Equal(
            plan.Rungs.Take(standing.Scores.Length).Select(rung => Objective(standing.Candidate, rung.Epochs))));
    }

    [Theory]
    [MemberData(nameof(Plans))]
    public async Task Who_goes_no_further_is_told_once_and_never_asked_again(double budget, int epochs, int runs, double factor, int least)
    {
        HalvingPlan plan = HalvingPlan.Create(budget, epochs, runs, factor, least);
        List<int> gone = [];
        int kept = 0;

        ImmutableArray<HalvingStanding> standings = await SuccessiveHalving.RunAsync(
            plan,
            (trial, _) =>
            {
                gone.Should().NotContain(trial.Candidate);
                kept = trial.Rung == 0 ? Math.Max(kept, trial.Candidate - gone.Count) : kept;
                return Task.FromResult(Objective(trial.Candidate, trial.Epochs));
            },
            gone.Add);

        gone.Should().OnlyHaveUniqueItems().And.BeEquivalentTo(
            standings.Where(standing => standing.Scores.Length < plan.Rungs.Length).Select(standing => standing.Candidate));
        if (plan.Rungs.Length > 1)
        {
            kept.Should().BeLessThanOrEqualTo(plan.Rungs[1].Candidates, "what cannot go on is told at once, and need not be kept");
        }
    }

    [Fact]
    public async Task Who_failed_goes_no_further_and_stands_last()
    {
        HalvingPlan plan = HalvingPlan.Create(4, 9);

        ImmutableArray<HalvingStanding> standings = await SuccessiveHalving.RunAsync(plan, (trial, _) =>
            Task.FromResult<double?>(trial.Candidate == 2 ? double.NaN : trial.Candidate == 3 ? null : -1e9 - trial.Candidate));

        standings.Single(standing => standing.Candidate == 2).Scores.Should().Equal([null]);
        standings.Single(standing => standing.Candidate == 3).Score.Should().BeNull();
        standings.TakeLast(2).Select(standing => standing.Candidate).Should().Equal(2, 3);
        standings[0].Candidate.Should().Be(0);
    }

    [Fact]
    public async Task Where_all_failed_nobody_is_best()
    {
        HalvingPlan plan = HalvingPlan.Create(4, 9);
        List<int> gone = [];

        ImmutableArray<HalvingStanding> standings = await SuccessiveHalving.RunAsync(
            plan, (_, _) => Task.FromResult<double?>(null), gone.Add);

        standings.Should().HaveCount(plan.Rungs[0].Candidates).And.OnlyContain(standing => standing.Score == null);
        gone.Should().HaveCount(plan.Rungs[0].Candidates);
    }

    [Fact]
    public async Task Cancelled_anywhere_and_begun_anew_with_what_was_judged_it_ends_alike()
    {
        HalvingPlan plan = HalvingPlan.Create(6, 9);
        string whole = string.Join('\n', await SuccessiveHalving.RunAsync(plan, (trial, _) => Judge(trial, [])));
        for (int stop = 0; stop < 30; stop += 3)
        {
            Dictionary<(int, int), double?> known = [];
            using CancellationTokenSource source = new();
            Func<Task> interrupted = () => SuccessiveHalving.RunAsync(
                plan,
                (trial, _) =>
                {
                    if (known.Count == stop)
                    {
                        source.Cancel();
                    }

                    source.Token.ThrowIfCancellationRequested();
                    return Judge(trial, known);
                },
                cancellationToken: source.Token);
            await interrupted.Should().ThrowAsync<OperationCanceledException>();

            string resumed = string.Join('\n', await SuccessiveHalving.RunAsync(plan, (trial, _) => Judge(trial, known)));

            resumed.Should().Be(whole);
        }

        static Task<double?> Judge(HalvingTrial trial, Dictionary<(int, int), double?> known)
        {
            if (!known.TryGetValue((trial.Candidate, trial.Epochs), out double? score))
            {
                known.Add((trial.Candidate, trial.Epochs), score = Objective(trial.Candidate, trial.Epochs));
            }

            return Task.FromResult(score);
        }
    }

    // Curves that cross, with ties.
    private static double? Objective(int candidate, int epochs) =>
        Math.Round(((candidate * 37 % 101) / 100.0) + (((candidate * 53 % 7) - 3) * Math.Log(epochs + 1) / 10), 1);

    // Straight from the definition, without the library's order of work.
    private static (List<(int Candidate, int Epochs)> Asked, int[] Order) ByHand(HalvingPlan plan)
    {
        List<(int, int)> asked = [];
        List<(int Candidate, int Rung)> left = [];
        List<int> here = [.. Enumerable.Range(0, plan.Rungs[0].Candidates)];
        for (int rung = 0; rung < plan.Rungs.Length; rung++)
        {
            int epochs = plan.Rungs[rung].Epochs;
            asked.AddRange(here.Select(candidate => (candidate, epochs)));
            List<int> sorted = [.. here.OrderByDescending(candidate => Objective(candidate, epochs)).ThenBy(candidate => candidate)];
            int next = rung + 1 < plan.Rungs.Length ? plan.Rungs[rung + 1].Candidates : 0;
            left.InsertRange(0, sorted.Skip(next).Select(candidate => (candidate, rung)));
            here = [.. sorted.Take(next)];
        }

        return (asked, [.. left.Select(one => one.Candidate)]);
    }
}
