using System.Globalization;
using CsCheck;
using SsMfar.Data;

namespace SsMfar.Tests.Data;

public class AnnotationShapingTests
{
    private static AnnotationSet Videos(int videos, int frames) => new(
        from video in Enumerable.Range(0, videos)
        from side in new[] { "", "_left", "_right" }
        from frame in Enumerable.Range(0, frames + video % 3)
        select new AnnotationRow($"video{video}{side}/{frame:D5}.jpg", null, (video + frame) % 8, default));

    [Theory]
    [InlineData("video45_left/00001.jpg", "video45")]
    [InlineData("video45_right/00001.jpg", "video45")]
    [InlineData("video45_1/00001.jpg", "video45_1")]
    [InlineData("batch\\video45_left\\00001.jpg", "batch/video45")]
    [InlineData("00001.jpg", "")]
    [InlineData("/00001.jpg", "")]
    public void The_video_is_the_folder_without_its_side(string image, string video) => ImageGroups.Video(image).Should().Be(video);

    [Theory]
    [InlineData("faces/Ada_Lovelace_0003.jpg", "faces/Ada_Lovelace")]
    [InlineData("id_1/0003.jpg", "id_1/0003")]
    [InlineData("0003", "0003")]
    public void The_identity_is_the_name_before_the_last_underscore(string image, string identity) =>
        ImageGroups.Identity(image).Should().Be(identity);

    [Fact]
    public void A_split_keeps_both_tracks_of_a_video_together_and_meets_the_share()
    {
        AnnotationSet set = Videos(60, 20);

        (AnnotationSet train, AnnotationSet validation) = set.Split(0.2, seed: 3);

        train.Select(row => ImageGroups.Video(row.Image)).Should().NotIntersectWith(validation.Select(row => ImageGroups.Video(row.Image)));
        ((double)validation.Count / set.Count).Should().BeApproximately(0.2, 0.02);
    }

    [Fact]
    public void A_split_depends_on_the_seed_alone()
    {
        AnnotationSet set = Videos(40, 5);
        AnnotationSet reversed = set.Select(Enumerable.Range(0, set.Count).Reverse());

        string[] first = [.. set.Split(0.3, 1).Validation.Select(row => row.Image)];
        reversed.Split(0.3, 1).Validation.Select(row => row.Image).Should().BeEquivalentTo(first);
        set.Split(0.3, 2).Validation.Select(row => row.Image).Should().NotEqual(first);
    }

    [Fact]
    public void A_single_group_cannot_be_split()
    {
        AnnotationSet set = new(Enumerable.Range(0, 9).Select(i => new AnnotationRow($"images/p{i}_0.jpg", null, 0, default)));

        Action split = () => set.Split(0.5, 1);

        split.Should().Throw<InvalidOperationException>().WithMessage("*one group, 'images'*ImageGroups.Identity*");
        set.Split(0.5, 1, ImageGroups.Identity).Validation.Count.Should().BeInRange(4, 5);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(double.NaN)]
    public void A_split_needs_a_share_within(double share)
    {
        Action split = () => Videos(3, 3).Split(share, 1);

        split.Should().Throw<ArgumentOutOfRangeException>().WithParameterName("validationFraction");
    }

    [Fact]
    public void Hidden_expressions_are_a_fraction_of_every_class_and_grow_with_it()
    {
        AnnotationSet set = Videos(50, 8);
        bool[] fewer = [.. set.HideExpressions(0.5, 9).Select(row => row.Expression is null)];
        AnnotationSet hidden = set.HideExpressions(0.8, 9);

        for (int k = 0; k < 8; k++)
        {
            int left = hidden.Statistics.ExpressionCounts[k];
            left.Should().Be(set.Statistics.ExpressionCounts[k] -
                (int)Math.Round(0.8 * set.Statistics.ExpressionCounts[k], MidpointRounding.AwayFromZero));
        }

        Enumerable.Range(0, set.Count).Where(i => fewer[i]).Should().OnlyContain(i => hidden[i].Expression == null);
        hidden.Where(row => row.Expression is not null).Should().OnlyContain(row => set.Contains(row));
        set.HideExpressions(0, 9).ShouldHaveRowsOf(set);
        set.HideExpressions(1, 9).Statistics.InvalidExpression.Should().Be(set.Count);
    }

    [Fact]
    public void A_class_keeps_its_last_label_below_fraction_1() =>
        new AnnotationSet([new("a", null, 2, default)]).HideExpressions(0.99, 1).Statistics.ExpressionCounts[2].Should().Be(1);

    [Fact]
    public void Hidden_labels_are_a_fraction_of_each_tasks_rows_chosen_apart_and_grow_with_it()
    {
        AnnotationSet set = new(Enumerable.Range(0, 400).Select(i => new AnnotationRow(
            $"1/{i:000}.jpg",
            i % 4 == 0 ? null : new(0.1f, -0.2f),
            i % 5 == 0 ? null : i % 8,
            i % 10 == 0
                ? ActionUnitLabels.Unknown
                : ActionUnitLabels.From([.. Enumerable.Range(0, 12).Select(u => u == i % 12 ? (bool?)null : true)]))));
        AnnotationSet half = set.HideLabels(0.5, 3), more = set.HideLabels(0.8, 3);

        half.Statistics.InvalidExpression.Should().BeInRange(80 + 156, 80 + 164, "a half of each class, rounded");
        half.Count(row => row.ValenceArousal is null).Should().Be(100 + 150);
        half.Count(row => row.ActionUnits.KnownCount == 0).Should().Be(40 + 180);
        half.Where(row => row.ActionUnits.AnyKnown)
            .Should().OnlyContain(row => row.ActionUnits.KnownCount == 11, "a row's units go together");

        // Of the rows that had all three, an eighth should keep all and an eighth lose all, if each task's choice is its own.
        int[] complete = [.. Enumerable.Range(0, 400).Where(i => i % 4 > 0 && i % 5 > 0)];
        complete.Count(i => Kept(half, i) == 3).Should().BeInRange(complete.Length / 16, complete.Length / 5);
        complete.Count(i => Kept(half, i) == 0).Should().BeInRange(complete.Length / 16, complete.Length / 5);

        for (int i = 0; i < set.Count; i++)
        {
            (AnnotationRow was, AnnotationRow now, AnnotationRow then) = (set[i], half[i], more[i]);
            now.Image.Should().Be(was.Image);
            (now.Expression is null || now.Expression == was.Expression).Should().BeTrue();
            (now.ValenceArousal is null || now.ValenceArousal == was.ValenceArousal).Should().BeTrue();
            (!now.ActionUnits.AnyKnown || now.ActionUnits == was.ActionUnits).Should().BeTrue();
            (now.Expression is not null || then.Expression is null).Should().BeTrue("a larger share hides what a smaller one does");
            (now.ValenceArousal is not null || then.ValenceArousal is null).Should().BeTrue();
            (now.ActionUnits.AnyKnown || !then.ActionUnits.AnyKnown).Should().BeTrue();
        }

        half.ShouldHaveRowsOf(set.HideLabels(0.5, 3));
        half.Select(row => row.Expression).Should().Equal(set.HideExpressions(0.5, 3).Select(row => row.Expression));
        set.HideLabels(0.5, 4).Select(row => row.ValenceArousal).Should().NotEqual(half.Select(row => row.ValenceArousal));
        set.HideLabels(0, 3).ShouldHaveRowsOf(set);
        set.HideLabels(1, 3).Should().OnlyContain(row => row.Expression == null && row.ValenceArousal == null);
        set.HideLabels(1, 3).Should().OnlyContain(row => !row.ActionUnits.AnyKnown);
        FluentActions.Invoking(() => set.HideLabels(1.5, 3)).Should().Throw<ArgumentOutOfRangeException>();

        static int Kept(AnnotationSet of, int i) =>
            (of[i].Expression is null ? 0 : 1) + (of[i].ValenceArousal is null ? 0 : 1) + (of[i].ActionUnits.AnyKnown ? 1 : 0);
    }

    [Fact]
    public void A_task_keeps_its_last_labelled_row_below_fraction_1()
    {
        AnnotationRow kept = new AnnotationSet([new("a", new(0.5f, 0.5f), 2,
            ActionUnitLabels.From([.. Enumerable.Repeat((bool?)true, 12)]))])
            .HideLabels(0.99, 1)[0];
        (kept.Expression, kept.ValenceArousal, kept.ActionUnits.KnownCount).Should().Be((2, new ValenceArousal(0.5f, 0.5f), 12));
    }

    [Fact]
    public void Filtering_and_selecting_keep_rows_as_they_are() => AnnotationGen.Set.Sample(set =>
    {
        set.Where(row => row.Expression == 1).ShouldHaveRowsOf(set.AsEnumerable().Where(row => row.Expression == 1));
        int[] indices = [.. Enumerable.Range(0, set.Count).Reverse(), .. Enumerable.Range(0, set.Count)];
        set.Select(indices).ShouldHaveRowsOf(indices.Select(i => set[i]));
        set.WithImagePrefix("root").ShouldHaveRowsOf(set.Select(row => row with { Image = "root/" + row.Image }));
        set.WithImagePrefix("").ShouldHaveRowsOf(set);
    }, iter: 100);

    [Fact]
    public void An_index_outside_the_set_is_refused()
    {
        Action select = () => Videos(1, 1).Select([99]);

        select.Should().Throw<ArgumentOutOfRangeException>();
    }

    [Fact]
    public void Merging_joins_extra_columns_by_name()
    {
        AnnotationSet ages = new([new("a", null, 1, default) { Extra = new[] { 30f } }], null, ["age"]);
        AnnotationSet pains = new(
            [new("b", null, 2, default) { Extra = new[] { 4f, 5f } }, new("a", null, null, default) { Extra = new[] { 6f, float.NaN } }],
            null,
            ["pain", "Age"]);

        AnnotationSet merged = ages.MergeWith(pains);

        merged.ExtraColumns.Should().Equal("age", "pain");
        merged.Select(row => row.Image).Should().Equal("a", "b");
        merged[0].Extra.ToArray().Should().Equal(30f, 6f);
        merged[1].Extra.ToArray().Should().Equal(5f, 4f);
    }

    [Fact]
    public void A_label_is_the_same_in_a_file_and_in_a_row_of_code()
    {
        AnnotationSet file = AnnotationSet.Read(new StringReader("image,valence,arousal\na.jpg,0.1,-0.3\n"));
        AnnotationSet rows = new([new("a.jpg", new(0.1f, -0.3f), 1, default)]);

        foreach (AnnotationSet merged in (AnnotationSet[])[AnnotationSet.Merge(file, rows), AnnotationSet.Merge(rows, file)])
        {
            (merged[0].ValenceArousal, merged[0].Expression).Should().Be((new ValenceArousal(0.1f, -0.3f), 1));
        }

        AnnotationSet.Merge(file.WithSource("one"), file)[0].ValenceArousal.Should().Be(new ValenceArousal(0.1f, -0.3f));
    }

    [Fact]
    public void What_is_empty_in_a_file_is_numbers_or_text_as_the_others_say()
    {
        AnnotationSet empty = AnnotationSet.Read(new StringReader("image,expression,who,age\na.jpg,1,,\n"));
        AnnotationSet text = AnnotationSet.Read(new StringReader("#text,age\nimage,expression,who,age\nb.jpg,1,Ann,\n"));
        AnnotationSet numbers = AnnotationSet.Read(new StringReader("image,expression,age\nc.jpg,1,30\n"));
        (empty.ExtraColumns.Length, text.TextColumns.Length).Should().Be((2, 2));

        foreach (AnnotationSet[] order in new[] { [empty, text, numbers], new[] { numbers, text, empty } })
        {
            AnnotationSet merged = AnnotationSet.Merge(order);

            merged.TextColumns.Should().Equal("who");
            merged.ExtraColumns.Should().Equal("age");
            merged.OrderBy(row => row.Image).Select(row => row.Text.Span[0]).Should().Equal(null, "Ann", null);
            merged.OrderBy(row => row.Image).Select(row => row.Extra.Span[0]).Should().Equal(float.NaN, float.NaN, 30f);
        }

        AnnotationSet.Merge(empty, empty).ExtraColumns.Should().Equal("who", "age");
        FluentActions.Invoking(() => AnnotationSet.Merge(
                AnnotationSet.Read(new StringReader("image,expression,who\nd.jpg,1,7\n")), text)).Should().Throw<ArgumentException>()
            .WithMessage("*'who' is numbers in one set and text in another*");
    }

    [Fact]
    public void Columns_that_are_added_leave_valence_and_arousal_as_the_file_has_them()
    {
        const double Valence = 0.123456789012345, Arousal = -0.987654321098765;
        AnnotationSet file = AnnotationSet.Read(new StringReader(string.Create(
            CultureInfo.InvariantCulture, $"image,valence,arousal\na.jpg,{Valence},{Arousal}\nb.jpg,{Valence},-5\n")));

        foreach (AnnotationSet set in new[]
        {
            file.WithSource("one"), file.WithSource("one").WithSource("two"), file.WithWeights(_ => 2), file.WithWeights(_ => 2)
                .WithWeights(_ => 3), file.WithIntensities(ActionUnitSet.Disfa, (_, _) => 1),
            AnnotationSet.Merge(file.WithSource("one"), file),
        })
        {
            set.Columns.ValenceArousal.Should().Equal(Valence, Arousal, Valence, double.NaN);
        }
    }

    [Fact]
    public void Contradicting_rows_and_class_sets_do_not_merge()
    {
        AnnotationSet one = new([new("a", new(0.1f, 0), 1, ActionUnitLabels.Unknown.With(3, true))]);
        AnnotationSet Other(AnnotationRow row) => new([row]);

        Action expression = () => one.MergeWith(Other(new("a", null, 2, default)));
        expression.Should().Throw<ArgumentException>().WithMessage("*image a *the expression*");
        Action units = () => one.MergeWith(Other(new("a", null, null, ActionUnitLabels.Unknown.With(3, false))));
        units.Should().Throw<ArgumentException>().WithMessage("*AU6*");
        Action affect = () => one.MergeWith(Other(new("a", new(0.2f, 0), null, default)));
        affect.Should().Throw<ArgumentException>().WithMessage("*valence*");
        Action classes = () => one.MergeWith(new AnnotationSet([], ExpressionClassSet.SyntheticData));
        classes.Should().Throw<ArgumentException>().WithMessage("*different expression classes*");
    }
}
