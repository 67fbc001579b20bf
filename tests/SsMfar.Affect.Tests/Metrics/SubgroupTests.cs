using SsMfar.Data;
using SsMfar.Metrics;
using SsMfar.Submissions;

namespace SsMfar.Tests.Metrics;

/// <summary>Groups beside the rest: their scores by hand, how often a gap is found that is there, and one that is not.</summary>
public sealed class SubgroupTests
{
    private const int Trials = 100;

    // F1 of balanced classes is right + (1 - right) / 8: 0.70 and 0.60.
    private const double Well = 0.657, Worse = 0.543;

    [Fact]
    [Trait("Trials", "Many")]
    public void A_bias_of_a_tenth_of_F1_is_found_in_95_of_100_trials() => Found(Well, Worse).Should().BeGreaterThanOrEqualTo(95);

    [Fact]
    [Trait("Trials", "Many")]
    public void Groups_that_are_read_alike_raise_at_most_5_alarms_in_100_trials() => Found(Well, Well).Should().BeLessThanOrEqualTo(5);

    [Fact]
    public void Scores_are_those_of_the_rows_of_a_group_and_of_all_others()
    {
        (AnnotationSet truth, Submission predictions) = GroupedFaces.Draw(3, 400, 0.8, 0.6, 0.4);

        SubgroupReport report = Subgroups.Compare(truth, predictions, ["group"], Quick());

        SubgroupColumn column = report.Columns.Should().ContainSingle().Which;
        column.Groups.Select(group => (group.Name, group.Rows)).Should()
            .Equal(("group 0", 400), ("group 1", 400), ("group 2", 400));
        report.Comparisons.Should().Be(9);
        foreach (Subgroup group in column.Groups)
        {
            AffectScores own = Score(truth, predictions, row => row.Text.Span[0] == group.Name);
            AffectScores rest = Score(truth, predictions, row => row.Text.Span[0] != group.Name);
            foreach (ScoredTask task in Enum.GetValues<ScoredTask>())
            {
                SubgroupComparison comparison = group[task]!;
                comparison.Score.Value.Should().BeApproximately(Of(own, task), 1e-9);
                comparison.Rest.Should().BeApproximately(Of(rest, task), 1e-9);
                comparison.Gap.Value.Should().BeApproximately(comparison.Rest - comparison.Score.Value, 1e-12);
                comparison.Gap.Low.Should().BeLessThan(comparison.Gap.Value);
                comparison.Labels.Should().Be(400);
            }
        }

        column.Worst(ScoredTask.Expression)!.Group.Should().Be("group 2");
        column.Worst(ScoredTask.Expression)!.IsFound.Should().BeTrue();
    }

    [Fact]
    [Trait("Trials", "Many")]
    public void Intervals_widen_with_the_number_of_gaps_looked_at()
    {
        (AnnotationSet truth, Submission predictions) = GroupedFaces.Draw(5, 600, Well, Worse);
        AnnotationSet more = new(
            truth.Select((row, i) => row with { Text = new[] { row.Text.Span[0], $"{i % 7}", $"{i % 11}" } }),
            truth.ExpressionClasses, textColumns: ["group", "seven", "eleven"]);

        SubgroupComparison alone = Subgroups.Compare(truth, predictions, ["group"], Quick()).Columns[0].Worst(ScoredTask.Expression)!;
        SubgroupComparison among = Subgroups.Compare(more, predictions, ["group", "seven", "eleven"], Quick()).Columns[0]
            .Worst(ScoredTask.Expression)!;

        among.Gap.Value.Should().Be(alone.Gap.Value);
        (among.Gap.High - among.Gap.Low).Should().BeGreaterThan(1.1 * (alone.Gap.High - alone.Gap.Low));
        among.Score.Low.Should().Be(alone.Score.Low, "a group's own interval allows for nothing else");
    }

    [Fact]
    public void A_class_that_one_side_lacks_makes_no_gap()
    {
        (AnnotationSet all, Submission predictions) = GroupedFaces.Draw(7, 500, Well, Well);
        AnnotationSet truth = new(
            all.Select(row => row.Text.Span[0] == "group 1" && row.Expression == 3 ? row with { Expression = null } : row),
            all.ExpressionClasses, textColumns: ["group"]);

        SubgroupComparison comparison = Subgroups.Compare(truth, predictions, ["group"], Quick()).Columns[0].Groups
            .Single(group => group.Name == "group 1")[ScoredTask.Expression]!;

        comparison.Parts.Should().Be(7);
        comparison.Score.Value.Should().BeApproximately(0.7, 0.06, "not an eighth lower");
    }

    [Fact]
    public void Labels_that_are_all_alike_in_a_group_or_in_the_rest_are_not_compared()
    {
        (AnnotationSet all, Submission predictions) = GroupedFaces.Draw(15, 300, 0.8, 0.6);

        // Predictions differ, so that nothing but the labels says it. Of two groups each is the rest of the other.
        foreach (Func<AnnotationRow, AnnotationRow> alike in new Func<AnnotationRow, AnnotationRow>[]
        {
            row => row with { ValenceArousal = null, Valence = 0.25f, Arousal = row.Arousal },
            row => row with { ValenceArousal = null, Valence = row.Valence, Arousal = -0.5f },
        })
        {
            AnnotationSet truth = Relabelled(all, (row, _) => row.Text.Span[0] == "group 1" ? alike(row) : row);

            SubgroupColumn column = Subgroups.Compare(truth, predictions, ["group"], Quick()).Columns[0];

            column.Groups.Should().AllSatisfy(group => group[ScoredTask.ValenceArousal].Should().BeNull());
            column.NotCompared(ScoredTask.ValenceArousal).Should().HaveCount(2);
            column.NotCompared(ScoredTask.Expression).Should().BeEmpty();
        }
    }

    [Fact]
    public void Valence_alone_and_arousal_alone_are_compared_over_the_rows_that_have_them()
    {
        (AnnotationSet all, Submission predictions) = GroupedFaces.Draw(15, 300, 0.8, 0.6);
        AnnotationSet valence = Relabelled(all, (row, _) => row with { ValenceArousal = null, Valence = row.Valence });
        AnnotationSet halves = Relabelled(all, (row, i) => i % 3 == 0
            ? row with { ValenceArousal = null, Arousal = row.Arousal }
            : i % 3 == 1 ? row with { ValenceArousal = null, Valence = row.Valence } : row);
        AnnotationSet few = Relabelled(
            all, (row, i) => i is < 40 or >= 300 ? row : row with { ValenceArousal = null, Valence = row.Valence });

        Compared(valence, 1);
        Compared(halves, 2);
        Compared(few, 1);

        void Compared(AnnotationSet truth, int parts)
        {
            foreach (Subgroup group in Subgroups.Compare(truth, predictions, ["group"], Quick()).Columns[0].Groups)
            {
                SubgroupComparison comparison = group[ScoredTask.ValenceArousal]!;
                AffectScores own = Score(truth, predictions, row => row.Text.Span[0] == group.Name);
                AffectScores rest = Score(truth, predictions, row => row.Text.Span[0] != group.Name);
                (comparison.Labels, comparison.Parts).Should().Be((300, parts));
                comparison.Score.Value.Should().BeApproximately(Part(own.ValenceArousal!), 1e-9);
                comparison.Rest.Should().BeApproximately(Part(rest.ValenceArousal!), 1e-9);
            }

            double Part(ValenceArousalScores scores) => parts == 2 ? scores.Mean : scores.Valence!.Value;
        }
    }

    [Fact]
    public void Groups_that_a_task_has_too_few_labels_of_are_named_for_it()
    {
        (AnnotationSet all, Submission predictions) = GroupedFaces.Draw(17, 200, Well, Well, Well);
        AnnotationSet truth = Relabelled(all, (row, _) => row.Text.Span[0] == "group 1"
            ? row with { ValenceArousal = null, ActionUnits = ActionUnitLabels.Unknown }
            : row with { ActionUnits = ActionUnitLabels.Unknown });

        SubgroupReport report = Subgroups.Compare(truth, predictions, ["group"], Quick());

        report.Tasks.Should().Equal(ScoredTask.Expression, ScoredTask.ValenceArousal);
        report.Columns[0].NotCompared(ScoredTask.Expression).Should().BeEmpty();
        report.Columns[0].NotCompared(ScoredTask.ValenceArousal).Select(group => group.Name).Should().Equal("group 1");
    }

    [Fact]
    public void Groups_of_one_row_each_are_in_the_rest_and_take_next_to_nothing()
    {
        (AnnotationSet all, Submission predictions) = GroupedFaces.Draw(19, 20_000, 0.8, 0.6);
        AnnotationSet truth = Relabelled(
            all, (row, i) => i % 100 == 0 ? row : row with { Text = new[] { $"{row.Text.Span[0]}, {row.Image}" } });
        SubgroupOptions few = Quick();
        few.Bootstrap.Resamples = 10;
        long before = GC.GetAllocatedBytesForCurrentThread();

        SubgroupReport report = Subgroups.Compare(truth, predictions, ["group"], few);

        // Counts of one group are 2.6 kB, and this thread makes them twice at least.
        ((double)(GC.GetAllocatedBytesForCurrentThread() - before) / truth.Count).Should().BeLessThan(2000);
        report.Columns[0].Groups.Should().HaveCount(2 + 39_600);
        report.Comparisons.Should().Be(6);
        foreach (Subgroup group in report.Columns[0].Groups.Take(2))
        {
            AffectScores own = Score(truth, predictions, row => row.Text.Span[0] == group.Name);
            AffectScores rest = Score(truth, predictions, row => row.Text.Span[0] != group.Name);
            group.Rows.Should().Be(200);
            foreach (ScoredTask task in Enum.GetValues<ScoredTask>())
            {
                group[task]!.Labels.Should().Be(200);
                group[task]!.Score.Value.Should().BeApproximately(Of(own, task), 1e-9);
                group[task]!.Rest.Should().BeApproximately(Of(rest, task), 1e-9);
            }
        }
    }

    [Fact]
    public void Few_labels_or_few_drawn_groups_are_not_compared()
    {
        (AnnotationSet truth, Submission predictions) = GroupedFaces.Draw(9, 60, Well, Well);

        Subgroups.Compare(truth, predictions, ["group"], Quick(least: 61)).Comparisons.Should().Be(0);
        Subgroups.Compare(truth, predictions, ["group"], Quick(least: 60)).Comparisons.Should().BeGreaterThanOrEqualTo(4);
        SubgroupOptions byGroup = Quick(least: 60);
        byGroup.Bootstrap.GroupBy = image => image.Split('/')[1].Split('_')[0]; // each group is one draw
        Subgroups.Compare(truth, predictions, ["group"], byGroup).Comparisons.Should().Be(0);
    }

    [Fact]
    public void Many_numbers_are_cut_in_quarters_and_empty_ones_are_in_no_group()
    {
        (AnnotationSet drawn, Submission predictions) = GroupedFaces.Draw(11, 200, Well, Well);
        AnnotationSet truth = new(
            drawn.Select((row, i) => row with { Text = default, Extra = new[] { i >= 390 ? float.NaN : 18 + (i % 60), i % 3f } }),
            drawn.ExpressionClasses, ["age", "kind"]);

        SubgroupReport report = Subgroups.Compare(truth, predictions, ["age", "kind"], Quick());

        report.Columns[0].UnknownRows.Should().Be(10);
        report.Columns[0].Groups.Select(group => group.Name).Should()
            .BeEquivalentTo("18 to 30", "31 to 44", "45 to 60", "61 to 77");
        report.Columns[0].Groups.Sum(group => group.Rows).Should().Be(390);
        report.Columns[1].Groups.Select(group => group.Name).Should().BeEquivalentTo("0", "1", "2");
    }

    // A small group may be furthest below the rest by chance, and hide a larger one that is not.
    [Fact]
    public void Groups_that_were_found_are_told_beside_the_worst_one()
    {
        SubgroupColumn column = new()
        {
            Groups =
            [
                Group("large", 0.06, isFound: true), Group("alike", 0.01, isFound: false), Group("small", 0.12, isFound: false),
                Group("better", -0.1, isFound: true),
            ],
        };

        column.Worst(ScoredTask.Expression)!.Group.Should().Be("small");
        column.Notable(ScoredTask.Expression).Select(group => group.Group).Should().Equal("small", "large", "better");
        column.Notable(ScoredTask.ActionUnits).Should().BeEmpty();

        static Subgroup Group(string name, double gap, bool isFound) => new()
        {
            Name = name,
            Comparisons = [new() { Group = name, Task = ScoredTask.Expression, Gap = new(gap, gap, gap), IsFound = isFound }],
        };
    }

    [Fact]
    public void A_column_that_is_not_there_is_refused_with_those_that_are()
    {
        (AnnotationSet truth, Submission predictions) = GroupedFaces.Draw(13, 20, Well, Well);

        FluentActions.Invoking(() => Subgroups.Compare(truth, predictions, ["gender"])).Should().Throw<ArgumentException>()
            .WithMessage("There is no column 'gender' in the annotations. Name one of group.*");
    }

    private static AnnotationSet Relabelled(AnnotationSet all, Func<AnnotationRow, int, AnnotationRow> label) =>
        new(all.Select(label), all.ExpressionClasses, textColumns: ["group"]);

    private static int Found(double first, double second)
    {
        int found = 0;
        Parallel.For(0, Trials, new ParallelOptions { MaxDegreeOfParallelism = 2 }, trial =>
        {
            (AnnotationSet truth, Submission predictions) = GroupedFaces.Draw(1000 + trial, 1000, first, second);
            SubgroupReport report = Subgroups.Compare(truth, predictions, ["group"], Quick(seed: trial));
            bool isFound = first == second
                ? report.AnyFound
                : report.Columns[0].Worst(ScoredTask.Expression) is { Group: "group 1", IsFound: true, Gap.Low: > 0 };
            Interlocked.Add(ref found, isFound ? 1 : 0);
        });
        return found;
    }

    private static SubgroupOptions Quick(int least = 50, long seed = 0) =>
        new() { MinimumLabels = least, Bootstrap = new() { Resamples = 400, Seed = seed } };

    private static AffectScores Score(AnnotationSet truth, Submission predictions, Func<AnnotationRow, bool> own)
    {
        AnnotationSet some = new(truth.Where(own), truth.ExpressionClasses, textColumns: ["group"]);
        HashSet<string> images = [.. some.Select(row => row.Image)];
        return AffectScorer.Score(some, new Submission(predictions.Where(row => images.Contains(row.Image)), truth.ExpressionClasses));
    }

    private static double Of(AffectScores scores, ScoredTask task) => task switch
    {
        ScoredTask.Expression => scores.Expression!.MacroF1,
        ScoredTask.ActionUnits => scores.ActionUnits!.MeanF1,
        _ => scores.ValenceArousal!.Mean,
    };
}
